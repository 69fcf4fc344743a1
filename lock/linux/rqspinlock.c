/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The rqspinlock of a Linux tree as a lock of ours: res_spin_lock() and res_spin_unlock() from
 * the tree's own headers, its slow path from its own kernel/bpf/rqspinlock.c, which is compiled
 * beside this file. Built for each tree of LINUX=; see linux.mk.
 *
 * Data and lock word are laid out as in lock/rqspinlock/, so the same code looks at both. A
 * tree that changed them is shown as numbers.
 */
#include "../hot.h"
#include "../rqspinlock/inspect.h"
#include "glue.h"
#include <asm/rqspinlock.h>

#ifdef CONFIG_QUEUED_SPINLOCKS
#include <locking/qspinlock.h>
#define NODES_AS_OURS                                                                              \
	(sizeof(struct qnode) == sizeof(struct rq_node) &&                                         \
	 offsetof(struct qnode, mcs.next) == offsetof(struct rq_node, next) &&                     \
	 offsetof(struct qnode, mcs.locked) == offsetof(struct rq_node, signal) &&                 \
	 offsetof(struct qnode, mcs.count) == offsetof(struct rq_node, count) &&                   \
	 _Q_TAIL_OFFSET == RQ_TAIL_SHIFT && LINUX_NODES == 0)
#else
#define NODES_AS_OURS 1
#endif
#define AS_OURS                                                                                    \
	(NODES_AS_OURS && sizeof(struct rqspinlock_held) == sizeof(struct rq_held) &&              \
	 offsetof(struct rqspinlock_held, cnt) == offsetof(struct rq_held, count) &&               \
	 offsetof(struct rqspinlock_held, locks) == offsetof(struct rq_held, slot))

#define BY_SIGHT(name) (AS_OURS ? rq_##name : plain_##name)

_Static_assert(sizeof(rqspinlock_t) <= LOCK_SIZE_MAX, "the tree's lock is larger than ours may be");

static void plain_decode(const void *lock, struct text *out)
{
	text_printf(out, "word=0x%08x", (u32)rq_word(lock));
}

static void plain_decode_cpu(const struct cpu *cpu, struct text *out)
{
	const struct rqspinlock_held *held =
		STANDIN_AT(cpu, (const struct rqspinlock_held *)&rqspinlock_held_locks);

	if (READ_ONCE(held->cnt))
		text_printf(out, "held=%u", (u32)READ_ONCE(held->cnt));
}

static bool plain_at_rest(const void *lock, struct text *why)
{
	if (rq_word(lock)) {
		text_printf(why, "lock not free: word=0x%08x", (u32)rq_word(lock));
		return false;
	}
	for (int id = 0; id < (int)cpu_count(); id++) {
		const struct rqspinlock_held *held = per_cpu_ptr(&rqspinlock_held_locks, id);

		if (!READ_ONCE(held->cnt))
			continue;
		text_printf(why, "cpu%u's held table counts %u", (u32)id,
			    (u32)READ_ONCE(held->cnt));
		return false;
	}
	return true;
}

/* Is @lock in this core's table? The failed attempt has been taken out again. */
static bool holds(const void *lock)
{
	const struct rqspinlock_held *held = this_cpu_ptr(&rqspinlock_held_locks);
	int n = min(READ_ONCE(held->cnt), (int)ARRAY_SIZE(held->locks));

	for (int i = 0; i < n; i++)
		if (READ_ONCE(held->locks[i]) == lock)
			return true;
	return false;
}

static u32 deadlock_cause(const void *lock, u32 notes)
{
	const u32 in_wait = LINUX_NOTE_EVENT | LINUX_NOTE_QUEUED;

	if (notes & LINUX_NOTE_TOLD)
		return CAUSE_FLUSHED; /* up to 6.18 */
	/* Without a node there is one trylock; up to 6.18 a wait, whose failure is counted. */
	if (notes & LINUX_NOTE_NO_NODE && !(notes & (LINUX_NOTE_CLOCK | LINUX_NOTE_EVENT)))
		return CAUSE_NO_NODE;
	if (!holds(lock))
		return CAUSE_ABBA;
	if (IS_ENABLED(CONFIG_QUEUED_SPINLOCKS) && !IS_ENABLED(CONFIG_PARAVIRT) &&
	    !(notes & in_wait))
		return CAUSE_AA_BEFORE_QUEUE;
	return CAUSE_AA_AT_WAIT;
}

