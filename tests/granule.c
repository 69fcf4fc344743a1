/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How long a wait loop takes to come round to its check, and what that means for budgets
 * and bounds: an emulator that gives all cores turns on one host thread stretches it from
 * a millisecond to seconds.
 */
#include <arch/cpu.h>
#include "run.h"
#include "script.h"

/* Relaxes in one measurement. */
#define SAMPLE 200
/* Passes of a wait loop from one check to the next, where not each pass checks. */
#define PASSES 65536

static u64 sample_ns;

static void relax_job(void *arg)
{
	u64 t0;

	if (!job_barrier())
		return;
	t0 = clock_now_ns();
	for (u32 i = 0; i < SAMPLE; i++)
		cpu_relax();
	/* All of them: the slowest core's is the one that counts. */
	if (job_barrier() && !job_index())
		sample_ns = clock_now_ns() - t0;
}

static u64 passes_ns(u32 cpus)
{
	sample_ns = 0;
	job_run(0, cpus, relax_job, NULL, 20 * NSEC_PER_SEC);
	return sample_ns * PASSES / SAMPLE;
}

u64 script_granule(struct scenario_run *r, u32 cpus)
{
	return ATOMIC_CHECK_EVERY_PASS ? 0 : passes_ns(cpus);
}

bool granule_in_time(u64 granule_ns)
{
	/* Twice is needed; an emulator's host may have more to do in a moment. */
	return 5 * granule_ns < 250 * NSEC_PER_MSEC;
}

bool script_late_aa(struct scenario_run *r, u32 cpus)
{
	const char *name = r->scenario->name;

	if (lock_expects(r->ops, name, "fail") || lock_expects(r->ops, name, "hang"))
		return false;
	return (r->ops->flags & LOCK_OLD) && !granule_in_time(script_granule(r, cpus));
}

u64 emulation_ns(void)
{
	static u64 ns;
	static bool known;

	if (!known && cpu_facts()->virtual)
		ns = passes_ns(current_run()->cpus);
	known = true;
	return ns;
}

u64 run_slack_ns(void)
{
	if (!cpu_facts()->virtual)
		return 20 * NSEC_PER_MSEC;
	return 2 * NSEC_PER_SEC + 3 * emulation_ns();
}
