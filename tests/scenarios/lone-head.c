/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * lone-head: core 0 holds A, core 1 is pending on A, and core 2, which holds B, is alone in
 * A's queue. Then core 0 wants B. Core 2 has been looking for deadlocks for longer, so as
 * a rule it is the one to see the cycle and to leave. From 6.19 to 7.1 it then waited,
 * without a bound, for a successor to hand its place to (fixed by 7a3c0289c3c8).
 *
 * followed-head: the same, with core 3 behind core 2. It has nothing to do with the deadlock
 * and must get the lock. Until 6.18 a head that saw a deadlock sent the queue away with it
 * (fixed by 7bd6e5ce5be6).
 */
#include "../script.h"

#define ROUNDS	   16
#define HEAD_FAILS 2 /* enough: stop when the head has left this often */
#define A	   0
#define B	   1

static struct recovery clock;
static u32 cores; /* 3, or 4 with one behind the head */
static u32 rounds, detected;
static u32 head_gave_up; /* for any reason */
static u32 head_failed;	 /* because of the deadlock */
/* In this round: guilty attempts that failed; the head's and its follower's attempts. */
static u32 failed;
static struct attempt head, follower;
static u32 turned_away;
static u64 granule;

static void close_cycle(struct scenario_run *r, u32 step)
{
	bool got = !run_acquire(r, A, false);

	if (!job_barrier())
		return;
	script_queue(r, 1, A, step + 1);
	script_queue(r, 2, A, step + 2);
	if (cores > 3)
		script_queue(r, 3, A, step + 3);
	recover_start(&clock);
	if (run_acquire(r, B, true)) {
		recover_error(&clock);
		atomic_add_rlx(&failed, 1);
	} else {
		run_release(r, B);
	}
	if (got)
		run_release(r, A);
}

/* As the pending waiter, or behind the head: innocent. */
static void be_waiter(struct scenario_run *r, u32 step)
{
	if (!job_barrier() || !step_wait(step))
		return;
	if (!run_acquire(r, A, false))
		run_release(r, A);
	if (job_index() > 2)
		follower = *run_attempt(cpu_id(), CTX_TASK);
}

static void be_head(struct scenario_run *r, u32 step)
{
	bool got = !run_acquire(r, B, false);

	if (!job_barrier() || !step_wait(step + 2))
		return;
	if (run_acquire(r, A, true)) {
		recover_error(&clock);
		atomic_add_rlx(&failed, 1);
	} else {
		run_release(r, A);
	}
	head = *run_attempt(cpu_id(), CTX_TASK);
	if (got)
		run_release(r, B);
}

static void lone_round(struct scenario_run *r, u32 me, u32 step)
{
	if (me == 0)
		close_cycle(r, step);
	else if (me == 2)
		be_head(r, step);
	else
		be_waiter(r, step + me);
}

static void judge_round(void)
{
	rounds++;
	detected += failed > 0;
	failed = 0;
	head_gave_up += head.rc != 0;
	/* By its timeout a head may send everybody away, by a deadlock of its own nobody. */
	if (head.rc != -EDEADLK)
		return;
	head_failed++;
	turned_away += follower.rc == -EDEADLK || (follower.rc && follower.cause == CAUSE_FLUSHED);
}

static void lone_job(void *arg)
{
	struct scenario_run *r = arg;
	u32 me = job_index();

	for (u32 n = 0; n < ROUNDS && READ_ONCE(head_gave_up) < HEAD_FAILS; n++) {
		if (!job_barrier())
			return;
		lone_round(r, me, 3 * n);
		if (!job_barrier())
			return;
		if (me == 0)
			judge_round();
		/* Not both locks at once: this is about who can get on. */
		if (!run_acquire(r, me % 2, false)) {
			recover_progress(&clock);
			run_release(r, me % 2);
		}
		if (!job_barrier())
			return;
	}
}

static void head_run(struct scenario_run *r, u32 n)
{
	cores = n;
	r->nr_locks = 2;
	granule = script_granule(r, cores);
	rounds = detected = head_gave_up = head_failed = failed = turned_away = 0;
	head = follower = (struct attempt){0};
	recover_init(&clock, cores);
	script_begin(r);
	if (!run_job(r, 0, cores, lone_job, 0) || head_failed || granule_in_time(granule))
		return;
	run_skip(r, "needs deadlock checks before the timeouts, one takes %llu ms here",
		 (unsigned long long)(granule / NSEC_PER_MSEC));
}

static void lone_run(struct scenario_run *r)
{
	head_run(r, 3);
}

static void followed_run(struct scenario_run *r)
{
	head_run(r, 4);
}

static void lone_check(struct scenario_run *r)
{
	const struct ctx_stats *s = merged_stats(CTX_TASK);

	check_count(r, "rounds_detected", detected, rounds);
	report_value(r->kase, "head_left", head_failed ? "pass" : "unknown", head_failed, "count");
	if (!head_failed)
		run_error(r, "in %u rounds the head never was the one to leave", rounds);
	check_count(r, "turned_away", turned_away, 0);
	report_value(r->kase, "check_granule", "pass", granule, "ns");
	check_time(r, "slowest_recovery", s->recover.max, 0, 2 * granule + 50 * NSEC_PER_MSEC);
	if (granule_in_time(granule)) {
		check_count(r, "timed_out", s->outcome[OUTCOME_ETIMEDOUT], 0);
		check_count(r, "innocent_failed", s->innocent, 0);
	}
}

static const struct scenario lone_head = {
	.name = "lone-head",
	.doc = "ABBA against the only waiter in a queue",
	.suites = "default,deadlock",
	.lock_flags = LOCK_RESILIENT,
	.min_cpus = 3,
	.budget_ms = 4000,
	.run = lone_run,
	.check = lone_check,
};
SCENARIO_REGISTER(lone_head);

static const struct scenario followed_head = {
	.name = "followed-head",
	.doc = "ABBA against a queue's head that has an innocent waiter behind it",
	.suites = "default,deadlock",
	.lock_flags = LOCK_RESILIENT,
	.min_cpus = 4,
	.budget_ms = 4000,
	.run = followed_run,
	.check = lone_check,
};
SCENARIO_REGISTER(followed_head);
