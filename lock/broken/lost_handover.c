/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Negative control: a queue lock that now and then forgets to tell its successor.
 *
 * Every LOSE_EVERY-th release of a core with somebody behind it takes the lock down
 * without the hand-over: the waiter spins for ever on a word nobody will write, while
 * newcomers queue behind it. Looks right in any test without contention.
 */
#include "../hot.h"

#define LOSE_EVERY 4

struct lost_node {
	struct lost_node *next;
	u32 go;
};

struct lost_handover {
	struct lost_node *tail;
};

struct lost_percpu {
	u32 held, handovers;
	struct lost_node node[LOCK_NESTING] __aligned(CACHE_LINE);
};
LOCK_PERCPU_FITS(struct lost_percpu);

static LOCK_TEXT(lost_handover) void lost_handover_init(void *lock)
{
	struct lost_handover *l = lock;

	atomic_write_rlx(&l->tail, NULL);
}

static __always_inline int lost_handover_take(void *lock)
{
	struct lost_handover *l = lock;
	struct lost_percpu *pc = LOCK_PERCPU(struct lost_percpu);
	struct lost_node *before, *node = &pc->node[pc->held++];

	atomic_write_rlx(&node->next, NULL);
	atomic_write_rlx(&node->go, 0);
	before = atomic_xchg_full(&l->tail, node);
	if (!before)
		return 0;
	atomic_write_rel(&before->next, node);
	while (!atomic_read_acq(&node->go)) {
		LOCK_WINDOW(10);
		cpu_wait_change32(&node->go, 0);
	}
	return 0;
}

static LOCK_TEXT(lost_handover) int lost_handover_acquire(void *lock)
{
	return lost_handover_take(lock);
}

static LOCK_TEXT(lost_handover) bool lost_handover_try(void *lock)
{
	struct lost_handover *l = lock;

	return !atomic_read_rlx(&l->tail) && lost_handover_take(lock) == 0;
}

static __always_inline void lost_handover_drop(void *lock)
{
	struct lost_handover *l = lock;
	struct lost_percpu *pc = LOCK_PERCPU(struct lost_percpu);
	struct lost_node *node = &pc->node[--pc->held], *seen = node, *next;

	if (atomic_try_cmpxchg_full(&l->tail, &seen, NULL))
		return;
	while (!(next = atomic_read_acq(&node->next))) {
		LOCK_WINDOW(13);
		cpu_relax();
	}
	if (++pc->handovers % LOSE_EVERY)
		atomic_write_rel(&next->go, 1);
}

static LOCK_TEXT(lost_handover) void lost_handover_release(void *lock)
{
	lost_handover_drop(lock);
}

static u64 lost_handover_word(const void *lock)
{
	return (uintptr_t)atomic_read_rlx(&((const struct lost_handover *)lock)->tail);
}

static bool lost_handover_is_locked(const void *lock)
{
	return lost_handover_word(lock) != 0;
}

static void lost_handover_decode(const void *lock, struct text *out)
{
	text_printf(out, "tail=%p", (void *)(uintptr_t)lost_handover_word(lock));
}

static void lost_handover_decode_cpu(const struct cpu *cpu, struct text *out)
{
	const struct lost_percpu *pc = (const struct lost_percpu *)cpu->lock_data;

	if (READ_ONCE(pc->held))
		text_printf(out, "held=%u node0=%p:go=%u,next=%p", pc->held, (void *)pc->node,
			    READ_ONCE(pc->node[0].go), (void *)READ_ONCE(pc->node[0].next));
}

static bool lost_handover_at_rest(const void *lock, struct text *why)
{
	if (!lost_handover_is_locked(lock))
		return true;
	text_printf(why, "queue not empty: ");
	lost_handover_decode(lock, why);
	return false;
}

LOCK_HOT(lost_handover, lost_handover_take, lost_handover_drop);
LOCK_TEXT_RANGE(lost_handover);

static const struct lock_defect lost_handover_defects[] = {
	{"exclusion", "hang"},
	{"explore", "fail"},
	{NULL, NULL},
};

static const struct lock_ops lost_handover = {
	.name = "broken-lost-handover",
	.origin = "negative control",
	.doc = "queue lock that sometimes forgets its successor",
	.flags = LOCK_NEGATIVE,
	.size = sizeof(struct lost_handover),
	.percpu_size = sizeof(struct lost_percpu),
	.atomics = LOCK_ATOMICS,
	.init = lost_handover_init,
	.acquire = lost_handover_acquire,
	.try_acquire = lost_handover_try,
	.release = lost_handover_release,
	.is_locked = lost_handover_is_locked,
	.word = lost_handover_word,
	.decode = lost_handover_decode,
	.decode_cpu = lost_handover_decode_cpu,
	.at_rest = lost_handover_at_rest,
	.defects = lost_handover_defects,
	LOCK_HOT_OPS(lost_handover),
	.text_start = lost_handover_text_start,
	.text_end = lost_handover_text_end,
};
LOCK_REGISTER(lost_handover);
