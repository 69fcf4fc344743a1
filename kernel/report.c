/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The frame of the report; report_cpus.c has the records of cores, report_table.c the end. */
#include <arch/console.h>
#include <arch/nmi.h>
#include <arch/probe.h>
#include <arch/time.h>
#include "../boot/boot_info.h"
#include "clock.h"
#include "console.h"
#include "cpu.h"
#include "crc32.h"
#include "main.h"
#include "mem.h"
#include "nmi.h"
#include "report.h"
#include "report_table.h"
#include "rng.h"
#include "string.h"
#include "symbols.h"

static struct {
	u32 lines, crc;
	u32 planned, seen;
	u32 verdicts[VERDICT_NONE + 1];
	u32 error_lines;
	u64 smi_at_start;
	bool smi_known;
} run;

typedef unsigned long long llu;

/* ---- Lines */

static void emit(char *line, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		if ((u8)line[i] < ' ' || (u8)line[i] > '~')
			line[i] = ' ';
	}
	if (!strncmp(line, "# error", 7))
		run.error_lines++;
	line[len++] = '\n';
	run.lines++;
	run.crc = crc32_update(run.crc, line, len);
	console_write(line, len);
}

void report_line(const char *fmt, ...)
{
	static char buf[BOOT_CMDLINE + 200];
	struct text t = {.buf = buf, .size = sizeof(buf) - 1};
	va_list ap;

	va_start(ap, fmt);
	text_vprintf(&t, fmt, ap);
	va_end(ap);
	emit(buf, t.len);
}

/* Text for a quoted field: no quotes inside. */
static const char *plain(char *buf, size_t size, const char *s)
{
	strlcpy(buf, s, size);
	for (char *p = buf; *p; p++) {
		if (*p == '"')
			*p = '\'';
	}
	return buf;
}

/* ---- Beginning */

static void print_run_id(const struct options *o, struct text *t)
{
	if (o->run_id[0])
		text_printf(t, "%s", o->run_id);
	else
		text_printf(t, "%08x", (u32)rng_seed(o->seed, 0));
}

void report_begin(const struct boot_info *bi)
{
	static const char *const door[] = {
		[DOOR_UEFI] = "uefi", [DOOR_DIRECT] = "direct", [DOOR_HOST] = "host"};
	char buf[96];
	struct text t = TEXT_INIT(buf);

	text_printf(&t, "@@BEGIN barelock 1 run=");
	print_run_id(&bi->options, &t);
	text_printf(&t, " boot=%s\n", door[bi->door]);
	console_write(buf, t.len);
	report_line("KTAP version 1");
}

bool report_logic_only(void)
{
	return !strcmp(cpu_facts()->emulator, "tcg");
}

static void env_lines(const struct boot_info *bi)
{
	const struct cpu_facts *f = cpu_facts();
	const struct options *o = &bi->options;
	char buf[BOOT_CMDLINE];

	report_line(
		"# env arch=%s cpus=%u cpus_listed=%u model=\"%s\" revision=%#llx clock_hz=%llu "
		"clock_source=%s virtual=%u emulator=%s timing=%s",
		BUILD_ARCH, online.count, bi->nr_cpus_listed, plain(buf, sizeof(buf), f->model),
		(llu)probe_revision(), (llu)time_hz(), time_hz_source(), f->virtual,
		f->emulator[0] ? f->emulator : "none", report_logic_only() ? "logic-only" : "real");
	report_line("# env irqchip=%s nmi=%s atomics=%s level=%s uart=\"%s\"", f->irqchip,
		    nmi_mechanism(), f->atomics, f->level, uart_name());
	report_line("# env commit=%s compiler=\"%s\"",
		    o->commit[0] && !strcmp(BUILD_COMMIT, "unknown") ? o->commit : BUILD_COMMIT,
		    plain(buf, sizeof(buf), BUILD_COMPILER));
	if (BUILD_LINUX[0])
		report_line("# env linux=\"%s\"", BUILD_LINUX);
	report_line("# env seed=%#llx options=\"%s\"", (llu)o->seed,
		    plain(buf, sizeof(buf), bi->cmdline));
}

