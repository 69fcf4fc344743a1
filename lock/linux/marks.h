/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Names for the windows of a tree's lock. Its source is unmodified, but what it is written with
 * is ours: each access that begins or ends a window marks the place, without an instruction.
 * Told by size and value where one name serves two places: the locked byte, the 16 bits of
 * locked and pending, the word, and pointers. W12 and W16 have no sign of their own, W14 has
 * none before 7.2 (the wait for the next node is W13's), and before 6.19 W1, W2 and W5 lie
 * where the old order of entry and claim puts them.
 */
#ifndef LOCK_LINUX_MARKS_H
#define LOCK_LINUX_MARKS_H

#include "../lock.h"
#include "../rqspinlock/windows.h"

#ifdef LINUX_TEST_AND_SET
#define MARK_SPIN W_TAS
#else
#define MARK_SPIN W_NONE
#endif
#define MARK(n) LOCK_WINDOW(n)
#define MARK_IF(if, n)                                                                             \
	((void)((if) ? ({                                                                          \
		MARK(n);                                                                           \
		0;                                                                                 \
	})                                                                                         \
		     : 0))
/* bpf/rqspinlock.h reads the word in one place: where the queue is left with an error. */
#define MARK_FILE(back, c) (__FILE__[sizeof(__FILE__) - 1 - (back)] == (c))
#define MARK_LEAVE()                                                                               \
	MARK_IF(MARK_FILE(1, 'h') && MARK_FILE(12, 'r') && MARK_FILE(14, 'f'), W_ERROR_NEXT)
#define MARK_ZERO(v) (__builtin_constant_p(v) && (uintptr_t)(v) == 0)
/* Who polls with acquire: the locked byte is the pending waiter's, the word the head's. */
#define MARK_POLL(p)                                                                               \
	(MARK_IF(sizeof(*(p)) == 1, W_PENDING_WAIT), MARK_IF(sizeof(*(p)) == 4, W_HEAD_WAIT))

/* Who polls without: a pointer is the next one's in the queue, the word is another waiter's. */
#define MARK_LOOK(p) (MARK_IF(sizeof(*(p)) == 8, W_HANDOVER), MARK_IF(sizeof(*(p)) == 4, W_NONE))

#undef WRITE_ONCE
#define WRITE_ONCE(x, v)                                                                           \
	({                                                                                         \
		*(volatile __typeof__(x) *)&(x) = (v);                                             \
		MARK_IF(sizeof(x) == 8 && MARK_ZERO(v), W_SLOT_CLEARED);                           \
		MARK_IF(sizeof(x) == 2, W_CRITICAL);                                               \
		MARK_IF(sizeof(x) == 1 && MARK_ZERO(v), W_NONE);                                   \
		MARK_IF(sizeof(x) == 1 && !MARK_ZERO(v), W_HANDOVER);                              \
	})
/* In a header it is the barrier of a failed attempt, in the slow path's file a node's. */
#define smp_wmb()                                                                                  \
	({                                                                                         \
		smp_wmb();                                                                         \
		MARK_IF(__INCLUDE_LEVEL__ > 0, W_FAILURE_POP);                                     \
	})
#define cpu_relax()                                                                                \
	({                                                                                         \
		MARK(MARK_SPIN);                                                                   \
		cpu_relax();                                                                       \
		MARK(MARK_SPIN);                                                                   \
	})

#endif
