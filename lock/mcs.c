/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * MCS lock: a queue in which each waiter spins on a word of its own core.
 *
 * J. M. Mellor-Crummey and M. L. Scott, "Algorithms for scalable synchronization on
 * shared-memory multiprocessors", ACM TOCS 9(1), 1991, algorithm 5. FIFO, one line moves
 * per hand-over. The owner keeps its node until it releases, so a core needs a node per
 * lock held. Not NMI-safe: an NMI queues behind the context it interrupted.
 */
#include "hot.h"

struct mcs_node {
	struct mcs_node *next;
	u32 go; /* set by the one in front */
};

struct mcs {
	struct mcs_node *tail;
};

struct mcs_percpu {
	u32 held; /* nodes in use, as locks are released in reverse order */
	struct mcs_node node[LOCK_NESTING] __aligned(CACHE_LINE);
};
LOCK_PERCPU_FITS(struct mcs_percpu);

static LOCK_TEXT(mcs) void mcs_init(void *lock)
{
	struct mcs *l = lock;

	atomic_write_rlx(&l->tail, NULL);
}

static __always_inline struct mcs_node *mcs_new_node(struct mcs_percpu *pc)
{
	struct mcs_node *node = &pc->node[pc->held++];

	atomic_write_rlx(&node->next, NULL);
	atomic_write_rlx(&node->go, 0);
	return node;
}

static __always_inline int mcs_take(void *lock)
{
	struct mcs *l = lock;
	struct mcs_node *node = mcs_new_node(LOCK_PERCPU(struct mcs_percpu));
	/* Acquire for the free lock, release for the node that others find through it. */
	struct mcs_node *before = atomic_xchg_full(&l->tail, node);

	if (!before)
		return 0;
	LOCK_WINDOW(9);
	atomic_write_rel(&before->next, node);
	while (!atomic_read_acq(&node->go)) {
		LOCK_WINDOW(10);
		cpu_wait_change32(&node->go, 0);
	}
	return 0;
}

static LOCK_TEXT(mcs) int mcs_acquire(void *lock)
{
	return mcs_take(lock);
}

static LOCK_TEXT(mcs) bool mcs_try(void *lock)
{
	struct mcs *l = lock;
	struct mcs_percpu *pc = LOCK_PERCPU(struct mcs_percpu);
	struct mcs_node *none = NULL, *node = mcs_new_node(pc);

	if (atomic_try_cmpxchg_full(&l->tail, &none, node))
		return true;
	pc->held--;
	return false;
}

static __always_inline void mcs_hand_over(void *lock)
{
	struct mcs *l = lock;
	struct mcs_percpu *pc = LOCK_PERCPU(struct mcs_percpu);
	struct mcs_node *node = &pc->node[pc->held - 1], *seen = node;
	struct mcs_node *next = atomic_read_acq(&node->next);

	if (!next && !atomic_try_cmpxchg_full(&l->tail, &seen, NULL)) {
		/* Somebody swapped the tail and is about to link itself. */
		while (!(next = atomic_read_acq(&node->next))) {
			LOCK_WINDOW(13);
			cpu_relax();
		}
	}
	if (next)
		atomic_write_rel(&next->go, 1);
	pc->held--;
}

static LOCK_TEXT(mcs) void mcs_release(void *lock)
{
	mcs_hand_over(lock);
}

static u64 mcs_word(const void *lock)
{
	return (uintptr_t)atomic_read_rlx(&((const struct mcs *)lock)->tail);
}

static bool mcs_is_locked(const void *lock)
{
	return mcs_word(lock) != 0;
}

static void mcs_decode(const void *lock, struct text *out)
{
	text_printf(out, "tail=%p", (void *)(uintptr_t)mcs_word(lock));
}

static void mcs_decode_cpu(const struct cpu *cpu, struct text *out)
{
	const struct mcs_percpu *pc = (const struct mcs_percpu *)cpu->lock_data;
	u32 held = READ_ONCE(pc->held);

	for (u32 i = 0; i < MIN(held, LOCK_NESTING); i++) {
		const struct mcs_node *node = &pc->node[i];

		text_printf(out, "%snode%u=%p:go=%u,next=%p", i ? " " : "", i, (void *)node,
			    READ_ONCE(node->go), (void *)READ_ONCE(node->next));
	}
}

static bool mcs_at_rest(const void *lock, struct text *why)
{
	if (mcs_word(lock)) {
		text_printf(why, "queue not empty: ");
		mcs_decode(lock, why);
		return false;
	}
	for (u32 id = 0; id < cpu_count(); id++) {
		const struct mcs_percpu *pc = cpu_lock_data(id);

		if (!READ_ONCE(pc->held))
			continue;
		text_printf(why, "cpu%u uses %u nodes", id, pc->held);
		return false;
	}
	return true;
}

LOCK_HOT(mcs, mcs_take, mcs_hand_over);
LOCK_TEXT_RANGE(mcs);

static const struct lock_ops mcs = {
	.name = "mcs",
	.origin = "Mellor-Crummey, Scott, ACM TOCS 9(1), 1991",
	.doc = "MCS queue lock: each waiter spins on its own line",
	.flags = LOCK_FIFO,
	.size = sizeof(struct mcs),
	.percpu_size = sizeof(struct mcs_percpu),
	.atomics = LOCK_ATOMICS,
	.init = mcs_init,
	.acquire = mcs_acquire,
	.try_acquire = mcs_try,
	.release = mcs_release,
	.is_locked = mcs_is_locked,
	.word = mcs_word,
	.decode = mcs_decode,
	.decode_cpu = mcs_decode_cpu,
	.at_rest = mcs_at_rest,
	LOCK_HOT_OPS(mcs),
	.text_start = mcs_text_start,
	.text_end = mcs_text_end,
};
LOCK_REGISTER(mcs);
