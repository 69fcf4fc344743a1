/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What need not be run again, because the boundary before has shown it.
 *
 * A handler: most instructions of its victim change registers only, which stand still while it
 * runs. Then everything that it could look at is as it was, and so is what it does.
 *
 * How all goes on after it: at most boundaries it leaves the same behind as at the next one.
 * Then the run after the first comes, one instruction of the victim later, to the very state
 * in which the run after the second begins, and from there on they are one run. So a run
 * remembers the states it passes before the victim's first instructions, and one that meets
 * such a state takes over its end.
 *
 * The real NMI comes at every boundary all the same, and is compared with what is said here.
 */
#include "trial.h"
#include "winmap_nmi.h"
#include "../kernel/string.h"

/* A handler that takes more never ends. */
#define HANDLER_STEPS 4000000

/* The records of attempts, as far as they decide how these will be judged. */
static u64 mix_attempts(u64 key, const struct trial_state *st)
{
	for (u32 i = 0; i < st->nr_attempts; i++) {
		const struct trial_attempt *a = &st->attempt[i];

		key = world_mix(key, (u64)a->core | (u64)a->level << 8 | (u64)a->lock << 16 |
					     (u64)a->kind << 24 | (u64)a->over << 32);
		if (!a->over)
			key = world_mix(key, a->begin);
		else if (!a->level)
			key = world_mix(world_mix(key, a->end), (u64)(u32)a->rc << 32 | a->cause);
	}
	return key;
}

/* ---- The handler */

const struct trial_attempt *winmap_nmi_attempt(const struct winmap *m)
{
	const struct trial_state *st = m->trial->state;

	for (u32 i = m->first_attempt; i < st->nr_attempts; i++)
		if (st->attempt[i].level)
			return &st->attempt[i];
	return NULL;
}

/* What belongs to the interrupted task alone: registers, stack, how far its call is. */
struct frozen {
	struct step_context context;
	uintptr_t from, long_wait;
	bool fresh, told_time;
};

static struct frozen take_frozen(struct winmap *m)
{
	const struct vcore *v = m->trial->world->core[m->inject.core];
	struct frozen f = {
		.context = v->live.context[0],
		.long_wait = v->live.long_wait,
		.fresh = v->live.fresh[0],
		.told_time = v->live.told_time[0],
	};

	f.from = ALIGN_DOWN(frame_sp(&f.context.frame), 8ul);
	memcpy(m->saved, (const void *)f.from, v->stack - f.from);
	return f;
}

static void put_frozen(struct winmap *m, const struct frozen *f)
{
	struct vcore *v = m->trial->world->core[m->inject.core];

	v->live.context[0] = f->context;
	v->live.long_wait = f->long_wait;
	v->live.fresh[0] = f->fresh;
	v->live.told_time[0] = f->told_time;
	memcpy((void *)f->from, m->saved, v->stack - f->from);
}

/* Of all but them. */
static u64 handler_key(struct winmap *m)
{
	struct vcore *v = m->trial->world->core[m->inject.core];
	struct frozen f = take_frozen(m);
	u64 key;

	memset(&v->live.context[0], 0, sizeof(v->live.context[0]));
	memset((void *)f.from, 0, v->stack - f.from);
	key = world_mix(world_hash(m->trial->world), f.from);
	put_frozen(m, &f);
	return mix_attempts(key, m->trial->state);
}

/* Nobody on the other cores goes by what stands on the victim's stack either. */
static void take_handler(struct winmap *m, const struct map_handler *h)
{
	struct frozen f = take_frozen(m);

	world_restore(m->trial->world, h->end);
	put_frozen(m, &f);
	m->nmi_steps = h->steps;
	m->handlers_reused++;
}

/* Let everybody go on until the handler is over. Return: false when nobody can go on. */
static bool finish_handler(struct winmap *m)
{
	static const struct world_until over = {.nmi_over = true};
	struct world *w = m->trial->world;
	u32 id = m->inject.core;
	const struct vcore *v = w->core[id];
	u64 steps = w->steps + HANDLER_STEPS;

	w->still = 0;
	while (v->live.level && w->steps < steps) {
		if (world_ready(w) >> id & 1)
			world_run(w, id, &over);
		else if (!inject_others(w, id) && !world_idle(w))
			break;
	}
	return !v->live.level;
}

/*
 * Was there no deadlock? Not if the lock becomes free, and is promised to nobody, while
 * the core that was refused stands still: then it had only to wait.
 */
static bool would_have_got_it(struct winmap *m)
{
	struct trial *t = m->trial;
	struct world *w = t->world;
	bool free;

	world_save(w, m->saved);
	w->still = 1u << m->inject.core;
	for (u32 i = 0; i < 100 && inject_others(w, m->inject.core); i++)
		;
	free = !t->ops->word(trial_lock(t, m->nmi_lock));
	w->still = 0;
	world_restore(w, m->saved);
	return free;
}

bool winmap_handle(struct winmap *m, enum map_takes takes)
{
	struct map_handler *h = &m->handler[takes];
	u64 key = handler_key(m);
	const struct trial_attempt *a;

	if (key == h->key && !m->whole) {
		take_handler(m, h);
		return h->alone;
	}
	h->key = key;
	h->steps = m->nmi_steps;
	h->alone = inject_handler_alone(&m->inject);
	if (!finish_handler(m))
		m->trial->state->fault = TRIAL_HANG;
	a = winmap_nmi_attempt(m);
	h->in_vain = a && a->over && a->rc == -EDEADLK && would_have_got_it(m);
	world_save(m->trial->world, h->end);
	return h->alone;
}

/* ---- How all goes on */

static enum trial_watch look(struct trial *t, void *arg)
{
	struct winmap *m = arg;
	const struct map_finish *f = &m->finish[m->rows[m->nr_rows].takes];
	u64 key = mix_attempts(world_mix(world_hash(t->world), m->nmi_ns), t->state);

	for (u32 i = 0; i < f->nr_keys; i++)
		if (f->key[i] == key)
			return WATCH_STOP;
	if (m->nr_passed == MAP_STATES)
		return WATCH_NO_MORE;
	m->passed[m->nr_passed++] = key;
	return WATCH_ON;
}

/* The known end, but for what was over before: that belongs to this run. */
static void take_end(struct winmap *m, const struct map_finish *f)
{
	struct trial_state *st = m->trial->state;
	struct trial_attempt own[PROGRAM_ATTEMPTS];
	u32 n = st->nr_attempts;

	memcpy(own, st->attempt, n * sizeof(own[0]));
	world_restore(m->trial->world, f->end);
	for (u32 i = 0; i < n; i++)
		if (own[i].over)
			st->attempt[i] = own[i];
	m->ends_reused++;
}

void winmap_finish(struct winmap *m, enum map_takes takes)
{
	struct trial *t = m->trial;
	struct map_finish *f = &m->finish[takes];
	struct trial_watcher watcher = {.core = m->inject.core, .look = look, .arg = m};

	if (m->whole) {
		trial_finish(t, 0);
		return;
	}
	m->nr_passed = 0;
	trial_finish_watched(t, 0, &watcher);
	if (watcher.stopped) {
		take_end(m, f);
	} else {
		f->nr_keys = 0;
		world_save(t->world, f->end);
	}
	for (u32 i = 0; i < m->nr_passed && f->nr_keys < MAP_KEYS; i++)
		f->key[f->nr_keys++] = m->passed[i];
}

void winmap_forget(struct winmap *m)
{
	for (u32 i = 0; i < NR_MAP_TAKES; i++)
		m->handler[i].key = m->finish[i].nr_keys = 0;
}
