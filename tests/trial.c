/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One program over one lock: operations become calls, and what they return is watched.
 * This code runs between two calls of a virtual core, so it is whole and costs no steps.
 */
#include "trial.h"
#include "../kernel/mem.h"
#include "../kernel/string.h"

/* Locks lie apart, as they would in memory of their own. */
#define LOCK_STRIDE(ops) ALIGN_UP((size_t)(ops)->size, 16ul)

static struct trial *trial_of(const struct vcore *v)
{
	return container_of(v->world->program, struct trial, wp);
}

static void fault(struct trial_state *st, enum trial_fault f, u32 core, u32 lock)
{
	if (st->fault)
		return;
	st->fault = f;
	st->fault_core = core;
	st->fault_lock = lock;
}

static const struct op_list *list_of(const struct trial *t, u32 core, u32 level)
{
	return level ? &t->program->nmi[core] : &t->program->task[core];
}

/* ---- Attempts */

static struct trial_attempt *attempt_of(struct trial_state *st, u32 core, u32 level)
{
	u32 i = st->current[core][level];

	return i ? &st->attempt[i - 1] : NULL;
}

static int window_below(const struct vcore *v)
{
	return v->live.level ? lock_window(frame_pc(&v->live.context[0].frame)) : -1;
}

static void begin_attempt(struct trial *t, struct vcore *v, const struct op *op)
{
	struct trial_state *st = t->state;
	u32 core = v->cpu.id, level = v->live.level;
	struct trial_attempt *a;

	st->current[core][level] = 0;
	if (st->nr_attempts == t->max_attempts)
		return;
	a = &st->attempt[st->nr_attempts++];
	*a = (struct trial_attempt){.core = core,
				    .level = level,
				    .lock = op->lock,
				    .kind = op->kind,
				    .window = window_below(v),
				    .begin = t->world->now,
				    .begin_step = v->live.steps};
	st->current[core][level] = st->nr_attempts;
}

static void end_attempt(struct trial *t, struct vcore *v, int rc)
{
	struct trial_attempt *a = attempt_of(t->state, v->cpu.id, v->live.level);

	if (!a)
		return;
	a->over = true;
	a->rc = rc;
	a->cause = rc && a->kind == OP_LOCK ? v->cpu.cause : CAUSE_NONE;
	a->end = t->world->now;
	a->end_step = v->live.steps;
}

/* ---- Operations */

static void entered(struct trial_state *st, u32 core, u32 level, u32 index, u32 lock)
{
	if (st->owner[lock])
		fault(st, TRIAL_EXCLUSION, core, lock);
	st->owner[lock] = (core + 1) | (level ? TRIAL_OWNER_NMI : 0);
	st->got[core][level] |= 1u << index;
	st->held[core] |= 1u << lock;
}

static void leaves(struct trial_state *st, u32 core, u32 level, const struct op *op)
{
	st->got[core][level] &= ~(1u << op->match);
	st->held[core] &= ~(1u << op->lock);
	st->owner[op->lock] = 0;
}

/* The call in progress has returned @result. */
static void finish_op(struct trial *t, struct vcore *v, int result)
{
	struct trial_state *st = t->state;
	u32 core = v->cpu.id, level = v->live.level, index = st->busy[core][level] - 1u;
	const struct op *op = &list_of(t, core, level)->op[index];
	enum trial_fault f;
	int rc;

	st->busy[core][level] = 0;
	if (op->kind == OP_UNLOCK)
		return;
	/* A bool is the low byte; the rest of the register is anything. */
	rc = op->kind == OP_LOCK ? result : (u8)result == 1 ? 0 : (u8)result ? result : -1;
	end_attempt(t, v, rc);
	f = trial_judge(t, core, level, op, rc);
	if (f)
		fault(st, f, core, op->lock);
	if (!rc)
		entered(st, core, level, index, op->lock);
}

static void call_op(struct trial *t, struct vcore *v, u32 index)
{
	struct trial_state *st = t->state;
	u32 core = v->cpu.id, level = v->live.level;
	const struct op *op = &list_of(t, core, level)->op[index];
	const void *lock = trial_lock(t, op->lock);

	st->busy[core][level] = index + 1;
	if (op->kind == OP_UNLOCK) {
		vcore_call(v, (uintptr_t)t->ops->release, lock);
		return;
	}
	begin_attempt(t, v, op);
	vcore_call(v,
		   (uintptr_t)(op->kind == OP_LOCK ? (void *)t->ops->acquire
						   : (void *)t->ops->try_acquire),
		   lock);
}

