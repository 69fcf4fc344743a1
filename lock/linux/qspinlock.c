/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The qspinlock of a Linux tree as a lock of ours, the baseline of that tree's rqspinlock: the
 * slow path is the tree's own kernel/locking/qspinlock.c, compiled beside this file.
 */
#include "glue.h"
#include <asm/qspinlock.h>
#include <locking/qspinlock.h>

static LINUX_TEXT void init(void *lock)
{
	atomic_set(&((struct qspinlock *)lock)->val, 0);
}

static __always_inline int take(void *lock)
{
	queued_spin_lock((struct qspinlock *)lock);
	return 0;
}

static __always_inline void drop(void *lock)
{
	queued_spin_unlock((struct qspinlock *)lock);
}

static LINUX_TEXT int acquire(void *lock)
{
	return take(lock);
}

static LINUX_TEXT bool try_acquire(void *lock)
{
	return queued_spin_trylock((struct qspinlock *)lock);
}

static LINUX_TEXT void release(void *lock)
{
	drop(lock);
}

static u64 word(const void *lock)
{
	return (u32)atomic_read(&((const struct qspinlock *)lock)->val);
}

static bool is_locked(const void *lock)
{
	return word(lock) & _Q_LOCKED_MASK;
}

static void decode(const void *lock, struct text *out)
{
	u32 w = (u32)word(lock), cpu = w >> _Q_TAIL_CPU_OFFSET;

	text_printf(out, "word=0x%08x locked=%u pending=%u", w, w & _Q_LOCKED_MASK,
		    (w & _Q_PENDING_MASK) >> _Q_PENDING_OFFSET);
	if (cpu)
		text_printf(out, " tail=cpu%u/node%u", cpu - 1,
			    (w & _Q_TAIL_IDX_MASK) >> _Q_TAIL_IDX_OFFSET);
	else
		text_printf(out, " tail=none");
}

static const struct qnode *nodes_of(const struct cpu *cpu)
{
	return (const struct qnode *)(cpu->lock_data + LINUX_NODES);
}

static u32 nodes_used(const struct cpu *cpu)
{
	return (u32)READ_ONCE(nodes_of(cpu)->mcs.count);
}

static void decode_cpu(const struct cpu *cpu, struct text *out)
{
	const struct qnode *node = nodes_of(cpu);
	u32 used = nodes_used(cpu);

	for (u32 i = 0; i < MIN(used, (u32)_Q_MAX_NODES); i++)
		text_printf(out, "%snode%u=%p:head=%u,next=%p", i ? " " : "", i,
			    (const void *)&node[i], (u32)READ_ONCE(node[i].mcs.locked),
			    (void *)READ_ONCE(node[i].mcs.next));
}

static bool at_rest(const void *lock, struct text *why)
{
	if (word(lock)) {
		text_printf(why, "lock not free: ");
		decode(lock, why);
		return false;
	}
	for (u32 id = 0; id < cpu_count(); id++) {
		u32 used = nodes_used(this_cpu()->group->cpu[id]);

		if (!used)
			continue;
		text_printf(why, "cpu%u uses %u nodes", id, used);
		return false;
	}
	return true;
}

LINUX_EXPAND(LOCK_HOT, LINUX_ID, take, drop);
LINUX_EXPAND(LOCK_TEXT_RANGE, LINUX_ID);

static const struct lock_ops linux_qspinlock = {
	.name = "linux-qspinlock:" LINUX_NAME,
	.origin = "Linux " LINUX_VERSION,
	.doc = "that tree's own kernel/locking/qspinlock.c",
	.flags = LOCK_FIFO | LOCK_FAST_WORD,
	.size = sizeof(struct qspinlock),
	.percpu_size = LINUX_PERCPU_SIZE,
	.atomics = LOCK_ATOMICS,
	.init = init,
	.acquire = acquire,
	.try_acquire = try_acquire,
	.release = release,
	.is_locked = is_locked,
	.word = word,
	.decode = decode,
	.decode_cpu = decode_cpu,
	.at_rest = at_rest,
	LINUX_EXPAND(LOCK_HOT_OPS, LINUX_ID),
	LINUX_EXPAND(LINUX_TEXT_BOUNDS, LINUX_ID),
};
LOCK_REGISTER(linux_qspinlock);
