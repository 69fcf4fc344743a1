/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "inspect.h"

/* Waiters of one queue that a dump lists; a longer one ends in "...". */
#define MAX_LISTED 16

void rq_init(void *lock)
{
	struct rq_lock *l = lock;

	atomic_write_rlx(&l->word, 0);
}

u64 rq_word(const void *lock)
{
	return atomic_read_rlx(&((const struct rq_lock *)lock)->word);
}

bool rq_is_locked(const void *lock)
{
	return rq_word(lock) & RQ_LOCKED_MASK;
}

/* Find the waiter whose next is @node among the nodes in use. The queue has no back links. */
static const struct rq_node *find_previous(const struct rq_node *node, u32 *cpu, u32 *index)
{
	for (u32 id = 0; id < cpu_count(); id++) {
		const struct rq_percpu *pc = cpu_lock_data(id);
		u32 used = MIN(READ_ONCE(pc->node[0].count), RQ_NODES);

		for (u32 i = 0; i < used; i++) {
			if (READ_ONCE(pc->node[i].next) != node)
				continue;
			*cpu = id;
			*index = i;
			return &pc->node[i];
		}
	}
	return NULL;
}

/* The queue from its end to its head: that is the direction the word gives us. */
static void decode_queue(u16 tail, struct text *out)
{
	u32 cpu = (tail >> RQ_TAIL_CPU_SHIFT) - 1, index = tail & (RQ_NODES - 1);
	const struct rq_node *node;

	if (tail >> RQ_TAIL_CPU_SHIFT == 0 || cpu >= cpu_count()) {
		text_printf(out, " tail=invalid");
		return;
	}
	text_printf(out, " tail=cpu%u/node%u queue=", cpu, index);
	node = &((const struct rq_percpu *)cpu_lock_data(cpu))->node[index];
	for (u32 n = 0; node; n++) {
		if (n == MAX_LISTED) {
			text_printf(out, "<-...");
			return;
		}
		text_printf(out, "%scpu%u/node%u", n ? "<-" : "", cpu, index);
		node = find_previous(node, &cpu, &index);
	}
}

void rq_decode(const void *lock, struct text *out)
{
	u32 word = (u32)rq_word(lock);

	text_printf(out, "word=0x%08x locked=%u pending=%u", word, word & RQ_LOCKED_MASK,
		    (word & RQ_PENDING_MASK) >> RQ_PENDING_BIT);
	if (word & RQ_TAIL_MASK)
		decode_queue((u16)(word >> RQ_TAIL_SHIFT), out);
	else
		text_printf(out, " tail=none");
}

static void decode_nodes(const struct rq_percpu *pc, struct text *out)
{
	static const char *const told[] = {
		[RQ_WAIT] = "wait", [RQ_HEAD] = "head", [RQ_LEAVE] = "leave"};
	u32 used = READ_ONCE(pc->node[0].count);

	if (!used)
		return;
	text_printf(out, "nodes=%u", used);
	for (u32 i = 0; i < MIN(used, RQ_NODES); i++) {
		u32 signal = READ_ONCE(pc->node[i].signal);

		text_printf(out, " node%u:signal=%s,next=%p", i,
			    signal < ARRAY_SIZE(told) ? told[signal] : "invalid",
			    (void *)READ_ONCE(pc->node[i].next));
	}
}

void rq_decode_cpu(const struct cpu *cpu, struct text *out)
{
	const struct rq_percpu *pc = (const struct rq_percpu *)cpu->lock_data;
	u32 count = READ_ONCE(pc->held.count), stored = rq_held_stored(count);

	decode_nodes(pc, out);
	if (!count)
		return;
	text_printf(out, "%sheld=%u top=", READ_ONCE(pc->node[0].count) ? " " : "", count);
	if (count > RQ_HELD)
		text_printf(out, "not-stored");
	else
		text_printf(out, "%p", (void *)READ_ONCE(pc->held.slot[count - 1]));
	text_printf(out, " entries=");
	for (u32 i = 0; i < stored; i++)
		text_printf(out, "%s%p", i ? "," : "", (void *)READ_ONCE(pc->held.slot[i]));
}

/* Slots above the count must be NULL as well: each pop clears the one it gives back. */
static bool table_at_rest(u32 id, const struct rq_held *held, struct text *why)
{
	u32 count = READ_ONCE(held->count);

	if (count) {
		text_printf(why, "cpu%u's held table counts %u", id, count);
		return false;
	}
	for (u32 i = 0; i < RQ_HELD; i++) {
		if (!READ_ONCE(held->slot[i]))
			continue;
		text_printf(why, "cpu%u's held table keeps %p in slot %u", id,
			    (void *)held->slot[i], i);
		return false;
	}
	return true;
}

bool rq_at_rest(const void *lock, struct text *why)
{
	if (rq_word(lock)) {
		text_printf(why, "lock not free: ");
		rq_decode(lock, why);
		return false;
	}
	for (u32 id = 0; id < cpu_count(); id++) {
		const struct rq_percpu *pc = cpu_lock_data(id);

		for (u32 i = 0; i < RQ_NODES; i++) {
			u32 used = READ_ONCE(pc->node[i].count);

			if (!used)
				continue;
			text_printf(why, "cpu%u's node%u counts %u in use", id, i, used);
			return false;
		}
		if (!table_at_rest(id, &pc->held, why))
			return false;
	}
	return true;
}
