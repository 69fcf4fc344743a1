/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * torture: every core takes the lock again and again with random short sections, a rare
 * long one, and random pauses, as Linux's locktorture does; but the result of every
 * acquire is looked at, and a lock that was not obtained is not released.
 */
#include <arch/cpu.h>
#include "../script.h"
#include "../sections.h"

#define SHORT_NS (2 * NSEC_PER_USEC)
#define PAUSE_NS (20 * NSEC_PER_USEC)
/* Far below the 250 ms after which a waiter may give up, even behind another long one. */
#define LONG_NS	    (5 * NSEC_PER_MSEC)
#define LONG_ONE_IN 2000
/* Turns a core ought to have had before it must have had two. */
#define TURNS_SURE 50

/* hold= is the longest of the many short ones. */
static const struct sections own = {.task_ns = SHORT_NS};
static struct sections sections;

static u64 end_ns;
static u32 long_holds;

static void torture_once(struct scenario_run *r, u64 *rng)
{
	bool is_long = rng_below(rng, LONG_ONE_IN) == 0;

	if (!run_acquire(r, 0, false)) {
		if (is_long)
			long_holds++;
		script_delay(is_long ? MAX(LONG_NS, sections.task_ns)
				     : rng_below(rng, MAX(sections.task_ns, 1ull)));
		run_release(r, 0);
	}
	script_delay(rng_below(rng, PAUSE_NS));
}

static void torture_job(void *arg)
{
	struct scenario_run *r = arg;

	if (!job_barrier())
		return;
	while (clock_now_ns() < READ_ONCE(end_ns) && !job_should_stop())
		torture_once(r, &this_cpu()->rng);
	if (!job_barrier())
		return;
	if (!run_acquire(r, 0, false))
		run_release(r, 0);
}

static void torture_run(struct scenario_run *r)
{
	sections = sections_chosen(r, own);
	sections.nmi_ns = 0;
	long_holds = 0;
	end_ns = clock_now_ns() + r->duration_ns;
	run_job(r, 0, r->cpus, torture_job, r->duration_ns + 2 * sections_turn_ns(r, &sections));
}

static void torture_check(struct scenario_run *r)
{
	const struct ctx_stats *s = merged_stats(CTX_TASK);
	u64 failed = s->outcome[OUTCOME_EDEADLK] + s->outcome[OUTCOME_ETIMEDOUT];
	/* A host that stops us inside a section makes honest timeouts. */
	u64 allowed = cpu_facts()->virtual ? stats_attempts(s) / 100 : 0;
	u64 least = ~0ull, most = 0;
	bool in_time = sections_in_time(r, &sections);
	bool sure = in_time && TURNS_SURE * r->cpus * sections.task_ns <= r->duration_ns;

	for (u32 i = 0; i < r->cpus; i++) {
		u64 ops = online.cpu[i]->stats->ops;

		least = MIN(least, ops);
		most = MAX(most, ops);
	}
	/* The last success of each core comes after the timed part. */
	check_at_least(r, "least_taken_by_a_core", least, sure ? 2 : in_time);
	report_value(r->kase, "most_taken_by_a_core", "pass", most, "count");
	report_value(r->kase, "long_holds", "pass", long_holds, "count");
	check_count(r, "failed", failed, in_time ? MIN(failed, allowed) : failed);
	r->row.ops_per_s = s->outcome[OUTCOME_OK] * NSEC_PER_SEC / MAX(r->duration_ns, 1ull);
}

static const struct scenario torture = {
	.name = "torture",
	.doc = "random sections with rare long ones on every core",
	.suites = "default,stress",
	.duration_ms = 200,
	.budget_ms = 8000,
	.run = torture_run,
	.check = torture_check,
};
SCENARIO_REGISTER(torture);
