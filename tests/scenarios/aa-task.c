/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * aa-task: every core takes a lock of its own and then takes it again. The second attempt
 * must be refused with -EDEADLK; afterwards the lock works as before.
 */
#include "../script.h"

#define ROUNDS 16

static struct recovery clocks[SCENARIO_LOCKS];
static bool late;

static void aa_round(struct scenario_run *r, u32 i)
{
	if (run_acquire(r, i, false))
		return;
	recover_progress(&clocks[i]);
	recover_start(&clocks[i]);
	if (run_acquire(r, i, true))
		recover_error(&clocks[i]);
	else
		run_release(r, i);
	run_release(r, i);
}

static void aa_job(void *arg)
{
	struct scenario_run *r = arg;
	u32 i = job_index();

	for (u32 n = 0; n < ROUNDS && !job_should_stop(); n++)
		aa_round(r, i);
	if (!run_acquire(r, i, false)) {
		recover_progress(&clocks[i]);
		run_release(r, i);
	}
}

static void aa_run(struct scenario_run *r)
{
	r->nr_locks = MIN(r->cpus, (u32)SCENARIO_LOCKS);
	late = script_late_aa(r, r->nr_locks);
	for (u32 i = 0; i < r->nr_locks; i++)
		recover_init(&clocks[i], 1);
	run_job(r, 0, r->nr_locks, aa_job, 0);
}

static void aa_check(struct scenario_run *r)
{
	const struct ctx_stats *s = merged_stats(CTX_TASK);
	u64 attempts = (u64)r->nr_locks * ROUNDS, timed_out = s->outcome[OUTCOME_ETIMEDOUT];

	check_count(r, "timed_out", timed_out, late ? timed_out : 0);
	check_count(r, "refused", s->outcome[OUTCOME_EDEADLK], attempts - timed_out);
	check_count(r, "taken", s->outcome[OUTCOME_OK], attempts + r->nr_locks);
	check_time(r, "slowest_refusal", s->wait_fail.max, 0, 20 * NSEC_PER_MSEC);
}

static const struct scenario aa_task = {
	.name = "aa-task",
	.doc = "take a held lock again on the same core",
	.suites = "default,deadlock",
	.lock_flags = LOCK_RESILIENT,
	.budget_ms = 8000,
	.run = aa_run,
	.check = aa_check,
};
SCENARIO_REGISTER(aa_task);
