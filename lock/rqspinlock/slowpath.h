/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * lock() and unlock() of rqspinlock as templates over a revision: fast path, pending
 * waiter, queue, and the test-and-set path.
 *
 * The queue is that of the queued spinlock: the first waiter sets the pending bit and
 * spins on the word, the others form an MCS queue of per-core nodes whose head spins on
 * the word too. What is added is that pending waiter and head give up, and that a head
 * that ran out of time sends everybody behind it away.
 */
#ifndef RQSPINLOCK_SLOWPATH_H
#define RQSPINLOCK_SLOWPATH_H

#include "deadlock.h"

typedef int (*rq_slowpath_t)(struct rq_lock *lock, u32 seen);

static __always_inline bool rq_trylock(struct rq_lock *lock)
{
	u32 seen = atomic_read_rlx(&lock->word);

	return !seen && atomic_try_cmpxchg_acq(&lock->word, &seen, RQ_LOCKED);
}

/* The end of every failed attempt. The cause goes last: an NMI may set its own before. */
static __always_inline int rq_fail(int error, u32 cause)
{
	rq_pop_failed();
	cpu_set_cause(cause);
	return error;
}

/* Test-and-set: no order among waiters, and the table is searched at the start only. */
static __always_inline int rq_tas(const struct rq_revision *rev, rq_check_t check,
				  struct rq_lock *lock)
{
	struct rq_wait w = RQ_WAIT_INIT(RQ_DURATION_TAS, CAUSE_TIMEOUT_TAS);

	if (rev->tas_pushes_again)
		rq_push(lock, false);
	for (;;) {
		u32 seen = atomic_read_rlx(&lock->word);
		int error;

		LOCK_WINDOW(W_TAS);
		if (!seen && atomic_try_cmpxchg_full(&lock->word, &seen, RQ_LOCKED))
			return 0;
		LOCK_WINDOW(W_TAS);
		error = rq_poll(check, lock, ~0u, &w);
		if (error)
			return rq_fail(error, w.cause);
		LOCK_WINDOW(W_TAS);
		cpu_relax();
	}
}

/*
 * First in line: the pending bit is ours and nobody queues; @seen is the word before.
 * Only the locked byte is polled, so newcomers that queue behind us do not end the doze.
 */
static __always_inline int rq_wait_as_pending(const struct rq_revision *rev, rq_check_t check,
					      struct rq_lock *lock, u32 seen)
{
	struct rq_wait w = RQ_WAIT_INIT(RQ_DURATION_PENDING, CAUSE_TIMEOUT_PENDING);

	while (seen & RQ_LOCKED_MASK) {
		u8 locked;
		int error;

		LOCK_WINDOW(W_PENDING_WAIT);
		locked = atomic_read_acq(&lock->locked);
		if (!locked)
			break;
		LOCK_WINDOW(W_PENDING_WAIT);
		error = rq_poll(check, lock, RQ_LOCKED_MASK, &w);
		if (error) {
			if (!rev->keeps_pending)
				atomic_write_rlx(&lock->pending, 0);
			return rq_fail(error, w.cause);
		}
		LOCK_WINDOW(W_PENDING_WAIT);
		cpu_wait_change8(&lock->locked, locked);
	}
	/* locked = 1 and pending = 0 in one store: the head must not see both 0. */
	atomic_write_rlx(&lock->locked_pending, RQ_LOCKED);
	LOCK_WINDOW(W_CRITICAL);
	return 0;
}

/* May this waiter not queue? @index is the node it would get. */
static __always_inline bool rq_no_node(const struct rq_revision *rev, u32 index)
{
	if (index >= RQ_NODES)
		return true;
	switch (rev->nmi_queueing) {
	case RQ_NMI_QUEUES:
		return false;
	case RQ_NMI_NEVER_QUEUES:
		return cpu_in_nmi();
	default:
		return index > 0 && cpu_in_nmi();
	}
}

