/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What each core did in a case: counts, percentiles, histograms, worst attempt, NMIs. */
#include <arch/nmi.h>
#include "clock.h"
#include "cpu.h"
#include "nmi.h"
#include "report.h"
#include "string.h"
#include "supervisor.h"

/* Longer histograms continue on another line: some board farms cut at 1024. */
#define HIST_LINE 400
/* With more cores only the merged histogram is printed. */
#define HIST_CPUS 8
/* Buckets of one core's histogram are put together by eight: a serial line is slow. */
#define HIST_CORE_STEP 8

typedef unsigned long long llu;

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
		    (llu)n->unknown, (llu)clock_ticks_to_ns(n->longest), buf);
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