static u32 timeout_cause(u32 notes)
{
	if (!IS_ENABLED(CONFIG_QUEUED_SPINLOCKS) || IS_ENABLED(CONFIG_PARAVIRT))
		return CAUSE_TIMEOUT_TAS;
	if (!(notes & LINUX_NOTE_QUEUED))
		return CAUSE_TIMEOUT_PENDING;
	if (notes & LINUX_NOTE_TOLD)
		return CAUSE_FLUSHED;
	return notes & LINUX_NOTE_NO_NODE ? CAUSE_TIMEOUT_TRYLOCK : CAUSE_TIMEOUT_HEAD;
}

/* The notes of what did not fail through the queue are older than this attempt, but for two. */
static __noinline int failed(const void *lock, int error)
{
	u32 notes = *linux_notes();

	*linux_notes() = 0;
	if (!(notes & LINUX_NOTE_QUEUED))
		notes &= LINUX_NOTE_EVENT;
	cpu_set_cause(error == -EDEADLK ? deadlock_cause(lock, notes) : timeout_cause(notes));
	return error;
}

static __always_inline int take(void *lock)
{
	int error;

	LOCK_WINDOW(W_BEFORE_PUSH);
	error = res_spin_lock((rqspinlock_t *)lock);
	if (!error)
		LOCK_WINDOW(W_CRITICAL);
	return error;
}

static __always_inline void drop(void *lock)
{
	LOCK_WINDOW(W_CRITICAL);
	res_spin_unlock((rqspinlock_t *)lock);
}

static LINUX_TEXT int acquire(void *lock)
{
	int error = take(lock);

	return unlikely(error) ? failed(lock, error) : 0;
}

/* Linux has none: entry and one attempt in the order of its lock(). */
static LINUX_TEXT bool try_acquire(void *lock)
{
	rqspinlock_t *l = lock;
	u32 seen = 0;

	LOCK_WINDOW(W_BEFORE_PUSH);
	grab_held_lock_entry(l);
	if (atomic_try_cmpxchg_acq((u32 *)l, &seen, 1u))
		return true;
	release_held_lock_entry();
	return false;
}

static LINUX_TEXT void release(void *lock)
{
	drop(lock);
}

LINUX_EXPAND(LOCK_HOT, LINUX_ID, take, drop);
LINUX_EXPAND(LOCK_TEXT_RANGE, LINUX_ID);

static const struct lock_ops linux_lock = {
#if defined(CONFIG_QUEUED_SPINLOCKS) && !defined(CONFIG_PARAVIRT)
	.name = "linux:" LINUX_NAME,
	.doc = "that tree's own kernel/bpf/rqspinlock.c",
	.flags = LOCK_RESILIENT | LOCK_NMI_SAFE | LOCK_FAST_WORD | LOCK_FIFO,
#else
	.name = "linux:" LINUX_NAME "-tas",
	.doc = "the test-and-set path of that tree's kernel/bpf/rqspinlock.c",
	.flags = LOCK_RESILIENT | LOCK_NMI_SAFE | LOCK_FAST_WORD,
#endif
	.origin = "Linux " LINUX_VERSION,
	.size = sizeof(rqspinlock_t),
	.percpu_size = LINUX_PERCPU_SIZE,
	.atomics = LOCK_ATOMICS,
	.init = rq_init,
	.acquire = acquire,
	.try_acquire = try_acquire,
	.release = release,
	.is_locked = rq_is_locked,
	.word = rq_word,
	.decode = BY_SIGHT(decode),
	.decode_cpu = BY_SIGHT(decode_cpu),
	.at_rest = BY_SIGHT(at_rest),
	LINUX_EXPAND(LOCK_HOT_OPS, LINUX_ID),
	LINUX_EXPAND(LINUX_TEXT_BOUNDS, LINUX_ID),
};
LOCK_REGISTER(linux_lock);
