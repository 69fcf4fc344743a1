/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Hot loops, compiled once per lock with the lock inline, so that no indirect call sits
 * inside a measurement. A lock file writes, after its acquire and release:
 *
 *	LOCK_HOT(mcs, mcs_acquire, mcs_release);
 *
 * and puts LOCK_HOT_OPS(mcs) into its struct lock_ops. The loops lie in the lock's text
 * range, so a dump names the window of a core that hangs in one.
 */
#ifndef LOCK_HOT_H
#define LOCK_HOT_H

#include <arch/time.h>
#include "lock.h"
#include "oracle.h"
#include "../kernel/hist.h"

/**
 * struct hot_run - one core's share of a contended measurement
 * @hold_ticks, @think_ticks: mean counter ticks inside and outside the lock; 0 = none
 * @dither: state of their variation; different on each core
 * @wait: histogram of counter TICKS (not ns) from call to success, NULL to not time
 * @stop: the loop ends when this becomes non-zero
 * @ops: successes; @failed: errors returned by a resilient lock
 */
struct hot_run {
	void *lock;
	struct oracle *oracle;
	u64 hold_ticks, think_ticks;
	u32 dither;
	struct hist *wait;
	const u32 *stop;
	u64 ops, failed;
};

/*
 * From 7/8 to 9/8 of @ticks, evenly, to the tick. With equal times the cores fall into step, and
 * what is measured is where in a waiter's pause the release lands: nearly the same code differed
 * by a tenth. Random bits by a linear congruence (Numerical Recipes); the upper ones are good.
 */
static __always_inline void hot_spin(struct hot_run *r, u64 ticks)
{
	u64 t0 = time_counter(), coarse = ticks - ticks / 4, spent;

	r->dither = r->dither * 1664525 + 1013904223;
	ticks += ((ticks >> 2) * (r->dither >> 24) >> 8) - (ticks >> 3);
	while ((spent = time_counter() - t0) < ticks) {
		/* To the tick at the end: a pause may take a tenth of a microsecond. */
		if (spent < coarse)
			cpu_relax();
	}
}

static __always_inline void hot_contend(struct hot_run *r, int (*acquire)(void *),
					void (*release)(void *))
{
	while (!READ_ONCE(*r->stop)) {
		u64 t0 = time_counter();

		if (acquire(r->lock)) {
			r->failed++;
			continue;
		}
		if (r->wait)
			hist_add(r->wait, time_counter() - t0);
		oracle_enter(r->oracle);
		if (r->hold_ticks)
			hot_spin(r, r->hold_ticks);
		oracle_exit(r->oracle);
		release(r->lock);
		r->ops++;
		if (r->think_ticks)
			hot_spin(r, r->think_ticks);
	}
}

#define LOCK_HOT(id, acquire_fn, release_fn)                                                       \
	static LOCK_TEXT(id) void id##_hot_pairs(void *lock, u64 n)                                \
	{                                                                                          \
		while (n--) {                                                                      \
			if (acquire_fn(lock) == 0)                                                 \
				release_fn(lock);                                                  \
		}                                                                                  \
	}                                                                                          \
	static LOCK_TEXT(id) void id##_hot_contend(struct hot_run *run)                            \
	{                                                                                          \
		hot_contend(run, acquire_fn, release_fn);                                          \
	}

#define LOCK_HOT_OPS(id) .hot_pairs = id##_hot_pairs, .hot_contend = id##_hot_contend

#endif
