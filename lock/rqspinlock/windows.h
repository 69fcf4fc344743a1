/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The windows of rqspinlock: places between two instructions where an NMI, a remote
 * store or a remote look matters. LOCK_WINDOW(W_...) marks them in the code; records and
 * dumps print them as W0 .. W17.
 */
#ifndef RQSPINLOCK_WINDOWS_H
#define RQSPINLOCK_WINDOWS_H

enum rq_window {
	W_NONE = -1,	      /* a place without a name, after one with */
	W_BEFORE_PUSH = 0,    /* nothing done yet */
	W_SLOT_STALE = 1,     /* count incremented, slot not written: the top is stale or NULL */
	W_ENTRY_WRITTEN = 2,  /* entry written, word not claimed: an NMI may win the lock first */
	W_CLAIMED = 3,	      /* word is 1; old order: the entry is not written yet (defect A) */
	W_CRITICAL = 4,	      /* the critical section (defects B and E) */
	W_RELEASED = 5,	      /* word released, slot not cleared: a false -EDEADLK is possible */
	W_SLOT_CLEARED = 6,   /* slot cleared, count not decremented; old order: word still 1 */
	W_PENDING_WAIT = 7,   /* pending is ours: an NMI here blocks the next owner */
	W_NODE_TAKEN = 8,     /* nesting counted, node not initialised: an NMI has index > 0 */
	W_UNLINKED = 9,	      /* tail published, prev.next not linked: prev waits unbounded */
	W_QUEUE_WAIT = 10,    /* non-head wait: checks nothing */
	W_HEAD_WAIT = 11,     /* head wait (defect D) */
	W_HEAD_SAW_FREE = 12, /* before the claim: a newcomer may set pending */
	W_HANDOVER = 13,      /* locked is set, the successor is not told: its hand-over gap */
	W_ERROR_NEXT = 14,    /* leaving with an error, waiting for a successor (defect F) */
	W_FAILURE_POP = 15,   /* slot is NULL, before the barrier and the decrement */
	W_PENDING_UNDO = 16,  /* pending set but there was a queue: makes the head's claim fail */
	W_TAS = 17,	      /* test-and-set: between the read and the cmpxchg */
};

#endif
