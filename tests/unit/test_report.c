/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The report as a reader gets it: counted lines, checksum, records, closing table, verdict.
 * unit: kernel/report.c kernel/report_cpus.c kernel/report_table.c kernel/stats.c
 * unit: kernel/hist.c kernel/crc32.c
 * unit: kernel/printf.c kernel/rng.c kernel/string.c kernel/clock.c tests/unit/host.c
 */
#include "unit.h"

#include <arch/console.h>
#include <arch/nmi.h>
#include <arch/probe.h>
#include "../../boot/boot_info.h"
#include "../../kernel/clock.h"
#include "../../kernel/console.h"
#include "../../kernel/crc32.h"
#include "../../kernel/cpu.h"
#include "../../kernel/main.h"
#include "../../kernel/mem.h"
#include "../../kernel/nmi.h"
#include "../../kernel/printf.h"
#include "../../kernel/report.h"
#include "../../kernel/string.h"
#include "../../kernel/supervisor.h"
#include "../../kernel/symbols.h"

#define CPUS	   3
#define WIDTH	   98
#define PAGE_LINES 36

/* ---- What the report stands on */

struct cpu_group online;
const struct boot_info *boot;
struct boot_times boot_times;

static struct boot_info info;
static struct cpu cpu[CPUS];
static struct cpu_stats stats[CPUS];
static char out[400000];
static size_t out_len, page_start;
static const char *emulator = "tcg";

void console_write(const char *s, size_t len)
{
	ASSERT(out_len + len < sizeof(out));
	memcpy(out + out_len, s, len);
	out_len += len;
	out[out_len] = '\0';
}

void console_drain(void)
{
}

void screen_clear(void)
{
	page_start = out_len;
}

const char *uart_name(void)
{
	return "none";
}

const struct cpu_facts *cpu_facts(void)
{
	static struct cpu_facts f = {.model = "A \"quoted\" model",
				     .virtual = true,
				     .atomics = "native",
				     .irqchip = "none",
				     .level = "host"};

	strlcpy(f.emulator, emulator, sizeof(f.emulator));
	return &f;
}

const char *nmi_source_name(enum nmi_source src)
{
	return "source";
}

const char *nmi_source_missing(enum nmi_source src)
{
	return src == NMI_SRC_IPI ? NULL : "none here";
}

const char *nmi_mechanism(void)
{
	return "none";
}

struct nmi_counts nmi_totals(void)
{
	return (struct nmi_counts){.sent = 5, .taken = 4};
}

void nmi_settle(void)
{
}

bool probe_smi_count(u64 *count)
{
	return false;
}

u64 probe_revision(void)
{
	return 0;
}

u64 mem_free_bytes(void)
{
	return 1 << 20;
}

void *mem_alloc(size_t size, size_t align)
{
	return memset(unit_alloc(size), 0, size);
}

void supervisor_print_pc(struct text *t, uintptr_t pc)
{
	text_printf(t, "function+0x1");
}

uintptr_t image_base(void)
{
	return 0;
}

static const char *cause_name(u32 cause)
{
	return cause == 3 ? "abba" : NULL;
}

/* ---- Looking at it */

static const char *line_at(const char *p, char *buf, size_t size)
{
	size_t n = 0;

	while (p[n] && p[n] != '\n')
		n++;
	snprintf(buf, size, "%.*s", (int)n, p);
	return p[n] ? p + n + 1 : NULL;
}

static u32 count_lines(const char *p, const char *prefix)
{
	char line[1100];
	u32 n = 0;

	while (p && *p) {
		p = line_at(p, line, sizeof(line));
		n += !strncmp(line, prefix, strlen(prefix));
	}
	return n;
}

static void set_up(void)
{
	out_len = page_start = 0;
	boot = &info;
	clock_init();
	info.options.seed = 1;
	strlcpy(info.options.run_id, "6f1c", sizeof(info.options.run_id));
	for (u32 i = 0; i < CPUS; i++) {
		stats_clear(&stats[i]);
		cpu[i].id = i;
		cpu[i].now = clock_cpu_now;
		cpu[i].stats = &stats[i];
		online.cpu[i] = &cpu[i];
	}
	online.count = CPUS;
	host_cpu = &cpu[0];
}

static void add_case(const char *lock, const char *scenario, enum verdict v)
{
	struct report_row row = {.verdict = v, .ok = 1600, .recover_p50 = 412, .recover_max = 1033};
	char kase[64];

	snprintf(kase, sizeof(kase), "%s.%s", lock, scenario);
	strlcpy(row.lock, lock, sizeof(row.lock));
	strlcpy(row.scenario, scenario, sizeof(row.scenario));
	report_cpus(kase, CPUS, cause_name);
	report_row(&row);
	report_case_end(kase, v, v == VERDICT_PASS ? NULL : "a reason");
}

/* "@@END" tells the truth about what lies between the markers. */
static void check_frame(const char *verdict)
{
	const char *body = strchr(out, '\n') + 1, *p = body;
	char line[1100], want[80];
	u32 lines = 0;

	EXPECT_EQ(strncmp(out, "@@BEGIN barelock 1 run=6f1c boot=direct\n", 40), 0);
	for (;;) {
		const char *next = line_at(p, line, sizeof(line));

		if (!strncmp(line, "@@END", 5))
			break;
		ASSERT(next);
		lines++;
		p = next;
	}
	snprintf(want, sizeof(want), "@@END lines=%u crc32=%08x verdict=%s", lines,
		 crc32_update(0, body, p - body), verdict);
	EXPECT_STR(line, want);
}

