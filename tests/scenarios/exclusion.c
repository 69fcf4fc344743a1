/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * exclusion: every core enters the lock a fixed number of times, fewer if there are many. Inside it
 * relaxes, so that another core gets its chance to come in wrongly even where an emulator runs all
 * cores on one thread and switches nowhere else. The shortest scenario that every correct lock
 * passes, and where most negative controls are caught.
 */
#include <arch/cpu.h>
#include "../script.h"

#define ENTRIES	      400
#define ENTRIES_TOTAL 4096
#define ENTRIES_LEAST 8
#define TRY_ONE_IN    4

static u32 entries;
static u32 tried_in, tried_held;

/* Inside, nobody else's try may succeed, nor our own; outside, one that does is an entry. */
static void try_inside(struct scenario_run *r)
{
	if (r->ops->try_acquire(&r->lock[0]))
		atomic_add_rlx(&tried_held, 1);
}

static void try_outside(struct scenario_run *r)
{
	if (!r->ops->try_acquire(&r->lock[0]))
		return;
	oracle_enter(&r->oracle[0]);
	cpu_relax();
	oracle_exit(&r->oracle[0]);
	r->ops->release(&r->lock[0]);
	atomic_add_rlx(&tried_in, 1);
}

static void exclusion_job(void *arg)
{
	struct scenario_run *r = arg;

	if (!job_barrier())
		return;
	for (u32 n = 0; n < entries && !job_should_stop(); n++) {
		if (run_acquire(r, 0, false))
			continue;
		for (u32 i = rng_below(&this_cpu()->rng, 4); i; i--)
			cpu_relax();
		if (n % TRY_ONE_IN == 0)
			try_inside(r);
		run_release(r, 0);
		cpu_relax();
		if (n % TRY_ONE_IN == 0)
			try_outside(r);
	}
}

static void exclusion_run(struct scenario_run *r)
{
	entries = MAX(MIN(ENTRIES, ENTRIES_TOTAL / r->cpus), ENTRIES_LEAST);
	tried_in = tried_held = 0;
	run_job(r, 0, r->cpus, exclusion_job, 0);
	r->entries = tried_in;
}

static void exclusion_check(struct scenario_run *r)
{
	const struct ctx_stats *s = merged_stats(CTX_TASK);

	check_count(r, "tried_while_held", tried_held, 0);
	report_value(r->kase, "tried", "pass", tried_in, "count");
	check_count(r, "entered", s->outcome[OUTCOME_OK], (u64)entries * r->cpus);
}

static const struct scenario exclusion = {
	.name = "exclusion",
	.doc = "every core in and out of one lock; nobody inside together, nothing left behind",
	.suites = "default,stress,cost",
	.budget_ms = 3000,
	.run = exclusion_run,
	.check = exclusion_check,
};
SCENARIO_REGISTER(exclusion);
