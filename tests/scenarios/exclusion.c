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

static u32 entries;

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
		run_release(r, 0);
		cpu_relax();
	}
}

static void exclusion_run(struct scenario_run *r)
{
	entries = MAX(MIN(ENTRIES, ENTRIES_TOTAL / r->cpus), ENTRIES_LEAST);
	run_job(r, 0, r->cpus, exclusion_job, 0);
}

static void exclusion_check(struct scenario_run *r)
{
	const struct ctx_stats *s = merged_stats(CTX_TASK);

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
