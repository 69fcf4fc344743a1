/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A run of n turns and one of m differ by n - m turns and nothing else, so what the call and
 * the lock's initialisation take does not count, and every turn counts in full.
 */
#include <arch/step.h>
#include "../../kernel/string.h"
#include "count.h"

#define FEW	   2
#define MANY	   12
#define STACK_SIZE 65536
/* A refusal that waits for the clock first is not a path whose length says anything. */
#define STEPS_MOST 20000

static struct cpu core;
static struct cpu_group alone = {.count = 1, .cpu = {&core}};
static u8 stack[STACK_SIZE] __aligned(64);

struct turns {
	const struct count *count;
	u64 n;
};

static int run_turns(struct turns *t)
{
	const struct count *c = t->count;

	c->ops->init(c->lock);
	if (c->held && c->ops->acquire(c->lock))
		return -EINVAL;
	c->ops->hot_pairs(c->lock, t->n);
	return 0;
}

/* Return: instructions, 0 if it did not end in time. */
static u64 step_turns(const struct count *c, u64 n)
{
	struct step_context context;
	struct turns turns = {.count = c, .n = n};
	struct stepper s = {.context = &context, .base = &core, .steps = STEPS_MOST};

	memcpy(&core, this_cpu(), sizeof(core));
	memset(core.lock_data, 0, sizeof(core.lock_data));
	core.id = 0;
	core.group = &alone;
	step_cpu_init(&core.arch);
	step_call(&context, (uintptr_t)stack + STACK_SIZE, (uintptr_t)run_turns, &turns);
	if (step_run(&s) != STEP_RETURNED || step_result(&context))
		return 0;
	return s.taken;
}

void count_instructions(struct count *c)
{
	u64 few, many;

	c->missing = step_missing();
	if (c->missing)
		return;
	few = step_turns(c, FEW);
	many = few ? step_turns(c, MANY) : 0;
	if (!many)
		c->missing = "waits for the clock";
	else if ((many - few) % (MANY - FEW))
		c->missing = "turns differ";
	else
		c->instructions = (many - few) / (MANY - FEW);
}
