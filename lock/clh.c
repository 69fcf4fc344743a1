/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * CLH lock: an implicit queue in which each waiter spins on its predecessor's node.
 *
 * T. S. Craig, "Building FIFO and priority-queuing spin locks from atomic swap",
 * University of Washington TR 93-02-02, 1993; P. Magnusson, A. Landin and E. Hagersten,
 * "Queue locks on cache coherent multiprocessors", IPPS 1994. FIFO, and release never
 * waits for anybody, unlike MCS. The price: who releases leaves its node to the successor
 * and takes over its predecessor's, so nodes wander between cores and locks. Not NMI-safe.
 */
#include "hot.h"

struct clh_node {
	u32 busy;
};

/* @first: the node that the first taker finds as its predecessor. */
struct clh {
	struct clh_node *tail;
	struct clh_node first __aligned(CACHE_LINE);
};
_Static_assert(sizeof(struct clh) <= LOCK_SIZE_MAX, "lock object too large");

/*
 * @mine: the node to use at each nesting level; NULL until first use, when it becomes
 * node[level]. @before: the predecessor's, which becomes mine at the release.
 */
struct clh_percpu {
	u32 held;
	struct clh_node *mine[LOCK_NESTING], *before[LOCK_NESTING];
	struct clh_node node[LOCK_NESTING] __aligned(CACHE_LINE);
};
LOCK_PERCPU_FITS(struct clh_percpu);

static LOCK_TEXT(clh) void clh_init(void *lock)
{
	struct clh *l = lock;

	atomic_write_rlx(&l->first.busy, 0);
	atomic_write_rlx(&l->tail, &l->first);
}

/* The node for the next level, marked busy. */
static __always_inline struct clh_node *clh_new_node(struct clh_percpu *pc)
{
	struct clh_node *node = pc->mine[pc->held];

	if (unlikely(!node))
		node = pc->mine[pc->held] = &pc->node[pc->held];
	atomic_write_rlx(&node->busy, 1);
	return node;
}

static __always_inline void clh_wait(struct clh_percpu *pc, struct clh_node *before)
{
	while (atomic_read_acq(&before->busy)) {
		LOCK_WINDOW(10);
		cpu_wait_change32(&before->busy, 1);
	}
	pc->before[pc->held++] = before;
}

static __always_inline int clh_take(void *lock)
{
	struct clh *l = lock;
	struct clh_percpu *pc = LOCK_PERCPU(struct clh_percpu);

	clh_wait(pc, atomic_xchg_full(&l->tail, clh_new_node(pc)));
	return 0;
}

static LOCK_TEXT(clh) int clh_acquire(void *lock)
{
	return clh_take(lock);
}

/*
 * The tail may have left and come back busy between the look and the swap (ABA); then we
 * are queued behind it and wait for that one section.
 */
static LOCK_TEXT(clh) bool clh_try(void *lock)
{
	struct clh *l = lock;
	struct clh_percpu *pc = LOCK_PERCPU(struct clh_percpu);
	struct clh_node *before = atomic_read_acq(&l->tail), *node;

	if (atomic_read_acq(&before->busy))
		return false;
	node = clh_new_node(pc);
	if (!atomic_try_cmpxchg_full(&l->tail, &before, node)) {
		atomic_write_rlx(&node->busy, 0);
		return false;
	}
	clh_wait(pc, before);
	return true;
}

static __always_inline void clh_pass_on(void *lock)
{
	struct clh_percpu *pc = LOCK_PERCPU(struct clh_percpu);
	u32 level = --pc->held;
	struct clh_node *node = pc->mine[level];

	/* From the store on the node is the successor's. */
	pc->mine[level] = pc->before[level];
	atomic_write_rel(&node->busy, 0);
}

static LOCK_TEXT(clh) void clh_release(void *lock)
{
	clh_pass_on(lock);
}

static bool clh_is_locked(const void *lock)
{
	const struct clh *l = lock;

	return atomic_read_rlx(&atomic_read_acq(&l->tail)->busy);
}

/* Each waiter changes it when it queues, so a script sees the queue grow. */
static u64 clh_word(const void *lock)
{
	return (uintptr_t)atomic_read_rlx(&((const struct clh *)lock)->tail);
}

static void clh_decode(const void *lock, struct text *out)
{
	const struct clh *l = lock;
	const struct clh_node *tail = atomic_read_acq(&l->tail);

	text_printf(out, "tail=%p busy=%u", (void *)tail, atomic_read_rlx(&tail->busy));
}

static void clh_decode_cpu(const struct cpu *cpu, struct text *out)
{
	const struct clh_percpu *pc = (const struct clh_percpu *)cpu->lock_data;
	u32 held = READ_ONCE(pc->held), shown = MIN(held + 1, LOCK_NESTING);

	/* One more than held: a waiter's node is not counted yet. */
	for (u32 i = 0; i < shown; i++) {
		const struct clh_node *node = READ_ONCE(pc->mine[i]);

		if (node && READ_ONCE(node->busy))
			text_printf(out, "%snode%u=%p:busy%s", i ? " " : "", i, (void *)node,
				    i < held ? ",held" : ",waiting");
	}
}

static bool clh_at_rest(const void *lock, struct text *why)
{
	const struct clh *l = lock;
	const struct clh_node *tail = atomic_read_acq(&l->tail);

	if (clh_is_locked(lock)) {
		text_printf(why, "queue not empty: ");
		clh_decode(lock, why);
		return false;
	}
	for (u32 id = 0; id < cpu_count(); id++) {
		const struct clh_percpu *pc = cpu_lock_data(id);

		if (READ_ONCE(pc->held)) {
			text_printf(why, "cpu%u counts %u locks held", id, pc->held);
			return false;
		}
		for (u32 i = 0; i < LOCK_NESTING; i++) {
			if (READ_ONCE(pc->mine[i]) != tail)
				continue;
			text_printf(why, "node %p is the lock's and cpu%u's", (void *)tail, id);
			return false;
		}
	}
	return true;
}

LOCK_HOT(clh, clh_take, clh_pass_on);
LOCK_TEXT_RANGE(clh);

static const struct lock_ops clh = {
	.name = "clh",
	.origin = "Craig, UW TR 93-02-02, 1993; Magnusson et al., IPPS 1994",
	.doc = "CLH queue lock: each waiter spins on its predecessor's node",
	.flags = LOCK_FIFO,
	.size = sizeof(struct clh),
	.percpu_size = sizeof(struct clh_percpu),
	.atomics = LOCK_ATOMICS,
	.init = clh_init,
	.acquire = clh_acquire,
	.try_acquire = clh_try,
	.release = clh_release,
	.is_locked = clh_is_locked,
	.word = clh_word,
	.decode = clh_decode,
	.decode_cpu = clh_decode_cpu,
	.at_rest = clh_at_rest,
	LOCK_HOT_OPS(clh),
	.text_start = clh_text_start,
	.text_end = clh_text_end,
};
LOCK_REGISTER(clh);