void report_env(const struct boot_info *bi)
{
	char missing[200];
	struct text t = TEXT_INIT(missing);

	env_lines(bi);
	for (u32 i = 0; i < NR_NMI_SOURCES; i++) {
		const char *why = nmi_source_missing(i);

		if (!why)
			text_printf(&t, "%s%s", t.len ? "," : "", nmi_source_name(i));
	}
	report_line("# env nmi_sources=%s", t.len ? missing : "none");
	report_line("# boot first_line_us=%llu all_online_us=%llu free_mib=%llu image=%#llx",
		    (llu)boot_times.first_line_ns / 1000, (llu)boot_times.all_online_ns / 1000,
		    (llu)mem_free_bytes() >> 20, (llu)image_base());
	for (u32 i = 0; i < bi->nr_notes; i++)
		report_line("# warn boot %s", bi->note[i]);
	if (bi->nr_notes_dropped)
		report_line("# warn boot and %u more", bi->nr_notes_dropped);
	run.smi_known = probe_smi_count(&run.smi_at_start);
}

void report_plan(u32 cases)
{
	run.planned = cases;
	report_line("1..%u", cases);
}

/* ---- One case */

void report_value(const char *kase, const char *metric, const char *result, u64 value,
		  const char *unit)
{
	report_line("# @ case=%s.%s result=%s value=%llu unit=%s", kase, metric, result, (llu)value,
		    unit);
}

void report_case_end(const char *kase, enum verdict v, const char *why)
{
	static const char *const word[] = {
		[VERDICT_PASS] = "",
		[VERDICT_SKIP] = "SKIP ",
		[VERDICT_FAIL] = "",
		[VERDICT_ERROR] = "ERROR ",
		[VERDICT_NONE] = "ERROR no verdict ",
	};
	bool ok = v == VERDICT_PASS || v == VERDICT_SKIP;

	run.seen++;
	run.verdicts[v]++;
	if (word[v][0] || why)
		report_line("%s %u %s # %s%s", ok ? "ok" : "not ok", run.seen, kase, word[v],
			    why ? why : "");
	else
		report_line("%s %u %s", ok ? "ok" : "not ok", run.seen, kase);
}

void report_row(const struct report_row *row)
{
	table_add(row, run.planned);
}

/* ---- End */

static enum verdict run_verdict(void)
{
	if (run.verdicts[VERDICT_ERROR] || run.verdicts[VERDICT_NONE] || run.error_lines ||
	    run.seen != run.planned)
		return VERDICT_ERROR;
	return run.verdicts[VERDICT_FAIL] ? VERDICT_FAIL : VERDICT_PASS;
}

static void noise_line(void)
{
	struct nmi_counts n = nmi_totals();
	char buf[24] = "unknown";
	u64 smi;

	if (run.smi_known && probe_smi_count(&smi))
		snprintf(buf, sizeof(buf), "%llu", (llu)(smi - run.smi_at_start));
	report_line("# noise smi=%s nmi_sent=%llu nmi_taken=%llu nmi_coalesced=%llu "
		    "nmi_unknown=%llu",
		    buf, (llu)n.sent, (llu)n.taken, (llu)n.coalesced, (llu)n.unknown);
}

int report_end(void)
{
	static const char *const name[] = {
		[VERDICT_PASS] = "pass", [VERDICT_FAIL] = "fail", [VERDICT_ERROR] = "error"};
	static const int status[] = {[VERDICT_PASS] = 0, [VERDICT_FAIL] = 1, [VERDICT_ERROR] = 2};
	enum verdict v;
	char buf[80];
	struct text t = TEXT_INIT(buf);

	console_drain();
	if (run.seen != run.planned)
		report_line("# error report planned=%u seen=%u cases", run.planned, run.seen);
	noise_line();
	v = run_verdict();
	table_print(name[v], run.verdicts);
	text_printf(&t, "@@END lines=%u crc32=%08x verdict=%s\n", run.lines, run.crc, name[v]);
	console_write(buf, t.len);
	return status[v];
}