/*
 * Without a node there is only trylock. It succeeds on a word that is entirely 0, which
 * under contention is never; the revisions that spin on it lose up to 0.25 s here.
 */
static __always_inline int rq_try_without_node(const struct rq_revision *rev, rq_check_t check,
					       struct rq_lock *lock, u32 *cause)
{
	struct rq_wait w = RQ_WAIT_INIT(RQ_DURATION_PENDING, CAUSE_TIMEOUT_TRYLOCK);

	if (!rev->no_node_spins) {
		*cause = CAUSE_NO_NODE;
		return rq_trylock(lock) ? 0 : -EDEADLK;
	}
	while (!rq_trylock(lock)) {
		int error = rq_poll(check, lock, ~0u, &w);

		if (error) {
			*cause = w.cause;
			return error;
		}
		cpu_relax();
	}
	return 0;
}

static __always_inline u16 rq_tail(u32 cpu, u32 index)
{
	return (u16)((cpu + 1) << RQ_TAIL_CPU_SHIFT | index);
}

static __always_inline struct rq_node *rq_tail_node(u16 tail)
{
	struct rq_percpu *pc = cpu_lock_data((tail >> RQ_TAIL_CPU_SHIFT) - 1);

	return &pc->node[tail & (RQ_NODES - 1)];
}

/*
 * The successor has swapped the tail but not linked itself yet. Without a bound: it is a
 * few instructions away, or as long as the NMI that interrupted it there.
 */
static __always_inline struct rq_node *rq_wait_for_next(struct rq_node *node, enum rq_window window)
{
	struct rq_node *next;

	while (!(next = atomic_read_rlx(&node->next))) {
		LOCK_WINDOW(window);
		cpu_relax();
	}
	return next;
}

/* Take the queue down if we are all of it; false when somebody is behind us. */
static __always_inline bool rq_reset_tail(struct rq_lock *lock, u32 tail)
{
	u32 seen = atomic_read_rlx(&lock->word);

	while ((seen & RQ_TAIL_MASK) == tail)
		if (atomic_try_cmpxchg_rlx(&lock->word, &seen, seen & ~RQ_TAIL_MASK))
			return true;
	return false;
}

/* A head that fails hands its place on after a deadlock and empties the queue otherwise. */
static __always_inline void rq_leave_queue(const struct rq_revision *rev, struct rq_lock *lock,
					   struct rq_node *node, u32 tail, int error)
{
	bool flush = error == -ETIMEDOUT || rev->deadlock_flushes_queue;
	struct rq_node *next;

	if ((flush || rev->lone_head_tail_reset) && rq_reset_tail(lock, tail))
		return;
	LOCK_WINDOW(W_ERROR_NEXT);
	next = rq_wait_for_next(node, W_ERROR_NEXT);
	if (flush) /* nothing is published with it, hence no release */
		atomic_write_rlx(&next->signal, RQ_LEAVE);
	else
		atomic_write_rel(&next->signal, RQ_HEAD);
	LOCK_WINDOW(W_NONE);
}

/* Head: wait for owner and pending waiter to go. *seen becomes the free word. */
static __always_inline int rq_wait_as_head(rq_check_t check, struct rq_lock *lock, u32 *seen,
					   u32 *cause)
{
	struct rq_wait w = RQ_WAIT_INIT(RQ_DURATION_HEAD, CAUSE_TIMEOUT_HEAD);
	const u32 busy = RQ_LOCKED_MASK | RQ_PENDING_MASK;

	for (;;) {
		int error;

		LOCK_WINDOW(W_HEAD_WAIT);
		*seen = atomic_read_acq(&lock->word);
		if (!(*seen & busy))
			return 0;
		LOCK_WINDOW(W_HEAD_WAIT);
		error = rq_poll(check, lock, busy, &w);
		if (error) {
			*cause = w.cause;
			return error;
		}
		LOCK_WINDOW(W_HEAD_WAIT);
		cpu_wait_change32(&lock->word, *seen);
	}
}

