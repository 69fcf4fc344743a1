/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Queued spinlock: one word, a pending bit for the first waiter, an MCS queue for the rest.
 *
 * The design of W. Long and P. Zijlstra (merged in Linux 4.2), itself a compact MCS
 * lock; this is an own implementation of that design and the baseline that rqspinlock is
 * measured against: the same word, the same queue, no table, no clock, no way out. A
 * waiter's node is free again once it owns the lock, so four per core are enough for task,
 * interrupts and NMI. Not NMI-safe all the same: who wants what its core holds hangs.
 */
#include "hot.h"

#define NODES	     4
#define LOCKED	     0x00000001u
#define LOCKED_MASK  0x000000ffu
#define PENDING	     0x00000100u
#define PENDING_BIT  8
#define PENDING_MASK 0x0000ff00u
#define TAIL_SHIFT   16
#define TAIL_MASK    0xffff0000u

struct qspinlock {
	union {
		u32 word;
		struct {
			u8 locked, pending; /* little-endian */
			u16 tail;	    /* (core + 1) << 2 | node index; 0: no queue */
		};
		u16 locked_pending;
	};
};

/* @used: of the first node only: how many of the core's nodes are in use. */
struct qnode {
	struct qnode *next;
	u32 head; /* set by the one in front */
	u32 used;
};

struct qspinlock_percpu {
	struct qnode node[NODES];
};
LOCK_PERCPU_FITS(struct qspinlock_percpu);
_Static_assert(MAX_CPUS < 1 << 14, "the tail has 14 bits for core + 1");

static LOCK_TEXT(qspinlock) void qspinlock_init(void *lock)
{
	struct qspinlock *l = lock;

	atomic_write_rlx(&l->word, 0);
}

static __always_inline bool qspinlock_try_word(struct qspinlock *l)
{
	u32 seen = atomic_read_rlx(&l->word);

	return !seen && atomic_try_cmpxchg_acq(&l->word, &seen, LOCKED);
}

/* The pending bit is ours and nobody queues: wait for the owner only. */
static __always_inline void wait_as_pending(struct qspinlock *l, u32 seen)
{
	u8 locked;

	while ((seen & LOCKED_MASK) && (locked = atomic_read_acq(&l->locked))) {
		LOCK_WINDOW(7);
		cpu_wait_change8(&l->locked, locked);
	}
	/* Both in one store: the head of the queue must not see both 0. */
	atomic_write_rlx(&l->locked_pending, LOCKED);
}

static __always_inline struct qnode *node_of_tail(u16 tail)
{
	struct qspinlock_percpu *pc = cpu_lock_data((tail >> 2) - 1);

	return &pc->node[tail & (NODES - 1)];
}

static __always_inline void wait_in_queue(struct qspinlock *l, struct qnode *node, u32 index)
{
	u16 mine = (u16)((cpu_id() + 1) << 2 | index), before;
	struct qnode *next;
	u32 seen;

	/* The node must look empty to whoever finds it through the tail. */
	smp_wmb();
	before = atomic_xchg_rlx(&l->tail, mine);
	if (before) {
		LOCK_WINDOW(9);
		atomic_write_rlx(&node_of_tail(before)->next, node);
		while (!atomic_read_acq(&node->head)) {
			LOCK_WINDOW(10);
			cpu_wait_change32(&node->head, 0);
		}
	}
	while ((seen = atomic_read_acq(&l->word)) & (LOCKED_MASK | PENDING_MASK)) {
		LOCK_WINDOW(11);
		cpu_wait_change32(&l->word, seen);
	}
	/* Alone: the claim takes the queue down with it. */
	if (seen >> TAIL_SHIFT == mine && atomic_try_cmpxchg_rlx(&l->word, &seen, LOCKED))
		return;
	atomic_write_rlx(&l->locked, LOCKED);
	while (!(next = atomic_read_rlx(&node->next))) {
		LOCK_WINDOW(13);
		cpu_relax();
	}
	atomic_write_rel(&next->head, 1);
}

static __always_inline void queue_up(struct qspinlock *l)
{
	struct qspinlock_percpu *pc = LOCK_PERCPU(struct qspinlock_percpu);
	u32 *used = &pc->node[0].used, index = atomic_read_rlx(used);
	struct qnode *node;

	atomic_write_rlx(used, index + 1);
	barrier();
	if (index >= NODES) {
		while (!qspinlock_try_word(l))
			cpu_relax();
	} else {
		node = &pc->node[index];
		atomic_write_rlx(&node->next, NULL);
		atomic_write_rlx(&node->head, 0);
		if (!qspinlock_try_word(l))
			wait_in_queue(l, node, index);
	}
	barrier();
	atomic_write_rlx(used, index);
}

