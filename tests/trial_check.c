/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What must hold for every attempt and at the end of every run. */
#include "trial.h"

/* ---- Order */

bool trial_at_wait(const struct trial *t, const struct vcore *v)
{
	uintptr_t offset = vcore_pc(v) - t->wp.text;

	return offset < t->wp.text_size && (t->text_class[offset] & STEP_CLASS_MASK) == STEP_WAIT;
}

/*
 * A place in the line: pending waiter, waiter in the queue, its head. Whoever only reads the
 * word again for a moment before it queues is in none of these windows.
 */
static bool waits_in_line(const struct trial *t, const struct vcore *v)
{
	int window = lock_window(vcore_pc(v));

	return (window == 7 || window == 10 || window == 11) && trial_at_wait(t, v);
}

/* Tasks only: an NMI may wait without a place in the queue (trylock in a loop). */
u32 trial_waiting(const struct trial *t, u32 core, u32 lock)
{
	const struct trial_state *st = t->state;
	u32 mask = 0;

	if (!(t->ops->flags & LOCK_FIFO))
		return 0;
	for (u32 i = 0; i < t->world->cores; i++) {
		const struct vcore *v = t->world->core[i];
		u32 index = st->busy[i][0];
		const struct op *op = &t->program->task[i].op[index - 1];

		if (i == core || !index || v->live.level || v->live.fresh[0])
			continue;
		if (op->kind == OP_LOCK && op->lock == lock && waits_in_line(t, v))
			mask |= 1u << i;
	}
	return mask;
}

/* @core's attempt has left the line: nobody is behind it any more. */
static void forget(struct trial_state *st, u32 core)
{
	for (u32 i = 0; i < WORLD_CORES; i++) {
		for (u32 level = 0; level < WORLD_LEVELS; level++)
			st->before[i][level] &= ~(1u << core);
	}
	st->overtaken[core] = 0;
}

/*
 * A core that got the lock while one that came earlier waits has overtaken it, unless that
 * one turns out to have been on its way out: so it is judged when the earlier one ends.
 */
static bool keeps_order(struct trial_state *st, u32 core, u32 level, int rc)
{
	bool overtaken = !rc && !level && st->overtaken[core];

	for (u32 i = 0; i < WORLD_CORES && !rc; i++) {
		if (st->before[core][level] & 1u << i)
			st->overtaken[i] = core + 1;
	}
	st->before[core][level] = 0;
	if (!level)
		forget(st, core);
	return !overtaken;
}

/* ---- Results */

static bool is_timeout(u32 cause)
{
	return cause == CAUSE_TIMEOUT_PENDING || cause == CAUSE_TIMEOUT_HEAD ||
	       cause == CAUSE_TIMEOUT_TAS || cause == CAUSE_TIMEOUT_TRYLOCK;
}

/* The least that who ran out of time has waited (rqspinlock's contract). */
static u64 least_wait(u32 cause)
{
	switch (cause) {
	case CAUSE_TIMEOUT_PENDING:
	case CAUSE_TIMEOUT_TRYLOCK:
		return 250 * NSEC_PER_MSEC;
	case CAUSE_TIMEOUT_HEAD:
		return 500 * NSEC_PER_MSEC;
	case CAUSE_TIMEOUT_TAS:
		return NSEC_PER_SEC;
	default:
		return 0;
	}
}

static bool cause_is_true(const struct trial *t, u32 core, u32 level, int rc)
{
	u32 cause = t->world->core[core]->cpu.cause, i = t->state->current[core][level];
	const struct trial_attempt *a = i ? &t->state->attempt[i - 1] : NULL;

	if (!lock_cause_name(cause))
		return false;
	/* Whoever is sent away may be told one or the other (until 6.18: a deadlock). */
	if (cause != CAUSE_FLUSHED && is_timeout(cause) != (rc == -ETIMEDOUT))
		return false;
	return !a || a->end - a->begin >= least_wait(cause);
}

