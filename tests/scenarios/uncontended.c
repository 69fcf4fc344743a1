/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * uncontended: what taking and releasing a free lock costs, inlined as a caller has it. One
 * core at a time; of several rounds the fastest counts, for hardly anything but noise makes one
 * slower. An empty loop of the same shape is taken off. Where the clock counts instructions
 * (QEMU with -icount shift=0: 1 ns each) the figure is the length of the path.
 *
 * A clock that is coarse, or that an emulator lets stand for a moment, can leave nothing; then
 * the core tries again with longer rounds.
 */
#include "../script.h"

#define PAIRS_LEAST 1000
#define PAIRS_MOST  64000
#define ROUNDS	    8

/* Pairs in a round, and the fastest round in ticks: of the lock's loop and of the empty one. */
static u64 pairs;
static struct {
	u64 lock, empty;
} best;

static u64 empty_loop(u64 n)
{
	u64 t0 = time_counter_ordered();

	while (n--)
		barrier();
	return time_counter_ordered() - t0;
}

static void uncontended_job(void *arg)
{
	struct scenario_run *r = arg;

	best.lock = best.empty = ~0ull;
	for (u32 i = 0; i < ROUNDS && !job_should_stop(); i++) {
		u64 t0 = time_counter_ordered();

		r->ops->hot_pairs(&r->lock[0], pairs);
		best.lock = MIN(best.lock, time_counter_ordered() - t0);
		best.empty = MIN(best.empty, empty_loop(pairs));
	}
	this_cpu()->stats->ops += pairs * ROUNDS;
}

/* Picoseconds: a pair is a handful of ns, and the figure should not be a rounded one. */
static u64 pair_ps(void)
{
	u64 ticks = best.lock > best.empty ? best.lock - best.empty : 0;

	return clock_ticks_to_ns(ticks * 1000) / pairs;
}

/* Return: false if a job hung. *ps stays 0 if no round was long enough for the clock. */
static bool measure(struct scenario_run *r, u32 cpu, u64 *ps)
{
	*ps = 0;
	for (pairs = PAIRS_LEAST; !*ps && pairs <= PAIRS_MOST; pairs *= 4) {
		if (!run_job(r, cpu, 1, uncontended_job, 0))
			return false;
		*ps = pair_ps();
	}
	return true;
}

static void uncontended_run(struct scenario_run *r)
{
	u64 fastest = ~0ull, slowest = 0;

	for (u32 i = 0; i < r->cpus; i++) {
		u64 ps;

		if (!measure(r, i, &ps))
			return;
		if (!ps) {
			run_error(r, "cpu %u: the clock is too coarse for %u pairs", i, PAIRS_MOST);
			return;
		}
		fastest = MIN(fastest, ps);
		slowest = MAX(slowest, ps);
	}
	report_value(r->kase, "pair.fastest_core", "pass", fastest, "ps");
	report_value(r->kase, "pair.slowest_core", "pass", slowest, "ps");
	r->row.ops_per_s = 1000 * NSEC_PER_SEC / fastest;
}

static void uncontended_check(struct scenario_run *r)
{
	if (r->ops->is_locked(&r->lock[0]))
		run_fail(r, "held after as many releases as acquires");
}

static const struct scenario uncontended = {
	.name = "uncontended",
	.doc = "cost of taking and releasing a free lock",
	.suites = "default,cost",
	.budget_ms = 2000,
	.run = uncontended_run,
	.check = uncontended_check,
};
SCENARIO_REGISTER(uncontended);
