/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * owner-nmi: core 0 holds the lock, core 1 is pending, core 2 is the head of the queue, and
 * an NMI on core 0 takes the same lock. It must be refused at once, and nobody else may
 * fail. Where the NMI may queue without looking at the held table first it waits behind
 * two waiters that wait for the very owner it interrupted: 500 ms and three failures (6.15,
 * 6.18; fixed by 087849cca31d).
 */
#include "../script.h"

static struct recovery clock;
static bool aimed, late;

static void nmi_body(struct scenario_run *r)
{
	recover_start(&clock);
	if (run_acquire(r, 0, true))
		recover_error(&clock);
	else
		run_release(r, 0);
}

static void owner(struct scenario_run *r)
{
	if (run_acquire(r, 0, false))
		return;
	if (script_queue(r, 1, 0, 1) && script_queue(r, 2, 0, 2))
		aimed = script_nmi(r, 0, AT_ANY, nmi_body) && script_nmi_done(0, 2 * NSEC_PER_SEC);
	run_release(r, 0);
}

static void owner_job(void *arg)
{
	struct scenario_run *r = arg;
	u32 me = job_index();

	if (me == 0) {
		owner(r);
	} else if (step_wait(me) && !run_acquire(r, 0, false)) {
		recover_progress(&clock);
		run_release(r, 0);
	}
	if (!job_barrier())
		return;
	if (!run_acquire(r, 0, false)) {
		recover_progress(&clock);
		run_release(r, 0);
	}
}

static void owner_run(struct scenario_run *r)
{
	aimed = false;
	late = script_late_aa(r, 3);
	recover_init(&clock, 3);
	script_begin(r);
	run_job(r, 0, 3, owner_job, 0);
}

static void owner_check(struct scenario_run *r)
{
	const struct ctx_stats *s = merged_stats(CTX_TASK);

	if (!aimed)
		run_error(r, "the NMI on the owner's core did not run");
	if (late)
		return;
	check_count(r, "innocent_failed", s->innocent, 0);
	check_count(r, "taken", s->outcome[OUTCOME_OK], 6);
	s = merged_stats(CTX_NMI);
	check_count(r, "nmi_refused", s->outcome[OUTCOME_EDEADLK], 1);
	check_time(r, "nmi_wait", s->worst.ns, 0, 50 * NSEC_PER_MSEC);
}

static const struct scenario owner_nmi = {
	.name = "owner-nmi",
	.doc = "an NMI takes the lock its core holds while others wait for it",
	.suites = "default,deadlock",
	.lock_flags = LOCK_RESILIENT | LOCK_NMI_SAFE,
	.min_cpus = 3,
	.budget_ms = 6000,
	.run = owner_run,
	.check = owner_check,
};
SCENARIO_REGISTER(owner_nmi);