static LOCK_TEXT(qspinlock) __noinline void qspinlock_slowpath(struct qspinlock *l, u32 seen)
{
	/* The owner has left and the pending waiter is about to take over: let it. */
	for (u32 i = 0; i < ATOMIC_HANDOVER_SPINS && seen == PENDING; i++) {
		cpu_relax();
		seen = atomic_read_rlx(&l->word);
	}
	if (!(seen & ~LOCKED_MASK)) {
		seen = atomic_fetch_set_bit_acq(&l->word, PENDING_BIT);
		if (!(seen & ~LOCKED_MASK)) {
			wait_as_pending(l, seen);
			return;
		}
		if (!(seen & PENDING_MASK))
			atomic_write_rlx(&l->pending, 0);
	}
	queue_up(l);
}

static __always_inline int qspinlock_take(void *lock)
{
	struct qspinlock *l = lock;
	u32 seen = 0;

	if (unlikely(!atomic_try_cmpxchg_acq(&l->word, &seen, LOCKED)))
		qspinlock_slowpath(l, seen);
	return 0;
}

static LOCK_TEXT(qspinlock) int qspinlock_acquire(void *lock)
{
	return qspinlock_take(lock);
}

static LOCK_TEXT(qspinlock) bool qspinlock_try(void *lock)
{
	return qspinlock_try_word(lock);
}

static __always_inline void qspinlock_drop(void *lock)
{
	struct qspinlock *l = lock;

	atomic_write_rel(&l->locked, 0);
}

static LOCK_TEXT(qspinlock) void qspinlock_release(void *lock)
{
	qspinlock_drop(lock);
}

static u64 qspinlock_word(const void *lock)
{
	return atomic_read_rlx(&((const struct qspinlock *)lock)->word);
}

static bool qspinlock_is_locked(const void *lock)
{
	return qspinlock_word(lock) & LOCKED_MASK;
}

static void qspinlock_decode(const void *lock, struct text *out)
{
	u32 word = (u32)qspinlock_word(lock), tail = word >> TAIL_SHIFT;

	text_printf(out, "word=0x%08x locked=%u pending=%u", word, word & LOCKED_MASK,
		    (word & PENDING_MASK) >> PENDING_BIT);
	if (tail >> 2)
		text_printf(out, " tail=cpu%u/node%u", (tail >> 2) - 1, tail & (NODES - 1));
	else
		text_printf(out, " tail=%s", tail ? "invalid" : "none");
}

static void qspinlock_decode_cpu(const struct cpu *cpu, struct text *out)
{
	const struct qspinlock_percpu *pc = (const struct qspinlock_percpu *)cpu->lock_data;
	u32 used = READ_ONCE(pc->node[0].used);

	for (u32 i = 0; i < MIN(used, NODES); i++)
		text_printf(out, "%snode%u=%p:head=%u,next=%p", i ? " " : "", i,
			    (void *)&pc->node[i], READ_ONCE(pc->node[i].head),
			    (void *)READ_ONCE(pc->node[i].next));
}

static bool qspinlock_at_rest(const void *lock, struct text *why)
{
	if (qspinlock_word(lock)) {
		text_printf(why, "lock not free: ");
		qspinlock_decode(lock, why);
		return false;
	}
	for (u32 id = 0; id < cpu_count(); id++) {
		const struct qspinlock_percpu *pc = cpu_lock_data(id);
		u32 used = READ_ONCE(pc->node[0].used);

		if (!used)
			continue;
		text_printf(why, "cpu%u uses %u nodes", id, used);
		return false;
	}
	return true;
}

LOCK_HOT(qspinlock, qspinlock_take, qspinlock_drop);
LOCK_TEXT_RANGE(qspinlock);

static const struct lock_ops qspinlock = {
	.name = "qspinlock",
	.origin = "Long, Zijlstra, Linux 4.2",
	.doc = "queued spinlock: pending bit and MCS tail in one word",
	.flags = LOCK_FIFO | LOCK_FAST_WORD,
	.size = sizeof(struct qspinlock),
	.percpu_size = sizeof(struct qspinlock_percpu),
	.atomics = LOCK_ATOMICS,
	.init = qspinlock_init,
	.acquire = qspinlock_acquire,
	.try_acquire = qspinlock_try,
	.release = qspinlock_release,
	.is_locked = qspinlock_is_locked,
	.word = qspinlock_word,
	.decode = qspinlock_decode,
	.decode_cpu = qspinlock_decode_cpu,
	.at_rest = qspinlock_at_rest,
	LOCK_HOT_OPS(qspinlock),
	.text_start = qspinlock_text_start,
	.text_end = qspinlock_text_end,
};
LOCK_REGISTER(qspinlock);
