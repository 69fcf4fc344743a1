/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * explore-rate: what exploration costs. Two cores that take and release a lock of their own,
 * some 40 instructions each, in all schedules with two preemptions: on one core, at every
 * boundary, without leaving out anything as equivalent.
 */
#include <arch/cpu.h>
#include "../explore.h"
#include "../scenario.h"

#define PROGRAM "core 0: lock A, unlock A; core 1: lock B, unlock B"

static struct exploration *x;
static struct program program;
static struct explore_share share;
static u64 took;

static void rate_job(void *arg)
{
	u64 begin = clock_now_ns();

	explore_all(&x->e);
	took = MAX(clock_now_ns() - begin, 1ull);
}

static void rate_run(struct scenario_run *r)
{
	const struct explore_bounds bounds = {.preemptions = 2};
	char buf[120];
	struct text why = TEXT_INIT(buf);

	if (!program_parse(&program, "rate", PROGRAM, &why)) {
		run_error(r, "%s", buf);
		return;
	}
	if (!x)
		x = exploration_new();
	if (!x) {
		run_error(r, "no memory for a world");
		return;
	}
	exploration_prepare(x, &program, r->ops, &bounds);
	share = (struct explore_share){.shards = 1};
	x->e.share = &share;
	x->e.end_ns = ~0ull;
	run_job(r, 0, 1, rate_job, 0);
}

static void rate_check(struct scenario_run *r)
{
	const struct explore_counts *c = &x->e.counts;

	report_value(r->kase, "schedules", "pass", c->schedules, "count");
	report_value(r->kase, "longest", "pass", c->longest, "instructions");
	report_value(r->kase, "time", "pass", took, "ns");
	report_value(r->kase, "rate", "pass", c->schedules * NSEC_PER_SEC / took, "1/s");
	report_value(r->kase, "steps", "pass", c->steps * NSEC_PER_SEC / took, "1/s");
	if (x->e.has_best)
		run_fail(r, "schedules of two locks that nobody shares fail");
	if (c->chosen != c->choices || c->unsaved)
		run_error(r, "the exploration did not finish");
}

static const struct scenario explore_rate = {
	.name = "explore-rate",
	.doc = "schedules a second of two paths of some 40 instructions",
	.suites = "cost",
	.virtual_time = true,
	.min_cpus = 1,
	.budget_ms = 20000,
	.run = rate_run,
	.check = rate_check,
};
SCENARIO_REGISTER(explore_rate);
