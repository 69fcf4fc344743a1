/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The data of rqspinlock: the lock word, the queue nodes, and the table in which a core
 * writes down what it holds or tries to get.
 *
 * The top entry of the table is the lock being attempted, or the latest one taken; those
 * below belong to locks held, or to attempts of contexts that were interrupted.
 */
#ifndef RQSPINLOCK_HELD_TABLE_H
#define RQSPINLOCK_HELD_TABLE_H

#include "../lock.h"
#include "windows.h"

/* One word: who holds it, who is next, and the end of the queue. Little-endian. */
struct rq_lock {
	union {
		u32 word;
		struct {
			u8 locked, pending;
			u16 tail;
		};
		u16 locked_pending;
	};
};

#define RQ_LOCKED	  0x00000001u
#define RQ_LOCKED_MASK	  0x000000ffu
#define RQ_PENDING	  0x00000100u
#define RQ_PENDING_BIT	  8
#define RQ_PENDING_MASK	  0x0000ff00u
#define RQ_TAIL_SHIFT	  16
#define RQ_TAIL_MASK	  0xffff0000u
#define RQ_TAIL_CPU_SHIFT 2 /* within the tail: two bits of node index, then core + 1 */

/* Task, two levels of interrupts and NMI: as many contexts as can nest on a core. */
#define RQ_NODES 4

/* What a waiter is told by the one in front. */
enum rq_signal { RQ_WAIT, RQ_HEAD, RQ_LEAVE };

/* @count: only the first node's is used: how many of the core's nodes are in use. */
struct rq_node {
	struct rq_node *next;
	u32 signal; /* enum rq_signal */
	u32 count;
};

#define RQ_HELD 31 /* with the count four cache lines */

struct rq_held {
	u32 count; /* may exceed RQ_HELD: such entries are counted but not stored */
	struct rq_lock *slot[RQ_HELD];
};

/* One core's share. The table begins a line of its own: remote cores read it. */
struct rq_percpu {
	struct rq_node node[RQ_NODES];
	struct rq_held held __aligned(CACHE_LINE);
};

LOCK_PERCPU_FITS(struct rq_percpu);
_Static_assert(sizeof(struct rq_lock) == 4, "the lock is one word");
_Static_assert(sizeof(((struct rq_percpu *)0)->node) == CACHE_LINE, "the nodes fill one line");
_Static_assert(sizeof(struct rq_held) == 4 * CACHE_LINE, "the table fills four lines");
_Static_assert(MAX_CPUS < 1 << 14, "the tail has 14 bits for core + 1");

#define RQ_COUNT_OFF LOCK_PERCPU_OFF(struct rq_percpu, held.count)
#define RQ_SLOT_OFF  LOCK_PERCPU_OFF(struct rq_percpu, held.slot)

static inline struct rq_held *rq_held_of(u32 cpu)
{
	return &((struct rq_percpu *)cpu_lock_data(cpu))->held;
}

/* How many entries are stored. */
static inline u32 rq_held_stored(u32 count)
{
	return MIN(count, RQ_HELD);
}

/*
 * Count first, store second: an NMI in between pushes above, pops its own, and leaves the
 * slot to us. The other way round it would overwrite our entry. @mark names the windows;
 * not where the lock is ours already, which is one window as a whole.
 */
static __always_inline void rq_push(struct rq_lock *lock, bool mark)
{
	u32 index = percpu_inc_return32(RQ_COUNT_OFF) - 1;

	if (mark)
		LOCK_WINDOW(W_SLOT_STALE);
	if (likely(index < RQ_HELD))
		percpu_write_slot(RQ_SLOT_OFF, index, lock);
	if (mark)
		LOCK_WINDOW(W_ENTRY_WRITTEN);
}

/*
 * The same by fewer instructions. Every context leaves the count as it found it, so none has
 * to be one instruction: an NMI between read and write pushes above, pops its own, and is gone.
 */
static __always_inline void rq_push_plain(struct rq_lock *lock)
{
	u64 index = percpu_bump32(RQ_COUNT_OFF);

	LOCK_WINDOW(W_SLOT_STALE);
	if (likely(index < RQ_HELD))
		percpu_write_slot(RQ_SLOT_OFF, index, lock);
	barrier(); /* an NMI must not meet the claim without the entry */
	LOCK_WINDOW(W_ENTRY_WRITTEN);
}

/* After the word has been released. The slot of the top is the one below the count. */
static __always_inline void rq_pop_plain(void)
{
	u64 count;

	barrier(); /* nor the entry gone and the claim not */
	LOCK_WINDOW(W_RELEASED);
	count = percpu_count32(RQ_COUNT_OFF);
	if (likely(count <= RQ_HELD))
		percpu_clear_slot(RQ_SLOT_OFF - sizeof(struct rq_lock *), count);
	LOCK_WINDOW(W_SLOT_CLEARED);
	percpu_drop32(RQ_COUNT_OFF, count);
}

static __always_inline void rq_clear_top(void)
{
	u32 count = percpu_read32(RQ_COUNT_OFF);

	if (likely(count <= RQ_HELD))
		percpu_write_slot(RQ_SLOT_OFF, count - 1, NULL);
}

/*
 * After a failed attempt. Without the barrier a core that sees our next entry could still
 * see this attempt below it, take it for a lock held, and report a deadlock that is none.
 */
static __always_inline void rq_pop_failed(void)
{
	rq_clear_top();
	LOCK_WINDOW(W_FAILURE_POP);
	smp_wmb();
	percpu_dec32(RQ_COUNT_OFF);
	LOCK_WINDOW(W_NONE);
}

#endif
