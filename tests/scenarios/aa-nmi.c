/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * aa-nmi: an NMI takes the lock that the code it interrupted holds (first on every core),
 * or waits for (then on core 1, behind core 0). It must be refused with -EDEADLK, because
 * the interrupted code cannot go on before the NMI returns.
 */
#include "../script.h"

#define ROUNDS	    16
#define WAIT_ROUNDS 8

static struct recovery clocks[SCENARIO_LOCKS];
static u32 unanswered;
static bool late;

static void nmi_body(struct scenario_run *r)
{
	u32 i = r->nr_locks == 1 ? 0 : cpu_id();

	recover_start(&clocks[i]);
	if (run_acquire(r, i, true))
		recover_error(&clocks[i]);
	else
		run_release(r, i);
}

static void holder_job(void *arg)
{
	struct scenario_run *r = arg;
	u32 i = job_index();

	for (u32 n = 0; n <= ROUNDS && !job_should_stop(); n++) {
		if (run_acquire(r, i, false))
			continue;
		recover_progress(&clocks[i]);
		/* The last round only shows progress. */
		if (n < ROUNDS && !(script_nmi(r, cpu_id(), AT_ANY, nmi_body) &&
				    script_nmi_done(cpu_id(), NSEC_PER_SEC)))
			atomic_add_rlx(&unanswered, 1);
		run_release(r, i);
	}
}

/* Core 0 holds the lock while core 1 waits for it and takes the NMI. */
static void hold_for_waiter(struct scenario_run *r, u32 step)
{
	if (run_acquire(r, 0, false))
		return;
	if (!script_queue(r, 1, 0, step) || !script_nmi(r, 1, AT_PENDING, nmi_body) ||
	    !script_nmi_done(1, NSEC_PER_SEC))
		atomic_add_rlx(&unanswered, 1);
	run_release(r, 0);
}

static void waiter_job(void *arg)
{
	struct scenario_run *r = arg;

	for (u32 n = 1; n <= WAIT_ROUNDS; n++) {
		if (!job_barrier())
			return;
		if (job_index() == 0) {
			hold_for_waiter(r, n);
		} else if (step_wait(n) && !run_acquire(r, 0, false)) {
			recover_progress(&clocks[0]);
			run_release(r, 0);
		}
	}
}

static void aa_run(struct scenario_run *r)
{
	u32 holders = MIN(r->cpus, (u32)SCENARIO_LOCKS);

	unanswered = 0;
	late = script_late_aa(r, holders);
	for (u32 i = 0; i < holders; i++)
		recover_init(&clocks[i], 1);
	r->nr_locks = holders;
	script_begin(r);
	if (!run_job(r, 0, holders, holder_job, 0) || holders < 2)
		return;
	/* One lock from here on, and it is lock 0: the NMI body looks at nr_locks. */
	r->nr_locks = 1;
	recover_init(&clocks[0], 1);
	script_begin(r);
	run_job(r, 0, 2, waiter_job, 0);
	r->nr_locks = holders;
}

static void aa_check(struct scenario_run *r)
{
	const struct ctx_stats *s = merged_stats(CTX_NMI);
	u64 attempts = (u64)r->nr_locks * ROUNDS + (r->nr_locks > 1 ? WAIT_ROUNDS : 0);
	u64 timed_out = s->outcome[OUTCOME_ETIMEDOUT];

	if (unanswered)
		run_error(r, "%u NMIs did not arrive where they were aimed", unanswered);
	check_count(r, "timed_out", timed_out, late ? timed_out : 0);
	check_count(r, "refused", s->outcome[OUTCOME_EDEADLK], attempts - timed_out);
	check_count(r, "taken", s->outcome[OUTCOME_OK], 0);
	check_time(r, "slowest_refusal", s->wait_fail.max, 0, 20 * NSEC_PER_MSEC);
	s = merged_stats(CTX_TASK);
	check_count(r, "task_failed", s->outcome[OUTCOME_EDEADLK] + s->outcome[OUTCOME_ETIMEDOUT],
		    0);
}

static const struct scenario aa_nmi = {
	.name = "aa-nmi",
	.doc = "an NMI takes the lock its core holds or waits for",
	.suites = "default,deadlock",
	.lock_flags = LOCK_RESILIENT | LOCK_NMI_SAFE,
	.budget_ms = 8000,
	.run = aa_run,
	.check = aa_check,
};
SCENARIO_REGISTER(aa_nmi);