enum trial_fault trial_judge(struct trial *t, u32 core, u32 level, const struct op *op, int rc)
{
	bool resilient = t->ops->flags & LOCK_RESILIENT;
	bool in_order = keeps_order(t->state, core, level, rc);

	if (!in_order)
		return TRIAL_FIFO;
	if (op->kind == OP_TRY)
		return rc == 0 || rc == -1 ? TRIAL_FINE : TRIAL_RESULT;
	if (rc && !(resilient && (rc == -EDEADLK || rc == -ETIMEDOUT)))
		return TRIAL_RESULT;
	return rc && !cause_is_true(t, core, level, rc) ? TRIAL_CAUSE : TRIAL_FINE;
}

/* ---- At the end */

const char *trial_fault_name(enum trial_fault f)
{
	static const char *const names[] = {
		[TRIAL_FINE] = "fine",	 [TRIAL_EXCLUSION] = "exclusion",
		[TRIAL_FIFO] = "fifo",	 [TRIAL_RESULT] = "result",
		[TRIAL_CAUSE] = "cause", [TRIAL_NOT_RELEASED] = "not-released",
		[TRIAL_HANG] = "hang",	 [TRIAL_ENDLESS] = "endless",
	};

	return f < ARRAY_SIZE(names) ? names[f] : "?";
}

static void explain(struct trial *t, struct text *why)
{
	const struct trial_state *st = t->state;
	u32 core = st->fault_core, index = st->current[core][t->world->core[core]->live.level];
	const struct trial_attempt *a = index ? &st->attempt[index - 1] : NULL;

	switch (st->fault) {
	case TRIAL_EXCLUSION:
		text_printf(why, "core %u got %c while another one was inside", core,
			    'A' + st->fault_lock);
		break;
	case TRIAL_FIFO:
		text_printf(why, "core %u waited for %c and one that came later got it first", core,
			    'A' + st->fault_lock);
		break;
	case TRIAL_RESULT:
	case TRIAL_CAUSE:
		text_printf(why, "core %u: taking %c returned %d, cause %s", core,
			    'A' + st->fault_lock, a ? a->rc : 0,
			    a && lock_cause_name(a->cause) ? lock_cause_name(a->cause) : "none");
		break;
	case TRIAL_HANG:
		text_printf(why, "nobody can go on: core %u is not done", core);
		break;
	case TRIAL_ENDLESS:
		text_printf(why, "core %u is not done after %llu steps and %llu ms", core,
			    (unsigned long long)t->world->steps,
			    (unsigned long long)(t->world->now / NSEC_PER_MSEC));
		break;
	default:
		break;
	}
}

static bool all_released(const struct trial *t, struct text *why)
{
	/* Locks look at the cores through their own core's group. */
	struct cpu_group *real = this_cpu()->group;
	bool good = true;

	this_cpu()->group = t->world->group;
	for (u32 i = 0; i < t->program->locks && good; i++) {
		good = t->ops->at_rest(trial_lock(t, i), why);
		if (!good)
			text_printf(why, " (lock %c)", 'A' + i);
	}
	this_cpu()->group = real;
	return good;
}

enum trial_fault trial_check(struct trial *t, struct text *why)
{
	struct trial_state *st = t->state;

	if (st->fault) {
		explain(t, why);
		return st->fault;
	}
	if (all_released(t, why))
		return TRIAL_FINE;
	st->fault = TRIAL_NOT_RELEASED;
	return TRIAL_NOT_RELEASED;
}

u32 trial_failures(const struct trial *t)
{
	u32 n = 0;

	for (u32 i = 0; i < t->state->nr_attempts; i++)
		n += t->state->attempt[i].kind == OP_LOCK && t->state->attempt[i].rc != 0;
	return n;
}

u32 trial_innocents(const struct trial *t)
{
	u32 n = 0;

	for (u32 i = 0; i < t->state->nr_attempts; i++) {
		const struct trial_attempt *a = &t->state->attempt[i];

		n += a->kind == OP_LOCK && a->rc && !(t->program->guilty & 1u << a->core);
	}
	return n;
}
