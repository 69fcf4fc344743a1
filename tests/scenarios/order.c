/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * order: waiters are let into the queue of a held lock one after the other, each when the one
 * before it is seen waiting. Then the owner leaves, and they must get the lock in that order:
 * whoever overtakes takes what another waiter has already been promised.
 */
#include <arch/cpu.h>
#include "../script.h"

#define ROUNDS	  16
#define MOST_CPUS 8

static u32 place[MOST_CPUS]; /* in which a core got the lock, from 1; 0: it did not */
static u32 taken, in_order, overtaken, broken;

/*
 * The core at each place, and the other way round. Every second round goes downwards: an emulator
 * that gives cores their turns in order would never let one overtake its lower neighbour.
 */
static u32 nth(struct scenario_run *r, u32 round, u32 n)
{
	return round % 2 && n ? r->cpus - n : n;
}

/* Only the holder counts, so nothing here needs to be atomic. */
static bool take_place(struct scenario_run *r, u32 me)
{
	if (run_acquire(r, 0, false))
		return false;
	WRITE_ONCE(taken, taken + 1);
	WRITE_ONCE(place[me], taken);
	return true;
}

static void owner(struct scenario_run *r, u32 round)
{
	bool got = take_place(r, 0);

	for (u32 i = 1; i < r->cpus; i++)
		script_queue(r, nth(r, round, i), 0, round * r->cpus + i);
	if (got)
		run_release(r, 0);
}

static void judge_round(struct scenario_run *r, u32 round)
{
	bool all = true, sorted = true;

	for (u32 i = 0; i < r->cpus; i++) {
		all = all && place[i];
		sorted = sorted && place[i] == nth(r, round, i) + 1;
		place[i] = 0;
	}
	taken = 0;
	broken += !all;
	in_order += all && sorted;
	overtaken += all && !sorted;
}

static void order_job(void *arg)
{
	struct scenario_run *r = arg;
	u32 me = job_index();

	for (u32 n = 0; n < ROUNDS; n++) {
		if (me == 0)
			owner(r, n);
		else if (step_wait(n * r->cpus + nth(r, n, me)) && take_place(r, me))
			run_release(r, 0);
		if (!job_barrier())
			return;
		if (me == 0)
			judge_round(r, n);
		if (!job_barrier())
			return;
	}
}

static void order_run(struct scenario_run *r)
{
	r->cpus = MIN(r->cpus, (u32)MOST_CPUS);
	taken = in_order = overtaken = broken = 0;
	for (u32 i = 0; i < MOST_CPUS; i++)
		place[i] = 0;
	script_begin(r);
	run_job(r, 0, r->cpus, order_job, 0);
}

static void order_check(struct scenario_run *r)
{
	report_value(r->kase, "rounds_broken", "pass", broken, "count");
	check_count(r, "overtaken", overtaken, 0);
	/* A host that stops us can make waiters give up, but hardly in every round. */
	check_at_least(r, "rounds_in_order", in_order, cpu_facts()->virtual ? 1 : ROUNDS);
}

static const struct scenario order = {
	.name = "order",
	.doc = "waiters that queued one after the other get the lock in that order",
	.suites = "default,stress",
	.lock_flags = LOCK_FIFO,
	.min_cpus = 3,
	.budget_ms = 4000,
	.run = order_run,
	.check = order_check,
};
SCENARIO_REGISTER(order);
