/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The records of the report; the closing table is in report_table.c. */
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
#include "supervisor.h"
#include "symbols.h"

/* Longer histograms continue on another line: some board farms cut at 1024. */
#define HIST_LINE 400
/* With more cores only the merged histogram is printed. */
#define HIST_CPUS 8
/* Buckets of one core's histogram are put together by eight: a serial line is slow. */
#define HIST_CORE_STEP 8

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
	static char buf[1000];
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
	char buf[96];
	struct text t = TEXT_INIT(buf);

	text_printf(&t, "@@BEGIN barelock 1 run=");
	print_run_id(&bi->options, &t);
	text_printf(&t, " boot=%s\n", bi->door == DOOR_UEFI ? "uefi" : "direct");
	console_write(buf, t.len);
	report_line("KTAP version 1");
}

static void env_lines(const struct boot_info *bi)
{
	const struct cpu_facts *f = cpu_facts();
	const struct options *o = &bi->options;
	bool logic_only = !strcmp(f->emulator, "tcg");
	char buf[BOOT_CMDLINE];

	report_line(
		"# env arch=%s cpus=%u cpus_listed=%u model=\"%s\" revision=%#llx clock_hz=%llu "
		"clock_source=%s virtual=%u emulator=%s timing=%s",
		BUILD_ARCH, online.count, bi->nr_cpus_listed, plain(buf, sizeof(buf), f->model),
		(llu)probe_revision(), (llu)time_hz(), time_hz_source(), f->virtual,
		f->emulator[0] ? f->emulator : "none", logic_only ? "logic-only" : "real");
	report_line("# env irqchip=%s nmi=%s atomics=%s level=%s uart=\"%s\"", f->irqchip,
		    nmi_mechanism(), f->atomics, f->level, uart_name());
	report_line("# env commit=%s compiler=\"%s\"",
		    o->commit[0] && !strcmp(BUILD_COMMIT, "unknown") ? o->commit : BUILD_COMMIT,
		    plain(buf, sizeof(buf), BUILD_COMPILER));
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

static const char *const ctx_name[NR_CTX] = {"task", "nmi"};

enum { NR_WHATS = 4 };
static const char *const what_name[NR_WHATS] = {"wait-ok", "wait-fail", "recover", "progress"};

static const struct hist *what_hist(const struct ctx_stats *c, u32 what)
{
	const struct hist *const h[NR_WHATS] = {&c->wait_ok, &c->wait_fail, &c->recover,
						&c->progress};

	return h[what];
}

static void print_percentiles(struct text *t, const char *what, const struct hist *h)
{
	text_printf(t, " what=%s n=%llu p50=%llu p90=%llu p99=%llu p999=%llu p9999=%llu", what,
		    (llu)h->count, (llu)hist_percentile(h, 5000), (llu)hist_percentile(h, 9000),
		    (llu)hist_percentile(h, 9900), (llu)hist_percentile(h, 9990),
		    (llu)hist_percentile(h, 9999));
	text_printf(t, " max=%llu unit=ns", (llu)h->max);
}

/* Who and where: the fields that each line of a core begins with. */
struct record {
	const char *kase, *ctx;
	char id[12];
	const char *(*cause_name)(u32 cause);
};

static void print_counts(struct text *t, const struct record *rec, const struct ctx_stats *c)
{
	text_printf(t, " ok=%llu edeadlk=%llu etimedout=%llu innocent=%llu",
		    (llu)c->outcome[OUTCOME_OK], (llu)c->outcome[OUTCOME_EDEADLK],
		    (llu)c->outcome[OUTCOME_ETIMEDOUT], (llu)c->innocent);
	for (u32 i = 0; i < STATS_CAUSES; i++) {
		const char *name = c->cause[i] ? rec->cause_name(i) : NULL;

		if (c->cause[i])
			text_printf(t, " cause.%s=%llu", name ? name : "none", (llu)c->cause[i]);
	}
}

/* The counts with the first histogram, then a line per further one. */
static void cpu_lines(const struct record *rec, const struct ctx_stats *c, const char *extra)
{
	bool first = true;

	for (u32 what = 0; what <= NR_WHATS; what++) {
		const struct hist *h = what < NR_WHATS ? what_hist(c, what) : NULL;
		char buf[600];
		struct text t = TEXT_INIT(buf);

		if (h ? !h->count : !first)
			continue;
		if (first) {
			print_counts(&t, rec, c);
			text_printf(&t, "%s", extra);
		}
		if (h)
			print_percentiles(&t, what_name[what], h);
		report_line("# cpu id=%s case=%s ctx=%s%s", rec->id, rec->kase, rec->ctx, buf);
		first = false;
	}
}

/* @step buckets are printed as one. */
static void hist_lines(const struct record *rec, const char *what, const struct hist *h, u32 step)
{
	char buf[HIST_LINE];
	struct text t = {.buf = buf, .size = sizeof(buf)};

	for (u32 i = 0; i <= HIST_BUCKETS; i += step) {
		bool flush = t.len > sizeof(buf) - 36 || (i == HIST_BUCKETS && t.len);
		u64 sum = 0;

		if (flush) {
			report_line("# hist case=%s cpu=%s ctx=%s what=%s unit=ns%s", rec->kase,
				    rec->id, rec->ctx, what, buf);
			t.len = 0;
		}
		for (u32 k = i; k < MIN(i + step, (u32)HIST_BUCKETS); k++)
			sum += h->bucket[k];
		if (sum)
			text_printf(&t, " %llu:%llu", (llu)hist_bucket_low(i), (llu)sum);
	}
}

static void all_hist_lines(const struct record *rec, const struct ctx_stats *c, u32 step)
{
	for (u32 what = 0; what < NR_WHATS; what++)
		hist_lines(rec, what_name[what], what_hist(c, what), step);
}

static bool has_data(const struct ctx_stats *c)
{
	return stats_attempts(c) || c->wait_ok.count || c->recover.count || c->progress.count;
}

/* Counters of the core, not of a context: they stand on its task line. */
static void print_extra(struct text *t, const struct cpu_stats *s)
{
	if (s->ops)
		text_printf(t, " ops=%llu", (llu)s->ops);
	if (s->longest_run)
		text_printf(t, " longest_run=%llu", (llu)s->longest_run);
	if (s->oracle_errors)
		text_printf(t, " oracle_errors=%llu", (llu)s->oracle_errors);
}

static void one_cpu(struct record *rec, u32 id, enum stat_ctx ctx, bool hists)
{
	const struct cpu_stats *s = online.cpu[id]->stats;
	const struct ctx_stats *c = &s->ctx[ctx];
	char buf[80];
	struct text extra = TEXT_INIT(buf);

	buf[0] = '\0';
	if (ctx == CTX_TASK)
		print_extra(&extra, s);
	if (!has_data(c) && !extra.len)
		return;
	snprintf(rec->id, sizeof(rec->id), "%u", id);
	cpu_lines(rec, c, buf);
	if (hists)
		all_hist_lines(rec, c, HIST_CORE_STEP);
}

static void worst_line(const struct record *rec, const struct ctx_stats *c)
{
	char buf[96];
	struct text pc = TEXT_INIT(buf);

	if (!c->worst.ns)
		return;
	supervisor_print_pc(&pc, c->worst.pc);
	report_line("# worst case=%s ctx=%s cpu=%u wait=%llu at=%llu unit=ns pc=%s", rec->kase,
		    rec->ctx, c->worst.cpu, (llu)c->worst.ns, (llu)c->worst.at_ns, buf);
}

static void nmi_line(const char *kase, u32 id)
{
	const struct nmi_counts *n = &online.cpu[id]->nmi;
	char buf[200];
	struct text t = TEXT_INIT(buf);

	if (!n->sent && !n->taken && !n->unknown)
		return;
	buf[0] = '\0';
	for (u32 i = 0; i < NR_NMI_SOURCES; i++) {
		if (n->by_source[i])
			text_printf(&t, " from.%s=%llu", nmi_source_name(i), (llu)n->by_source[i]);
	}
	report_line("# nmi cpu=%u case=%s sent=%llu taken=%llu coalesced=%llu nested=%llu "
		    "unknown=%llu longest=%llu unit=ns%s",
		    id, kase, (llu)n->sent, (llu)n->taken, (llu)n->coalesced, (llu)n->nested,
		    (llu)n->unknown, (llu)n->longest_ns, buf);
}

void report_cpus(const char *kase, u32 ncpus, const char *(*cause_name)(u32 cause))
{
	static struct ctx_stats all;

	nmi_settle();
	for (u32 ctx = 0; ctx < NR_CTX; ctx++) {
		struct record rec = {.kase = kase, .ctx = ctx_name[ctx], .cause_name = cause_name};

		for (u32 i = 0; i < ncpus; i++)
			one_cpu(&rec, i, ctx, ncpus <= HIST_CPUS);
		stats_merge(&all, ctx);
		if (!has_data(&all))
			continue;
		strlcpy(rec.id, "all", sizeof(rec.id));
		cpu_lines(&rec, &all, "");
		all_hist_lines(&rec, &all, 1);
		worst_line(&rec, &all);
	}
	for (u32 i = 0; i < ncpus; i++)
		nmi_line(kase, i);
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
