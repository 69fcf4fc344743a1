/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How a waiter finds out that waiting is pointless: the own table (AA), the other cores'
 * tables (ABBA), and the clock. Cycles of three and more are left to the clock.
 */
#ifndef RQSPINLOCK_DEADLOCK_H
#define RQSPINLOCK_DEADLOCK_H

#include "held_table.h"
#include "revisions.h"

/* One critical section's worth; the head has an owner and a pending waiter before it. */
#define RQ_DURATION_PENDING (250 * NSEC_PER_MSEC)
#define RQ_DURATION_HEAD    (500 * NSEC_PER_MSEC)
#define RQ_DURATION_TAS	    (1 * NSEC_PER_SEC)
#define RQ_SCAN_INTERVAL    (1 * NSEC_PER_MSEC)

/**
 * struct rq_wait - the state of one bounded wait
 * @deadline: 0 until the first check
 * @duration: ns allowed from there
 * @last_scan: time of the last search for a deadlock
 * @timeout_cause: what running out of time is called here
 * @cause: why the check failed (enum lock_cause)
 * @passes: passes of the loop; 16 bits wide, the check runs each time it wraps to 0
 */
struct rq_wait {
	u64 deadline, duration, last_scan;
	u32 timeout_cause;
	u32 cause;
	u16 passes;
};

#define RQ_WAIT_INIT(ns, on_timeout)                                                               \
	((struct rq_wait){.duration = (ns), .timeout_cause = (on_timeout)})

/* A revision's check, out of line; see rq_check(). */
typedef int (*rq_check_t)(struct rq_lock *lock, u32 mask, struct rq_wait *w);

/* Do we hold @lock already? Entries below the top only: the top is this attempt. */
static __always_inline bool rq_holds(const struct rq_held *held, const void *lock)
{
	u32 n = rq_held_stored(READ_ONCE(held->count));

	for (u32 i = 0; i + 1 < n; i++)
		if (READ_ONCE(held->slot[i]) == lock)
			return true;
	return false;
}

/*
 * Does somebody hold @lock and wait for a lock of ours? The first core whose lower
 * entries contain @lock decides; it may be an interrupted waiter rather than the owner,
 * then the round is inconclusive.
 *
 * The tables move while we read. The count is read before the word, so that a lock seen
 * free stops a scan that goes by what its owner had written before it let go.
 */
static __always_inline bool rq_abba(struct rq_lock *lock, u32 mask)
{
	const struct rq_held *mine = &LOCK_PERCPU(struct rq_percpu)->held;
	u32 me = cpu_id(), cpus = cpu_count();

	for (u32 id = 0; id < cpus; id++) {
		const struct rq_held *held = rq_held_of(id);
		u32 count = READ_ONCE(held->count);
		const struct rq_lock *wanted;

		if (!(atomic_read_acq(&lock->word) & mask))
			return false;
		if (id == me || count < 2 || count > RQ_HELD)
			continue;
		wanted = READ_ONCE(held->slot[count - 1]);
		if (!wanted)
			continue;
		for (u32 i = 0; i < count - 1; i++)
			if (READ_ONCE(held->slot[i]) == lock)
				return rq_holds(mine, wanted);
	}
	return false;
}

/**
 * rq_check() - is there still sense in waiting?
 * @mask: which bits of the word make @lock busy for this waiter
 *
 * The first call of a wait starts its clock; a remote scan never comes before 1 ms.
 * Return: 0 to go on; -EDEADLK or -ETIMEDOUT with @w->cause set.
 */
static __always_inline int rq_check(const struct rq_revision *rev, struct rq_lock *lock, u32 mask,
				    struct rq_wait *w)
{
	const struct rq_held *mine = &LOCK_PERCPU(struct rq_percpu)->held;
	bool starts = !w->deadline, due;
	u64 now;

	LOCK_WINDOW(W_NONE); /* whichever wait called it */
	if (starts && rev->aa_check_immediate && rq_holds(mine, lock)) {
		w->cause = CAUSE_AA_AT_WAIT;
		return -EDEADLK;
	}
	now = cpu_now();
	if (starts) {
		w->deadline = now + w->duration;
		w->last_scan = now;
		return 0;
	}
	if (now > w->deadline) {
		w->cause = w->timeout_cause;
		return -ETIMEDOUT;
	}
	due = now - w->last_scan > RQ_SCAN_INTERVAL;
	if (!due)
		return 0;
	w->last_scan = now;
	w->cause = CAUSE_AA_AT_WAIT;
	if (!rev->aa_check_immediate && rq_holds(mine, lock))
		return -EDEADLK;
	w->cause = CAUSE_ABBA;
	return rq_abba(lock, mask) ? -EDEADLK : 0;
}

/*
 * Called on every pass of a wait loop; runs the check where it is due (arch/atomic.h). The loop is
 * laid out for the pass that only looks: with the check inside it, a handover took 2 % longer.
 */
static __always_inline int rq_poll(rq_check_t check, struct rq_lock *lock, u32 mask,
				   struct rq_wait *w)
{
	if (!ATOMIC_CHECK_EVERY_PASS && likely(w->passes++))
		return 0;
	return check(lock, mask, w);
}

#endif