static void begin_level(struct trial_state *st, struct vcore *v)
{
	u32 core = v->cpu.id, level = v->live.level;

	st->next[core][level] = 0;
	st->busy[core][level] = 0;
	st->got[core][level] = 0;
	if (level)
		st->outer_cause[core] = v->cpu.cause;
}

/* struct world_program.next */
static bool next_op(struct vcore *v, int result)
{
	struct trial *t = trial_of(v);
	struct trial_state *st = t->state;
	u32 core = v->cpu.id, level = v->live.level;
	const struct op_list *list = list_of(t, core, level);

	if (!v->live.calls[level])
		begin_level(st, v);
	else if (st->busy[core][level])
		finish_op(t, v, result);
	while (st->next[core][level] < list->count) {
		u32 i = st->next[core][level]++;
		const struct op *op = &list->op[i];

		if (op->kind == OP_UNLOCK && !(st->got[core][level] & 1u << op->match))
			continue;
		call_op(t, v, i);
		return true;
	}
	/* An NMI between a task's failure and the look at its cause must not replace it. */
	if (level)
		v->cpu.cause = st->outer_cause[core];
	return false;
}

/*
 * struct world_program.starts: before, an attempt has a call but has not begun, and an
 * owner is still inside. Who waits at this moment came earlier.
 */
static void op_starts(struct vcore *v)
{
	struct trial *t = trial_of(v);
	struct trial_state *st = t->state;
	u32 core = v->cpu.id, level = v->live.level;
	const struct op *op = &list_of(t, core, level)->op[st->busy[core][level] - 1];
	struct trial_attempt *a;

	if (op->kind == OP_UNLOCK) {
		leaves(st, core, level, op);
		return;
	}
	v->cpu.cause = CAUSE_NONE;
	st->before[core][level] = trial_waiting(t, core, op->lock);
	a = attempt_of(st, core, level);
	if (a)
		a->begin = t->world->now;
}

/* ---- Life of a trial */

static size_t longest_text(void)
{
	size_t most = 0;

	for (u32 i = 0; i < lock_count(); i++) {
		const struct lock_ops *ops = lock_get(i);

		most = MAX(most, (size_t)(ops->text_end - ops->text_start));
	}
	return most;
}

struct trial *trial_new(void)
{
	struct trial *t = mem_alloc(sizeof(*t), 16);

	if (!t)
		return NULL;
	t->text_max = longest_text();
	t->world = world_new();
	t->state = mem_alloc(sizeof(*t->state), 64);
	t->locks = mem_alloc(PROGRAM_LOCKS * LOCK_SIZE_MAX, 2 * CACHE_LINE);
	t->text_class = mem_alloc(ALIGN_UP(t->text_max, 16ul), 16);
	return t->world && t->state && t->locks && t->text_class ? t : NULL;
}

/* As many attempts as the program can make, an NMI's as often as engines send one. */
static u32 most_attempts(const struct program *p)
{
	u32 n = 0;

	for (u32 core = 0; core < p->cores; core++) {
		for (u32 i = 0; i < p->task[core].count; i++)
			n += p->task[core].op[i].kind != OP_UNLOCK;
		for (u32 i = 0; i < p->nmi[core].count; i++)
			n += p->nmi[core].op[i].kind != OP_UNLOCK ? TRIAL_NMIS : 0;
	}
	return MIN(n, (u32)PROGRAM_ATTEMPTS);
}

