/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What becomes of one NMI, and what there would be without it. */
#include "winmap_nmi.h"
#include "../kernel/string.h"

#define STALL_NS NSEC_PER_MSEC
/* Boundaries of a loop are taken so often: the first pass of a wait differs from later ones. */
#define VISITS 2

static struct winmap *map_of(struct inject *in)
{
	return in->arg;
}

void winmap_set_handler(struct program *p, u32 core, u32 lock)
{
	p->nmi[core] =
		(struct op_list){.count = 2, .op = {{OP_LOCK, lock, 0}, {OP_UNLOCK, lock, 0}}};
}

/* ---- How a run without an NMI ends */

/* Call @fn for each attempt of a task, with its number among its core's. */
static void each_task_attempt(struct winmap *m,
			      void (*fn)(struct winmap *m, const struct trial_attempt *a,
					 struct map_baseline *b))
{
	const struct trial_state *st = m->trial->state;
	u32 n[WORLD_CORES] = {0};

	for (u32 i = 0; i < st->nr_attempts; i++) {
		const struct trial_attempt *a = &st->attempt[i];

		if (!a->level)
			fn(m, a, &m->baseline[a->core][n[a->core]++]);
	}
}

static bool deadlocked(const struct trial_attempt *a)
{
	return a->over && a->kind == OP_LOCK && a->rc == -EDEADLK;
}

static bool failed(const struct trial_attempt *a)
{
	return a->kind == OP_LOCK && (!a->over || a->rc);
}

/* How much of it lies behind the NMI. */
static u64 lasted(const struct winmap *m, const struct trial_attempt *a)
{
	u64 begin = MAX(a->begin, m->nmi_ns);

	return a->over && a->end > begin ? a->end - begin : 0;
}

static void note_baseline(struct winmap *m, const struct trial_attempt *a, struct map_baseline *b)
{
	*b = (struct map_baseline){
		.failed = failed(a), .deadlocked = deadlocked(a), .ns = lasted(m, a)};
}

void winmap_baseline(struct winmap *m, struct map_path *path)
{
	struct trial *t = m->trial;
	char buf[120];
	struct text why = TEXT_INIT(buf);
	u32 idles;

	memset(m->baseline, 0, sizeof(m->baseline));
	m->nmi_ns = t->world->now;
	world_save(t->world, m->saved);
	idles = t->world->idles;
	trial_finish(t, 0);
	path->late = t->world->idles != idles;
	each_task_attempt(m, note_baseline);
	path->alone = trial_check(t, &why);
	world_restore(t->world, m->saved);
}

/* ---- One NMI */

static struct map_row *row(struct winmap *m)
{
	return &m->rows[m->nr_rows];
}

/* Whose is the victim's lock? The word knows of owners that are not in their section yet. */
static void note_holder(struct winmap *m, struct map_row *r)
{
	const struct trial *t = m->trial;
	const void *lock = trial_lock(t, m->lock);
	u32 owner = t->state->owner[m->lock];

	r->word = (u32)t->ops->word(lock);
	r->holder = owner & 0x7f;
	if (owner || !t->ops->is_locked(lock))
		return;
	r->holder = m->inject.core + 1;
	r->in_transit = true;
}

static void reached(struct inject *in, const struct inject_boundary *b)
{
	struct winmap *m = map_of(in);
	const struct trial_state *st = m->trial->state;
	const struct vcore *v = in->world->core[in->core];
	const struct op *op = &m->program.task[in->core].op[st->busy[in->core][0] - 1];
	struct map_row *r = row(m);

	*r = (struct map_row){.offset = b->pc - (uintptr_t)m->ops->text_start,
			      .path = m->nr_paths,
			      .index = b->index,
			      .window = lock_window(b->pc),
			      .takes = b->handler};
	m->nmi_lock = b->handler == MAP_SAME ? m->lock : m->other_lock + b->handler - MAP_OTHER;
	winmap_set_handler(&m->program, in->core, m->nmi_lock);
	note_holder(m, r);
	m->first_attempt = st->nr_attempts;
	m->task_attempt = op->kind == OP_UNLOCK ? 0 : st->current[in->core][0];
	m->nmi_ns = in->world->now;
	m->nmi_steps = v->live.steps;
}

static struct map_end end_of(const struct trial_attempt *a)
{
	if (!a)
		return (struct map_end){.kind = END_NONE};
	if (!a->over)
		return (struct map_end){.kind = END_OPEN};
	return (struct map_end){.kind = END_OVER, .rc = a->rc, .cause = a->cause};
}