/* Head, and the word is free: claim it and make the successor head. */
static __always_inline void rq_claim(struct rq_lock *lock, struct rq_node *node, u32 tail, u32 seen)
{
	LOCK_WINDOW(W_HEAD_SAW_FREE);
	/* Alone: the claim takes the queue down with it. Fails if somebody came meanwhile. */
	if ((seen & RQ_TAIL_MASK) == tail && atomic_try_cmpxchg_rlx(&lock->word, &seen, RQ_LOCKED))
		return;
	atomic_write_rlx(&lock->locked, RQ_LOCKED);
	LOCK_WINDOW(W_HANDOVER);
	atomic_write_rel(&rq_wait_for_next(node, W_HANDOVER)->signal, RQ_HEAD);
}

/* Wait in the queue until told something, then as its head. Result as of lock(). */
static __always_inline int rq_wait_in_queue(const struct rq_revision *rev, rq_check_t check,
					    struct rq_lock *lock, struct rq_node *node, u32 index,
					    u32 *cause)
{
	u16 mine = rq_tail(cpu_id(), index), before;
	u32 tail = (u32)mine << RQ_TAIL_SHIFT, seen;
	u32 told = RQ_HEAD;
	int error;

	/* The node must look empty to whoever finds it through the tail. */
	smp_wmb();
	before = atomic_xchg_rlx(&lock->tail, mine);
	LOCK_WINDOW(W_UNLINKED);
	if (before) {
		atomic_write_rlx(&rq_tail_node(before)->next, node);
		while ((told = atomic_read_acq(&node->signal)) == RQ_WAIT) {
			LOCK_WINDOW(W_QUEUE_WAIT);
			cpu_wait_change32(&node->signal, RQ_WAIT);
		}
		/* Its line will be written at the hand-over: fetch it while we wait. */
		__builtin_prefetch(atomic_read_rlx(&node->next), 1);
	}
	if (told == RQ_LEAVE) {
		*cause = CAUSE_FLUSHED;
		rq_leave_queue(rev, lock, node, tail, -ETIMEDOUT);
		return rev->flushed_is_deadlock ? -EDEADLK : -ETIMEDOUT;
	}
	error = rq_wait_as_head(check, lock, &seen, cause);
	if (error)
		rq_leave_queue(rev, lock, node, tail, error);
	else
		rq_claim(lock, node, tail, seen);
	return error;
}

static __always_inline int rq_queue(const struct rq_revision *rev, rq_check_t check,
				    struct rq_lock *lock)
{
	struct rq_percpu *pc = LOCK_PERCPU(struct rq_percpu);
	u32 *used = &pc->node[0].count, index, cause;
	struct rq_node *node;
	int error = 0;

	if (rev->aa_check_before_queue && rq_holds(&pc->held, lock))
		return rq_fail(-EDEADLK, CAUSE_AA_BEFORE_QUEUE);

	index = atomic_read_rlx(used);
	atomic_write_rlx(used, index + 1);
	/* An NMI must find the node counted before it is used. */
	barrier();
	LOCK_WINDOW(W_NODE_TAKEN);
	cpu_contention(true);
	if (rq_no_node(rev, index)) {
		error = rq_try_without_node(rev, check, lock, &cause);
	} else {
		node = &pc->node[index];
		atomic_write_rlx(&node->signal, RQ_WAIT);
		atomic_write_rlx(&node->next, NULL);
		/* The line of the nodes may have been cold: the lock may be free by now. */
		if (!rq_trylock(lock))
			error = rq_wait_in_queue(rev, check, lock, node, index, &cause);
	}
	cpu_contention(false);
	barrier();
	atomic_write_rlx(used, index);
	if (error)
		return rq_fail(error, cause);
	LOCK_WINDOW(W_CRITICAL);
	return 0;
}

