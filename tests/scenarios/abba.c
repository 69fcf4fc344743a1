/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * abba: core 0 holds A and wants B, core 1 holds B and wants A. At least one of them must
 * get -EDEADLK, long before any timeout. In every second round an innocent core waits for
 * each lock when the cycle closes; it must get its lock.
 */
#include "../script.h"

#define ROUNDS	 16
#define ENOUGH	 4 /* rounds, where they take long */
#define LONG_NS	 (200 * NSEC_PER_MSEC)
#define DELAY_NS (200 * NSEC_PER_USEC)
#define GUILTY	 2

static struct recovery clock;
static u32 failures[ROUNDS]; /* of the two attempts that close the cycle */
static u32 rounds;
static bool enough;
static u64 granule;

/* Core 0 lets the innocent ones queue, core 3 for B and core 2 for A. */
static bool let_innocents_in(struct scenario_run *r, u32 round)
{
	struct queue_mark a = script_mark(r, 0), b = script_mark(r, 1);

	step_reach(2 * round + 1);
	script_wait_queued(r, 2, 0, a);
	script_wait_queued(r, 3, 1, b);
	step_reach(2 * round + 2);
	return !job_should_stop();
}

static void guilty_round(struct scenario_run *r, u32 me, u32 round, bool innocents)
{
	u32 other = !me;
	bool got = !run_acquire(r, me, true);

	if (!job_barrier())
		return;
	if (innocents && !(me == 0 ? let_innocents_in(r, round) : step_wait(2 * round + 2)))
		return;
	script_delay(rng_below(&this_cpu()->rng, DELAY_NS));
	recover_start(&clock);
	if (run_acquire(r, other, true)) {
		recover_error(&clock);
		atomic_add_rlx(&failures[round], 1);
	} else {
		run_release(r, other);
	}
	if (got)
		run_release(r, me);
}

static void innocent_round(struct scenario_run *r, u32 me, u32 round, bool innocents)
{
	if (!job_barrier())
		return;
	if (!innocents || !step_wait(2 * round + 1))
		return;
	if (!run_acquire(r, me - GUILTY, false))
		run_release(r, me - GUILTY);
}

static void abba_job(void *arg)
{
	struct scenario_run *r = arg;
	u32 me = job_index();
	u64 t0 = clock_now_ns();

	for (u32 round = 0; round < ROUNDS && !READ_ONCE(enough); round++) {
		bool innocents = r->cpus >= 4 && round % 2;

		if (!job_barrier())
			return;
		if (me < GUILTY)
			guilty_round(r, me, round, innocents);
		else
			innocent_round(r, me, round, innocents);
		if (!job_barrier())
			return;
		if (!run_acquire(r, me % 2, false)) {
			recover_progress(&clock);
			run_release(r, me % 2);
		}
		if (me == 0) {
			rounds++;
			enough = rounds >= ENOUGH && clock_now_ns() - t0 > LONG_NS;
		}
		if (!job_barrier())
			return;
	}
}

static void abba_run(struct scenario_run *r)
{
	u32 n = r->cpus >= 4 ? 4 : 2;

	r->nr_locks = 2;
	rounds = 0;
	enough = false;
	granule = script_granule(r, n);
	for (u32 i = 0; i < ROUNDS; i++)
		failures[i] = 0;
	recover_init(&clock, n);
	script_begin(r);
	run_job(r, 0, n, abba_job, 0);
}

static void abba_check(struct scenario_run *r)
{
	const struct ctx_stats *s = merged_stats(CTX_TASK);
	u32 detected = 0, both = 0;

	for (u32 i = 0; i < rounds; i++) {
		detected += failures[i] > 0;
		both += failures[i] > 1;
	}
	check_count(r, "rounds_detected", detected, rounds);
	report_value(r->kase, "both_failed", "pass", both, "count");
	report_value(r->kase, "check_granule", "pass", granule, "ns");
	check_time(r, "slowest_recovery", s->recover.max, 0, 2 * granule + 50 * NSEC_PER_MSEC);
	/* Otherwise timeouts come before the look that finds the deadlock. */
	if (granule_in_time(granule)) {
		check_count(r, "timed_out", s->outcome[OUTCOME_ETIMEDOUT], 0);
		check_count(r, "innocent_failed", s->innocent, 0);
	}
}

static const struct scenario abba = {
	.name = "abba",
	.doc = "two cores take two locks in opposite order",
	.suites = "default,deadlock",
	.lock_flags = LOCK_RESILIENT,
	.min_cpus = 2,
	.budget_ms = 6000,
	.run = abba_run,
	.check = abba_check,
};
SCENARIO_REGISTER(abba);