/* The counters of kernel/report.c last as long as the program: one run in one test. */
TEST(report_of_one_run)
{
	static const char *const locks[] = {"a-lock", "broken-with-a-long-name", "rq-7.2"};
	static const char *const scenarios[] = {"aa-nmi",	 "abba",	  "abbcca",
						"held-overflow", "stress-abbcca", "stuck-owner"};
	char line[1100];

	set_up();
	info.door = DOOR_DIRECT;
	info.nr_notes = 1;
	strlcpy(info.note[0], "an odd table", sizeof(info.note[0]));
	strlcpy(info.cmdline, "run=\"x\"\tlock=y", sizeof(info.cmdline));
	report_begin(&info);
	report_env(&info);
	report_plan(18);
	for (u32 i = 0; i < 5000; i++)
		stats_attempt(0, 0, i * i, false);
	stats_attempt(-EDEADLK, 3, 400, true);
	hist_add(&stats[1].ctx[CTX_NMI].recover, 77);
	report_value("x.y", "recover.p99", "pass", 412, "ns");
	for (size_t i = 0; i < ARRAY_SIZE(locks); i++) {
		for (size_t k = 0; k < ARRAY_SIZE(scenarios); k++)
			add_case(locks[i], scenarios[k], k == 5 ? VERDICT_SKIP : VERDICT_PASS);
	}
	EXPECT_EQ(report_end(), 0);
	check_frame("pass");

	EXPECT_HAS(out, "model=\"A 'quoted' model\"");
	EXPECT_HAS(out, "options=\"run='x' lock=y\"");
	EXPECT_HAS(out, "timing=logic-only");
	EXPECT_HAS(out, "say nothing about hardware");
	EXPECT_HAS(out, "\n# warn boot an odd table\n");
	EXPECT_HAS(out, "\n1..18\n");
	EXPECT_HAS(out, "\n# @ case=x.y.recover.p99 result=pass value=412 unit=ns\n");
	EXPECT_HAS(out, "\nok 1 a-lock.aa-nmi\n");
	EXPECT_HAS(out, "\nok 18 rq-7.2.stuck-owner # SKIP a reason\n");
	EXPECT_HAS(out, "id=0 case=a-lock.aa-nmi ctx=task ok=5000 edeadlk=1 etimedout=0 "
			"innocent=1 cause.abba=1 what=wait-ok n=5000 p50=");
	EXPECT_HAS(out, "id=1 case=a-lock.aa-nmi ctx=nmi ok=0 edeadlk=0 etimedout=0 innocent=0 "
			"what=recover n=1 p50=77 p90=77 p99=77 p999=77 p9999=77 max=77 unit=ns\n");
	EXPECT_HAS(out, "# noise smi=unknown nmi_sent=5 nmi_taken=4");

	for (const char *p = out; p;) {
		p = line_at(p, line, sizeof(line));
		EXPECT(strlen(line) < 1000);
		if (!strncmp(line, "# |", 3))
			EXPECT(strlen(line) <= WIDTH);
	}
	ASSERT(page_start > 0);
	EXPECT(count_lines(out + page_start, "") <= PAGE_LINES);
	EXPECT(count_lines(out + page_start, "# | rq-7.2") >= 3);
}

/* Sums of all buckets are the number of values, however lines were cut. */
static u64 hist_sum(const char *prefix)
{
	char line[1100];
	u64 sum = 0;

	for (const char *p = out; p;) {
		p = line_at(p, line, sizeof(line));
		if (strncmp(line, prefix, strlen(prefix)))
			continue;
		for (const char *c = line; (c = strchr(c, ':')); c++) {
			u64 n = 0;

			for (const char *d = c + 1; *d >= '0' && *d <= '9'; d++)
				n = n * 10 + (*d - '0');
			sum += n;
		}
	}
	return sum;
}

TEST(report_histograms_are_complete)
{
	set_up();
	for (u32 i = 0; i < 20000; i++)
		stats_attempt(0, 0, i * 1000, false);
	report_cpus("k", CPUS, cause_name);
	EXPECT_EQ(hist_sum("# hist case=k cpu=0 ctx=task what=wait-ok unit=ns "), 20000);
	EXPECT_EQ(hist_sum("# hist case=k cpu=all ctx=task what=wait-ok unit=ns "), 20000);
	EXPECT(count_lines(out, "# hist case=k cpu=all") > 1);
	EXPECT_EQ(count_lines(out, "# cpu id=1"), 0);
}

/* Later runs in the same program: their verdict can only get worse. */
TEST(report_verdict_of_failures)
{
	set_up();
	report_begin(&info);
	report_plan(20);
	add_case("rq-7.2", "x", VERDICT_FAIL);
	add_case("rq-7.2", "y", VERDICT_PASS);
	EXPECT_HAS(out, "\nnot ok 19 rq-7.2.x # a reason\n");
	EXPECT_EQ(report_end(), 1);
	EXPECT_HAS(out, "verdict=fail\n");
}

TEST(report_verdict_of_missing_cases)
{
	set_up();
	report_begin(&info);
	report_plan(22);
	add_case("rq-7.2", "x", VERDICT_PASS);
	EXPECT_EQ(report_end(), 2);
	EXPECT_HAS(out, "\n# error report planned=22 seen=21 cases\n");
	EXPECT_HAS(out, "verdict=error\n");
}

TEST(report_lines_stay_lines)
{
	set_up();
	report_line("a\nb\tc\x01"
		    "d");
	EXPECT_STR(out, "a b c d\n");
}
