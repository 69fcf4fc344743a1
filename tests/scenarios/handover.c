/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * handover: from the release by one core to the return of acquire on another that waits,
 * between core 0 and the nearest core of each topological distance.
 */
#include <arch/cpu.h>
#include <arch/smp.h>
#include "../script.h"

#define ROUNDS 200
/* Time for the waiter to get into its wait loop. */
#define SETTLE_NS (5 * NSEC_PER_USEC)

static struct hist gap[DIST_SYSTEM + 1];
static const char *const distance_name[] = {"self", "smt", "cluster", "package", "system"};
static u64 released_at;
static u32 partner; /* of core 0 */

static void give(struct scenario_run *r, u32 to, u32 step)
{
	const struct attempt *a = run_attempt(to, CTX_TASK);
	u64 before = clock_now_ns();
	bool got = !run_acquire(r, 0, false);

	step_reach(step);
	while (load_acquire(&a->begin) < before && !job_should_stop())
		cpu_relax();
	script_delay(SETTLE_NS);
	WRITE_ONCE(released_at, clock_now_ns_ordered());
	if (got)
		run_release(r, 0);
}

static void take(struct scenario_run *r, struct hist *h, u32 step)
{
	const struct attempt *a = run_attempt(cpu_id(), CTX_TASK);

	if (!step_wait(step) || run_acquire(r, 0, false))
		return;
	/* Nobody releases twice before this core does. Some clocks tick in microseconds. */
	if (a->end >= READ_ONCE(released_at))
		hist_add(h, a->end - READ_ONCE(released_at));
	run_release(r, 0);
}

static void pair_job(void *arg)
{
	struct scenario_run *r = arg;
	u32 me = job_index();
	struct hist *h = &gap[smp_distance(&online.cpu[0]->arch, &online.cpu[partner]->arch)];

	if (me != 0 && me != partner)
		return;
	/* Who has taken gives next, so the steps alone keep the two in turn. */
	for (u32 n = 1; n <= ROUNDS && !job_should_stop(); n++) {
		if (n % 2 ? me == 0 : me == partner)
			give(r, me == 0 ? partner : 0, n);
		else
			take(r, h, n);
	}
}

/* The nearest core at each distance. A job takes neighbours: those between return at once. */
static void handover_run(struct scenario_run *r)
{
	for (u32 d = 0; d < ARRAY_SIZE(gap); d++)
		hist_clear(&gap[d]);
	for (u32 d = DIST_SMT; d <= DIST_SYSTEM; d++) {
		partner = script_partner(r, d);
		if (!partner)
			continue;
		script_begin(r);
		if (!run_job(r, 0, partner + 1, pair_job, 0))
			return;
	}
}

static void handover_check(struct scenario_run *r)
{
	static const struct {
		const char *name;
		u32 permyriad;
	} points[] = {{"p50", 5000}, {"p90", 9000}, {"p99", 9900}, {"max", 10000}};
	const struct ctx_stats *s;
	u64 measured = 0;

	for (u32 d = DIST_SMT; d <= DIST_SYSTEM; d++) {
		measured += gap[d].count;
		for (u32 i = 0; gap[d].count && i < ARRAY_SIZE(points); i++) {
			char what[32];

			snprintf(what, sizeof(what), "%s.%s", distance_name[d], points[i].name);
			report_value(r->kase, what, "pass",
				     hist_percentile(&gap[d], points[i].permyriad), "ns");
		}
	}
	s = merged_stats(CTX_TASK);
	check_count(r, "failed", s->outcome[OUTCOME_EDEADLK] + s->outcome[OUTCOME_ETIMEDOUT], 0);
	check_at_least(r, "measured", measured, ROUNDS / 2);
}

static const struct scenario handover = {
	.name = "handover",
	.doc = "release on one core to acquire on a waiting one, by topology",
	.suites = "default,cost",
	.min_cpus = 2,
	.budget_ms = 6000,
	.run = handover_run,
	.check = handover_check,
};
SCENARIO_REGISTER(handover);