/**
 * rq_slowpath() - the word was not 0
 * @check: rq_check() of this revision, out of line
 * @seen: the word that the fast path found
 *
 * Return: 0, -EDEADLK, -ETIMEDOUT.
 */
static __always_inline int rq_slowpath(const struct rq_revision *rev, rq_check_t check,
				       struct rq_lock *lock, u32 seen)
{
	const u32 contended = ~RQ_LOCKED_MASK;

	LOCK_WINDOW(W_NONE);
	if (!rev->entry_before_cmpxchg)
		rq_push(lock, false);
	if (rev->test_and_set)
		return rq_tas(rev, check, lock);

	/* The owner has left and the pending waiter is about to take over: let it. */
	for (u32 i = 0; i < ATOMIC_HANDOVER_SPINS && seen == RQ_PENDING; i++) {
		cpu_relax();
		seen = atomic_read_rlx(&lock->word);
	}
	if (!(seen & contended)) {
		seen = atomic_fetch_set_bit_acq(&lock->word, RQ_PENDING_BIT);
		if (!(seen & contended))
			return rq_wait_as_pending(rev, check, lock, seen);
		LOCK_WINDOW(W_PENDING_UNDO);
		if (!(seen & RQ_PENDING_MASK))
			atomic_write_rlx(&lock->pending, 0);
		LOCK_WINDOW(W_NONE);
	}
	return rq_queue(rev, check, lock);
}

/* The entry of an attempt that has yet to claim the word. */
static __always_inline void rq_announce(const struct rq_revision *rev, struct rq_lock *lock)
{
	if (rev->plain_count)
		rq_push_plain(lock);
	else
		rq_push(lock, true);
}

/* lock() */
static __always_inline int rq_acquire(const struct rq_revision *rev, rq_slowpath_t slowpath,
				      struct rq_lock *lock)
{
	u32 seen = 0;

	LOCK_WINDOW(W_BEFORE_PUSH);
	if (rev->entry_before_cmpxchg)
		rq_announce(rev, lock);
	if (unlikely(!atomic_try_cmpxchg_acq(&lock->word, &seen, RQ_LOCKED)))
		return slowpath(lock, seen);
	LOCK_WINDOW(W_CLAIMED);
	if (!rev->entry_before_cmpxchg)
		rq_push(lock, false);
	LOCK_WINDOW(W_CRITICAL);
	return 0;
}

/* One attempt. Linux has none; the order of entry and claim is that of lock(). */
static __always_inline bool rq_try_acquire(const struct rq_revision *rev, struct rq_lock *lock)
{
	if (rev->entry_before_cmpxchg)
		rq_announce(rev, lock);
	if (rq_trylock(lock)) {
		if (!rev->entry_before_cmpxchg)
			rq_push(lock, false);
		LOCK_WINDOW(W_CRITICAL);
		return true;
	}
	if (rev->entry_before_cmpxchg)
		rq_pop_failed();
	return false;
}

/* unlock(); locks must be released in the reverse order of their acquisition. */
static __always_inline void rq_release(const struct rq_revision *rev, struct rq_lock *lock)
{
	LOCK_WINDOW(W_CRITICAL);
	if (!rev->release_before_clear) {
		rq_clear_top();
		LOCK_WINDOW(W_SLOT_CLEARED);
	}
	if (rev->test_and_set)
		atomic_write_rel(&lock->word, 0);
	else
		atomic_write_rel(&lock->locked, 0);
	/* No barrier: a remote core that sees the entry too long delays nobody but itself. */
	if (rev->plain_count) {
		rq_pop_plain();
		return;
	}
	if (rev->release_before_clear) {
		LOCK_WINDOW(W_RELEASED);
		rq_clear_top();
		LOCK_WINDOW(W_SLOT_CLEARED);
	}
	percpu_dec32(RQ_COUNT_OFF);
}

#endif
