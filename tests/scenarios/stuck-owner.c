/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * stuck-owner: core 0 takes the lock and keeps it until every other core has given up: core
 * 1 as the pending waiter, core 2 as the head of the queue, the others behind it. Pending
 * may wait 250 ms, the head 500 ms, and then it sends the whole queue away. When the owner
 * lets go at last, everybody must be able to take the lock again.
 */
#include "../script.h"

static struct recovery clock;
static u32 gave_up;
static struct attempt waits[MAX_CPUS];

static void wait_for_all(struct scenario_run *r)
{
	while (atomic_read_rlx(&gave_up) < r->cpus - 1 && !job_should_stop())
		cpu_relax();
}

static void owner(struct scenario_run *r)
{
	bool got = !run_acquire(r, 0, true);
	u32 ordered = MIN(r->cpus, 3u);

	for (u32 i = 1; i < ordered; i++)
		script_queue(r, i, 0, i);
	step_reach(3);
	wait_for_all(r);
	if (got)
		run_release(r, 0);
}

static void waiter(struct scenario_run *r, u32 me)
{
	if (!step_wait(MIN(me, 3u)))
		return;
	/* The owner never lets go: from the first waiter on it is a deadlock. */
	if (me == 1)
		recover_start(&clock);
	if (run_acquire(r, 0, true))
		recover_error(&clock);
	else
		run_release(r, 0);
	waits[me] = *run_attempt(cpu_id(), CTX_TASK);
	atomic_add_rlx(&gave_up, 1);
}

static void stuck_job(void *arg)
{
	struct scenario_run *r = arg;
	u32 me = job_index();

	if (me == 0)
		owner(r);
	else
		waiter(r, me);
	if (!job_barrier())
		return;
	if (!run_acquire(r, 0, false)) {
		recover_progress(&clock);
		run_release(r, 0);
	}
}

static void stuck_run(struct scenario_run *r)
{
	gave_up = 0;
	recover_init(&clock, r->cpus);
	script_begin(r);
	run_job(r, 0, r->cpus, stuck_job, 0);
}

/* Causes by waiter class, for locks that tell them. */
static void check_causes(struct scenario_run *r, const struct ctx_stats *s)
{
	u64 failed = r->cpus - 1;

	if (s->cause[CAUSE_TIMEOUT_TAS]) {
		check_count(r, "timeout_tas", s->cause[CAUSE_TIMEOUT_TAS], failed);
		return;
	}
	check_count(r, "timeout_pending", s->cause[CAUSE_TIMEOUT_PENDING], 1);
	if (failed > 1)
		check_count(r, "timeout_head", s->cause[CAUSE_TIMEOUT_HEAD], 1);
	if (failed > 2)
		check_count(r, "flushed", s->cause[CAUSE_FLUSHED], failed - 2);
}

static void stuck_check(struct scenario_run *r)
{
	const struct ctx_stats *s = merged_stats(CTX_TASK);
	u64 refused = s->outcome[OUTCOME_EDEADLK], told = 0;

	/* Until 6.19 waiters that were flushed returned -EDEADLK. */
	check_count(r, "refused", s->outcome[OUTCOME_EDEADLK],
		    r->ops->flags & LOCK_OLD ? MIN(s->cause[CAUSE_FLUSHED], refused) : 0);
	check_count(r, "gave_up", s->outcome[OUTCOME_ETIMEDOUT] + refused, r->cpus - 1);
	check_count(r, "taken_again", s->outcome[OUTCOME_OK], r->cpus + 1);
	for (u32 i = 1; i < NR_CAUSES; i++)
		told += s->cause[i];
	if (told)
		check_causes(r, s);
	check_attempt(r, "wait.pending", &waits[1]);
	if (r->cpus > 2)
		check_attempt(r, "wait.head", &waits[2]);
	for (u32 i = 3; i < r->cpus; i++) {
		u64 head_from = waits[2].begin;

		/* Nobody behind the head may leave before the head's time is up. */
		if (waits[i].cause == CAUSE_FLUSHED &&
		    waits[i].end - head_from < 500 * NSEC_PER_MSEC)
			run_fail(r, "core %u was flushed before the head's 500 ms were over", i);
	}
	if (r->cpus > 3)
		check_attempt(r, "wait.queued", &waits[3]);
}

static const struct scenario stuck_owner = {
	.name = "stuck-owner",
	.doc = "waiters of every class behind an owner that never releases",
	.suites = "default,deadlock",
	.lock_flags = LOCK_RESILIENT,
	.min_cpus = 2,
	.budget_ms = 6000,
	.run = stuck_run,
	.check = stuck_check,
};
SCENARIO_REGISTER(stuck_owner);
