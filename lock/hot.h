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
 * @hold_ticks, @think_ticks: counter ticks inside and outside the lock; 0 = none
 * @wait: histogram of counter TICKS (not ns) from call to success, NULL to not time
 * @stop: the loop ends when this becomes non-zero
 * @ops: successes; @failed: errors returned by a resilient lock
 */
struct hot_run {
	void *lock;
	struct oracle *oracle;
	u64 hold_ticks, think_ticks;
	struct hist *wait;
	const u32 *stop;
	u64 ops, failed;
};

static __always_inline void hot_spin(u64 ticks)
{
	u64 t0 = time_counter();

	while (time_counter() - t0 < ticks)
		cpu_relax();
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
			hot_spin(r->hold_ticks);
		oracle_exit(r->oracle);
		release(r->lock);
		r->ops++;
		if (r->think_ticks)
			hot_spin(r->think_ticks);
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
