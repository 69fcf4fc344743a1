/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How fast NMIs can be landed exactly: a breakpoint on the boundary, everything else at full
 * speed, the handler inside the real NMI.
 */
#include "winmap.h"
#include "../kernel/clock.h"
#include "../kernel/string.h"

#define MAX_PLACES 128

/* A boundary of an uncontended call, and what the NMI gets there. */
struct place {
	uintptr_t pc;
	int rc;
};

struct calls {
	uintptr_t fn;
	u32 count;
	struct place place[MAX_PLACES];
};

static struct {
	struct stepper stepper;
	struct step_context context;
	const struct lock_ops *ops;
	struct vcore *core;
	void *lock;
	int rc;
	u32 nmis;
} rate;

static struct calls lock_calls, unlock_calls;

/* Boundaries of a path whose handler needs nobody else: at full speed nobody would help. */
static void collect(const struct winmap *m, const char *path, struct calls *out)
{
	out->count = 0;
	for (u32 i = 0; i < m->nr_rows && out->count < MAX_PLACES; i++) {
		const struct map_row *r = &m->rows[i];

		if (strcmp(m->path[r->path].program->name, path) || r->takes != MAP_SAME ||
		    r->real != INJECT_AGREES)
			continue;
		out->place[out->count++] = (struct place){
			.pc = (uintptr_t)m->ops->text_start + r->offset, .rc = r->nmi.rc};
	}
}

static void in_nmi(struct stepper *s)
{
	rate.nmis++;
	rate.core->cpu.nmi_depth++;
	step_interrupted(s->context);
	rate.rc = rate.ops->acquire(rate.lock);
	if (!rate.rc)
		rate.ops->release(rate.lock);
	rate.core->cpu.nmi_depth--;
}

/* Return: one NMI came, with the result that the map has. */
static bool one(const struct calls *calls, u32 i, bool result)
{
	const struct place *place = &calls->place[i % calls->count];
	struct stepper *s = &rate.stepper;
	enum step_stop stop;

	step_call(&rate.context, rate.core->stack, calls->fn, rate.lock);
	s->breakpoint = place->pc;
	s->nmi_at = place->pc == calls->fn ? STEP_NMI_NOW : STEP_NMI_AT_BREAK;
	rate.nmis = 0;
	stop = step_run(s);
	/* An exclusive store that failed because of the NMI brings the loop round again. */
	if (stop == STEP_BREAK && rate.nmis) {
		s->breakpoint = 0;
		stop = step_run(s);
	}
	if (stop != STEP_RETURNED || rate.nmis != 1 || rate.rc != place->rc)
		return false;
	return !result || !step_result(&rate.context);
}

u64 winmap_rate(struct winmap *m, u32 n, u32 *bad)
{
	static const struct program alone = {
		.cores = 1,
		.locks = 1,
		.task[0] = {.count = 2, .op = {{OP_LOCK, 0, 0}, {OP_UNLOCK, 0, 0}}},
	};
	u64 begin;

	*bad = 0;
	collect(m, "map-fast-lock", &lock_calls);
	collect(m, "map-fast-unlock", &unlock_calls);
	if (!lock_calls.count || !unlock_calls.count)
		return 0;
	lock_calls.fn = (uintptr_t)m->ops->acquire;
	unlock_calls.fn = (uintptr_t)m->ops->release;
	trial_begin(m->trial, &alone, m->ops);
	rate.ops = m->ops;
	rate.core = m->trial->world->core[0];
	rate.lock = trial_lock(m->trial, 0);
	rate.stepper = (struct stepper){.context = &rate.context,
					.base = &rate.core->cpu,
					.full_speed = true,
					.on_nmi = in_nmi};
	begin = clock_now_ns();
	for (u32 i = 0; i < n / 2; i++) {
		if (one(&lock_calls, i, true) && one(&unlock_calls, i, false))
			continue;
		(*bad)++;
		rate.ops->init(rate.lock);
		memset(rate.core->cpu.lock_data, 0, sizeof(rate.core->cpu.lock_data));
	}
	return clock_now_ns() - begin;
}
