/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The paths of a map, and their programs. */
#include "winmap_nmi.h"
#include "../kernel/clock.h"
#include "../kernel/mem.h"
#include "../kernel/string.h"

#define MAX_ROWS  16384
#define SAVED_MAX (128 * 1024)

/* ---- A path's programs */

static void push_front(struct program *p, struct directive d)
{
	for (u32 i = p->nr_directives++; i; i--)
		p->directive[i] = p->directive[i - 1];
	p->directive[0] = d;
}

static bool lets_time_pass(const struct program *p)
{
	for (u32 i = 0; i < p->nr_directives; i++)
		if (p->directive[i].kind == DO_IDLE || p->directive[i].kind == DO_WAIT)
			return true;
	return false;
}

/*
 * Before anything else one more core takes two more locks, and stands still from then on; and
 * another one waits for the second of them. Not where time passes: it would give up first.
 * Return: how many handlers there are with that.
 */
static u32 add_others(struct program *p)
{
	bool waiter = !lets_time_pass(p);
	u32 holder = p->cores, first = p->locks, second = first + 1;

	if (holder + 1 + waiter > WORLD_CORES || second + waiter > PROGRAM_LOCKS ||
	    p->nr_directives + 2 + waiter > PROGRAM_DIRECTIVES)
		return 1;
	p->cores += 1 + waiter;
	p->locks += 1 + waiter;
	p->task[holder] =
		(struct op_list){.count = 2, .op = {{OP_LOCK, first, 0}, {OP_UNLOCK, first, 0}}};
	if (waiter) {
		p->task[holder] = (struct op_list){.count = 4,
						   .op = {{OP_LOCK, first, 0},
							  {OP_LOCK, second, 0},
							  {OP_UNLOCK, second, 1},
							  {OP_UNLOCK, first, 0}}};
		p->task[holder + 1] = (struct op_list){
			.count = 2, .op = {{OP_LOCK, second, 0}, {OP_UNLOCK, second, 0}}};
		push_front(p, (struct directive){.kind = DO_RUN_WAITS, .core = holder + 1});
	}
	push_front(p, (struct directive){.kind = DO_HOLD, .core = holder});
	push_front(p, (struct directive){.kind = DO_RUN_HOLDS,
					 .core = holder,
					 .arg = waiter ? second : first});
	return waiter ? NR_MAP_TAKES : MAP_QUEUED;
}

/* Which lock is core @core's next or present call about? */
static u32 victims_lock(const struct trial *t, u32 core)
{
	u32 index = t->state->busy[core][0];

	return index ? t->program->task[core].op[index - 1].lock : 0;
}

static bool has_window(const struct lock_ops *ops, u32 mask)
{
	for (uintptr_t pc = (uintptr_t)ops->text_start; pc < (uintptr_t)ops->text_end; pc++) {
		int n = lock_window(pc);

		if (n >= 0 && mask >> n & 1)
			return true;
	}
	return false;
}

/* Does the path fail on this lock because it has no such place? */
static bool is_absent(const struct winmap *m, const struct program *p)
{
	for (u32 i = 0; i < p->nr_directives; i++) {
		const struct directive *d = &p->directive[i];

		if (d->kind == DO_RUN_WINDOW || (d->kind == DO_RUN_WAITS && d->arg))
			if (!has_window(m->ops, d->arg))
				return true;
	}
	return false;
}

/* ---- A path */

static void map_path(struct winmap *m, struct map_path *path)
{
	struct trial *t = m->trial;
	struct program *p = &m->program;
	struct text why = TEXT_INIT(path->error), ignored = {0};
	u64 begin = clock_now_ns();
	u32 first = m->nr_rows;
	int at;

	winmap_forget(m);
	*p = *path->program;
	m->other_lock = p->locks;
	path->handlers = add_others(p);
	/* For the trial to make room for its attempts, whichever core it is. */
	for (u32 i = 0; i < p->cores; i++)
		winmap_set_handler(p, i, 0);
	trial_begin(t, p, m->ops);
	at = trial_directives(t, 0, true, &why);
	if (at < 0) {
		/* Nobody's fault if all end well from here on, else the lock's. */
		trial_finish(t, 0);
		path->alone = trial_check(t, &ignored);
		return;
	}
	m->inject.core = p->directive[at].core;
	m->inject.handlers = path->handlers;
	m->lock = victims_lock(t, m->inject.core);
	winmap_baseline(m, path);
	m->inject.only_late = path->late;
	t->world->still = t->state->still;
	path->begin_ns = clock_now_ns() - begin;
	inject_call(&m->inject);
	path->map_ns = clock_now_ns() - begin - path->begin_ns;
	path->boundaries = m->inject.boundaries;
	winmap_judge_victim(m, first);
}

void winmap_begin(struct winmap *m, const struct lock_ops *ops, bool whole)
{
	m->ops = ops;
	m->whole = whole;
	m->nr_paths = m->nr_rows = m->handlers_reused = m->ends_reused = 0;
	m->overflow = false;
}

bool winmap_wants(const struct winmap *m, const struct program *p)
{
	return m->nr_paths < MAP_PATHS && program_is_map(p) && !program_missing(p, m->ops);
}

void winmap_add(struct winmap *m, const struct program *p)
{
	struct map_path *path = &m->path[m->nr_paths];

	*path = (struct map_path){.program = p, .absent = is_absent(m, p)};
	if (!path->absent)
		map_path(m, path);
	m->nr_paths++;
}

struct winmap *winmap_new(void)
{
	struct winmap *m = mem_alloc(sizeof(*m), 16);

	if (!m)
		return NULL;
	m->trial = trial_new();
	m->rows = mem_alloc(MAX_ROWS * sizeof(*m->rows), 16);
	m->max_rows = MAX_ROWS;
	m->saved = mem_alloc(SAVED_MAX, 16);
	for (u32 i = 0; i < NR_MAP_TAKES; i++) {
		m->handler[i].end = mem_alloc(SAVED_MAX, 16);
		m->finish[i].end = mem_alloc(SAVED_MAX, 16);
		if (!m->handler[i].end || !m->finish[i].end)
			return NULL;
	}
	m->inject = winmap_inject;
	m->inject.arg = m;
	m->inject.saved = mem_alloc(SAVED_MAX, 16);
	if (!m->trial || !m->rows || !m->saved || !m->inject.saved)
		return NULL;
	m->inject.world = m->trial->world;
	m->inject.visits = mem_alloc(ALIGN_UP(m->trial->text_max, 16ul), 16);
	return m->inject.visits ? m : NULL;
}

void map_end_text(const struct map_end *e, struct text *out)
{
	const char *cause = lock_cause_name(e->cause);

	if (e->kind != END_OVER || !e->rc || e->rc == -1) {
		text_printf(out, "%s",
			    e->kind == END_NONE	  ? "-"
			    : e->kind == END_OPEN ? "hang"
			    : e->rc		  ? "taken"
						  : "ok");
		return;
	}
	text_printf(out, "%s(%s)", e->rc == -EDEADLK ? "edeadlk" : "etimedout",
		    cause ? cause : "no-cause");
}