void trial_begin(struct trial *t, const struct program *p, const struct lock_ops *ops)
{
	if (t->ops != ops)
		memset(t->text_class, 0, t->text_max);
	t->program = p;
	t->ops = ops;
	t->stride = LOCK_STRIDE(ops);
	t->max_attempts = most_attempts(p);
	t->waited = t->stepped = 0;
	memset(t->state, 0, sizeof(*t->state));
	memset(t->locks, 0, PROGRAM_LOCKS * LOCK_SIZE_MAX);
	for (u32 i = 0; i < p->locks; i++)
		ops->init(trial_lock(t, i));
	t->wp = (struct world_program){
		.next = next_op,
		.starts = op_starts,
		.memory = t->locks,
		.memory_size = p->locks * t->stride,
		.percpu_size = ALIGN_UP((size_t)ops->percpu_size, 8ul),
		.user = t->state,
		.user_size = offsetof(struct trial_state, attempt) +
			     t->max_attempts * sizeof(struct trial_attempt),
		.user_hashed = offsetof(struct trial_state, nr_attempts),
		.text = (uintptr_t)ops->text_start,
		.text_size = ops->text_end - ops->text_start,
		.text_class = t->text_class,
	};
	world_begin(t->world, &t->wp, p->cores);
}

void *trial_lock(const struct trial *t, u32 i)
{
	return t->locks + i * t->stride;
}

struct trial_attempt *trial_current(struct trial *t, u32 core)
{
	u32 level = t->world->core[core]->live.level;
	struct trial_attempt *a = attempt_of(t->state, core, level);

	return a && !a->over && t->state->busy[core][level] ? a : NULL;
}

/* ---- To the end */

/*
 * No correct attempt waits longer than a second (test-and-set; a queue's head has 0.5 s,
 * and whoever is behind it leaves with it), and at worst all of them wait one after the
 * other. What the script itself let pass comes on top.
 */
static u64 ns_bound(const struct trial *t)
{
	return (t->max_attempts + 1) * (NSEC_PER_SEC + 100 * NSEC_PER_MSEC) + t->waited;
}

/*
 * Waits cost few steps, because time is skipped: at most 5,000 for an attempt were seen, with
 * eight attempts and 0.5 s of waiting. Forty times that is a loop without an end.
 */
static u64 step_bound(const struct trial *t)
{
	return (t->max_attempts + 1) * 200000ull + t->stepped;
}

static bool too_long(const struct trial *t)
{
	return t->world->now > ns_bound(t) || t->world->steps > step_bound(t);
}

static bool all_done(const struct trial *t, u32 held)
{
	for (u32 i = 0; i < t->world->cores; i++) {
		if (!(held & 1u << i) && t->world->core[i]->live.state != VCORE_DONE)
			return false;
	}
	return true;
}

static u32 first_not_done(const struct trial *t)
{
	for (u32 i = 0; i < t->world->cores; i++) {
		if (t->world->core[i]->live.state != VCORE_DONE)
			return i;
	}
	return 0;
}

/* Core @current's turn. Return: false when the watcher wants no more of this run. */
static bool take_turn(struct trial *t, u32 current, struct trial_watcher *watcher)
{
	bool watched = watcher && watcher->look && watcher->core == current;

	switch (watched ? watcher->look(t, watcher->arg) : WATCH_NO_MORE) {
	case WATCH_STOP:
		watcher->stopped = true;
		return false;
	case WATCH_ON:
		world_step(t->world, current, 1);
		return true;
	default:
		if (watched)
			watcher->look = NULL;
		world_step(t->world, current, TRIAL_SLICE);
		return true;
	}
}

static bool go_on(struct trial *t, u32 held, struct trial_watcher *watcher)
{
	struct world *w = t->world;
	u32 current = 0;
	bool moved = true;

	w->still = held;
	while (!t->state->fault && moved && !all_done(t, held)) {
		if (too_long(t)) {
			fault(t->state, TRIAL_ENDLESS, first_not_done(t), 0);
		} else if (!world_ready(w)) {
			moved = world_idle(w);
		} else {
			current = world_default(w, current);
			moved = take_turn(t, current, watcher);
		}
	}
	w->still = 0;
	return all_done(t, held);
}

bool trial_go_on(struct trial *t, u32 held)
{
	return go_on(t, held, NULL);
}

bool trial_finish_watched(struct trial *t, u32 held, struct trial_watcher *watcher)
{
	if (go_on(t, held, watcher))
		return true;
	if (!t->state->fault && !held && !(watcher && watcher->stopped))
		fault(t->state, TRIAL_HANG, first_not_done(t), 0);
	return false;
}

bool trial_finish(struct trial *t, u32 held)
{
	return trial_finish_watched(t, held, NULL);
}