/* How the victim's call has ended. */
static struct map_end task_end(const struct winmap *m)
{
	return end_of(m->task_attempt ? &m->trial->state->attempt[m->task_attempt - 1] : NULL);
}

/* Do the cores of the path close a deadlock among them, @core being one of them? */
static bool in_deadlock(const struct program *p, u32 core)
{
	return p->guilty >> core & 1 && p->guilty & (p->guilty - 1);
}

static bool is_guilty(const struct winmap *m, u32 core)
{
	return m->program.guilty >> core & 1;
}

/* The victim's own call is judged when its end without an NMI is known. */
static void judge_task(struct winmap *m, const struct trial_attempt *a, struct map_baseline *b)
{
	struct map_row *r = row(m);

	if (m->task_attempt && a == &m->trial->state->attempt[m->task_attempt - 1])
		return;
	if (!is_guilty(m, a->core)) {
		r->innocents += failed(a) && !b->failed;
		if (deadlocked(a) && !b->deadlocked)
			r->marks |= MAP_FALSE_TASK;
	}
	if (lasted(m, a) >= STALL_NS && b->ns < STALL_NS)
		r->marks |= MAP_STALL;
}

static bool handle(struct inject *in, const struct inject_boundary *b)
{
	return winmap_handle(map_of(in), b->handler);
}

static void landed(struct inject *in, const struct inject_boundary *b)
{
	struct winmap *m = map_of(in);
	struct trial *t = m->trial;
	struct map_row *r = row(m);
	const struct trial_attempt *a;
	char buf[120];
	struct text why = TEXT_INIT(buf);

	a = winmap_nmi_attempt(m);
	r->nmi = end_of(a);
	if (a && a->over) {
		r->steps = a->end_step - m->nmi_steps;
		r->ns = a->end - m->nmi_ns;
		if (r->ns >= STALL_NS)
			r->marks |= MAP_STALL;
		if (m->handler[r->takes].in_vain)
			r->marks |= MAP_FALSE_NMI;
	}
	r->fault = t->state->fault;
	if (b->gone && !r->fault) {
		r->marks |= MAP_GONE;
		return;
	}
	winmap_finish(m, r->takes);
	r->fault = trial_check(t, &why);
	r->task = task_end(m);
	each_task_attempt(m, judge_task);
	if (r->takes == MAP_SAME && in_deadlock(&m->program, in->core))
		r->marks |= MAP_JOINED;
}

static void compared(struct inject *in, const struct inject_boundary *b)
{
	struct winmap *m = map_of(in);

	row(m)->real = b->real;
	if (m->nr_rows + 1 < m->max_rows)
		m->nr_rows++;
	else
		m->overflow = true;
}

/* ---- What the handler returned, as one number, by either injector */

static u64 digest(int rc, u32 cause)
{
	return world_mix(world_mix(1, (u32)rc), rc ? cause : CAUSE_NONE);
}

static u64 results(struct inject *in)
{
	const struct trial_attempt *a = winmap_nmi_attempt(map_of(in));

	return a ? digest(a->rc, a->cause) : 0;
}

static u64 body(struct inject *in)
{
	struct winmap *m = map_of(in);
	void *lock = trial_lock(m->trial, m->nmi_lock);
	struct cpu *cpu = &in->world->core[in->core]->cpu;
	u32 outer = cpu->cause, cause;
	int rc = m->ops->acquire(lock);

	cause = cpu->cause;
	if (!rc)
		m->ops->release(lock);
	cpu->cause = outer;
	return digest(rc, cause);
}

const struct inject winmap_inject = {
	.max_visits = VISITS,
	.reached = reached,
	.handle = handle,
	.landed = landed,
	.compared = compared,
	.results = results,
	.body = body,
};

/*
 * Now the call has ended without an NMI. So it does after NMIs that left no trace; where it
 * fails after another one, that one did it.
 */
void winmap_judge_victim(struct winmap *m, u32 first)
{
	struct map_end end = task_end(m);

	for (u32 i = first; i < m->nr_rows; i++) {
		struct map_row *r = &m->rows[i];

		if (r->marks & MAP_GONE)
			r->task = end;
		if (end.kind != END_OVER || end.rc || !r->task.rc || is_guilty(m, m->inject.core))
			continue;
		r->innocents++;
		if (r->task.rc == -EDEADLK)
			r->marks |= MAP_FALSE_TASK;
	}
}
