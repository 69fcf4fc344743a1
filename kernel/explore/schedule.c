/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <arch/types.h>
#include "../clock.h"
#include "../job.h"
#include "../mem.h"
#include "../string.h"
#include "schedule.h"

/* How often the clock is looked at, in places. */
#define LOOKS 8

/* A place with alternatives left, and the world as it was there. */
struct explore_frame {
	size_t saved; /* in the arena */
	u32 path, keys, preemptions, nmis;
	u8 core, cores_left, nmis_left;
	bool going;
};

int explorer_init(struct explorer *e, struct world *w)
{
	void *table = mem_alloc(EXPLORE_SEEN, CACHE_LINE);

	memset(e, 0, sizeof(*e));
	e->world = w;
	e->max_frames = EXPLORE_FRAMES;
	e->frame = mem_alloc(e->max_frames * sizeof(*e->frame), CACHE_LINE);
	e->arena_size = EXPLORE_ARENA;
	e->arena = mem_alloc(e->arena_size, CACHE_LINE);
	e->key = mem_alloc(EXPLORE_KEYS * sizeof(*e->key), CACHE_LINE);
	if (!table || !e->frame || !e->arena || !e->key)
		return -ENOMEM;
	seen_init(&e->seen, table, EXPLORE_SEEN);
	return 0;
}

bool explore_late(struct explorer *e)
{
	if (!e->stopped && ++e->ticks % LOOKS == 0)
		e->stopped = clock_now_ns() >= e->end_ns || job_should_stop();
	return e->stopped;
}

u64 share_next(struct explore_share *s)
{
	return s->shard + (u64)s->shards * __atomic_fetch_add(&s->next, 1, __ATOMIC_RELAXED);
}

/* ---- One run */

void run_begin(struct explorer *e)
{
	e->target.begin(e->target.arg);
	schedule_cut(&e->path, 0);
	e->core = 0;
	e->going = false;
	e->preemptions = e->bounds.preemptions;
	e->nmis = e->bounds.nmis;
	e->run_steps = 0;
	if (e->watch)
		e->watch->began(e);
}

/* @points: the boundaries between these steps were no places to decide by choice. */
static void count_steps(struct explorer *e, bool points)
{
	u64 steps = e->world->steps - e->run_steps;

	e->run_steps = e->world->steps;
	if (!e->counting)
		return;
	e->counts.steps += steps;
	if (points && steps)
		e->counts.skipped += steps - 1;
}

/*
 * The world stops at points even where nothing is decided: a write and its undoing between two
 * stops would wake nobody, and then it mattered to a run where it was asked.
 */
void run_on(struct explorer *e, bool stop_at_points)
{
	struct world *w = e->world;
	bool every = stop_at_points && !e->bounds.points;
	struct world_until until = {.steps = every, .points = !every};
	enum world_event event;

	do {
		event = world_run(w, e->core, &until);
		if (e->watch)
			e->watch->ran(e);
	} while (event == WORLD_POINT && !stop_at_points &&
		 world_position(w) <= e->target.max_steps && !e->target.broken(e->target.arg));
	e->going = event == WORLD_POINT || event == WORLD_LIMIT;
	count_steps(e, stop_at_points);
}

/* Cores that an NMI would find in their program's task. */
static u32 interruptible(const struct world *w)
{
	u32 mask = 0;

	for (u32 i = 0; i < w->cores; i++) {
		const struct vcore_live *live = &w->core[i]->live;

		if (live->state != VCORE_DONE && live->level == 0 && !live->task_done)
			mask |= 1u << i;
	}
	return mask;
}

bool run_at_place(struct explorer *e, struct place *p, enum run_end *end)
{
	struct world *w = e->world;
	u32 ready = world_ready(w), self = 1u << e->core;

	if (e->target.broken(e->target.arg)) {
		*end = RUN_BROKEN;
		return false;
	}
	if (world_done(w) || world_position(w) > e->target.max_steps) {
		*end = world_done(w) ? RUN_DONE : RUN_ENDLESS;
		return false;
	}
	p->def = ready ? world_default(w, e->core) : WORLD_CORES;
	p->nmis = interruptible(w) & e->target.nmi_cores;
	p->cores = ready ? ready & ~(1u << p->def) : 0;
	if (e->going && !e->preemptions) {
		p->cores &= self;
		p->nmis &= self;
	}
	if (!e->nmis)
		p->nmis = 0;
	return true;
}

bool run_decide(struct explorer *e, u32 kind, u32 core)
{
	struct world *w = e->world;
	struct decision d = {.at = world_position(w),
			     .steps = w->core[e->core]->live.steps,
			     .kind = kind,
			     .core = core,
			     .from = e->core,
			     .preempts = e->going && core != e->core};

	if (kind == DECIDE_NMI && !world_nmi(w, core, false))
		return false;
	schedule_add(&e->path, &d);
	e->preemptions -= d.preempts && e->preemptions;
	e->nmis -= kind == DECIDE_NMI && e->nmis;
	e->core = core;
	if (e->watch)
		e->watch->decided(e, &d);
	return true;
}

bool run_default(struct explorer *e, const struct place *p)
{
	bool more = true;

	if (p->def == WORLD_CORES)
		more = world_idle(e->world);
	else
		e->core = p->def;
	e->going = false;
	count_steps(e, false);
	if (e->watch && p->def == WORLD_CORES)
		e->watch->idled(e);
	return more;
}

u32 run_verdict(struct explorer *e, enum run_end end)
{
	return e->target.check(e->target.arg, end);
}

u32 run_finish(struct explorer *e, enum run_end end)
{
	u32 kind = run_verdict(e, end);
	u32 bit = 1u << kind;

	e->counts.schedules++;
	e->counts.longest = MAX(e->counts.longest, world_position(e->world));
	if (!kind)
		return 0;
	e->counts.failures[kind]++;
	e->stopped |= e->bounds.first;
	e->counts.unprintable += e->path.overflow;
	if (!(e->has_best & bit) || schedule_compare(&e->path, &e->best[kind]) < 0)
		e->best[kind] = e->path;
	e->has_best |= bit;
	return kind;
}

/* ---- All of them */

static bool push(struct explorer *e, const struct place *p)
{
	struct explore_frame *f = &e->frame[e->nr_frames];

	if (e->nr_frames == e->max_frames ||
	    e->arena_size - e->arena_used < world_save_max(e->world)) {
		e->counts.unsaved++;
		return false;
	}
	*f = (struct explore_frame){.saved = e->arena_used,
				    .path = e->path.count,
				    .keys = e->nr_keys,
				    .preemptions = e->preemptions,
				    .nmis = e->nmis,
				    .core = e->core,
				    .cores_left = p->cores,
				    .nmis_left = p->nmis,
				    .going = e->going};
	e->arena_used += ALIGN_UP(world_save(e->world, e->arena + f->saved), sizeof(u64));
	e->nr_frames++;
	return true;
}

/* Back to where @f was saved. */
static void restore(struct explorer *e, const struct explore_frame *f)
{
	world_restore(e->world, e->arena + f->saved);
	schedule_cut(&e->path, f->path);
	e->nr_keys = f->keys;
	e->core = f->core;
	e->going = f->going;
	e->preemptions = f->preemptions;
	e->nmis = f->nmis;
	e->run_steps = e->world->steps;
}

static bool take_lowest(u8 *mask, u32 *i)
{
	if (!*mask)
		return false;
	*i = __builtin_ctz(*mask);
	*mask &= *mask - 1;
	return true;
}

/* Make the next decision of the topmost place that has one left, and go on from there. */
static bool next_alternative(struct explorer *e, u32 bottom)
{
	while (e->nr_frames > bottom) {
		struct explore_frame *f = &e->frame[e->nr_frames - 1];
		u32 core, kind = DECIDE_CORE;
		bool any = take_lowest(&f->cores_left, &core);

		if (!any) {
			kind = DECIDE_NMI;
			any = take_lowest(&f->nmis_left, &core);
		}
		if (any) {
			restore(e, f);
			if (run_decide(e, kind, core))
				return true;
			continue;
		}
		e->arena_used = f->saved;
		e->nr_frames--;
	}
	return false;
}

static bool budget_left(const struct explorer *e)
{
	return e->preemptions || e->nmis;
}

enum known { NEW, SEEN, CYCLE };

static enum known known(struct explorer *e, bool idle)
{
	u64 key = world_hash(e->world);
	bool before;

	/* Odd multipliers of splitmix64: who runs and what is left are part of the state. */
	key ^= (u64)(e->core * 2 + e->going) * 0xbf58476d1ce4e5b9ull;
	key ^= (u64)(e->preemptions * 64 + e->nmis + 1) * 0x94d049bb133111ebull;
	key ^= idle;
	if (e->target.mark)
		key = world_mix(key, e->target.mark(e->target.arg));
	before = seen_before(&e->seen, key);
	for (u32 i = 0; before && i < e->nr_keys; i++)
		if (e->key[i] == key)
			return CYCLE;
	if (e->nr_keys < EXPLORE_KEYS)
		e->key[e->nr_keys++] = key;
	return before ? SEEN : NEW;
}

/* This very run was here before, so its choices may lead round for ever. Does the default? */
static void run_out(struct explorer *e)
{
	enum run_end end = RUN_HANG;
	struct place p;

	while (run_at_place(e, &p, &end)) {
		if (explore_late(e))
			return;
		end = RUN_HANG;
		if (!run_default(e, &p))
			break;
		if (p.def != WORLD_CORES)
			run_on(e, false);
	}
	run_finish(e, end);
}

/* From a decision just made to the end of the run, keeping what else could have been done. */
static void descend(struct explorer *e)
{
	enum run_end end = RUN_HANG;
	struct place p;

	run_on(e, budget_left(e));
	while (run_at_place(e, &p, &end)) {
		if (explore_late(e))
			return;
		e->counts.points++;
		if (e->bounds.states) {
			enum known k = known(e, p.def == WORLD_CORES);

			if (k == CYCLE) {
				run_out(e);
				return;
			}
			if (k == SEEN) {
				e->counts.seen++;
				return;
			}
		}
		if (p.cores | p.nmis)
			push(e, &p);
		end = RUN_HANG;
		if (!run_default(e, &p))
			break;
		if (p.def != WORLD_CORES)
			run_on(e, budget_left(e));
	}
	run_finish(e, end);
}

/* Everything below the decision just made. */
static void subtree(struct explorer *e)
{
	u32 bottom = e->nr_frames;

	seen_clear(&e->seen);
	do {
		descend(e);
	} while (!explore_late(e) && next_alternative(e, bottom));
	while (e->nr_frames > bottom)
		e->arena_used = e->frame[--e->nr_frames].saved;
	e->counts.chosen += !e->stopped;
}

struct walk {
	u64 index, mine;
};

static bool is_mine(struct explorer *e, struct walk *walk)
{
	bool mine = walk->index == walk->mine && !e->stopped;

	/* Every core of this machine walks along them all. */
	e->counts.choices += walk->index % e->share->shards == e->share->shard;
	walk->index++;
	if (mine)
		walk->mine = share_next(e->share);
	return mine;
}

/* The first-level choices at this place of the default run. */
static void first_level(struct explorer *e, struct walk *walk, const struct place *p)
{
	u32 base = e->nr_frames;

	if (!(p->cores | p->nmis) || !push(e, p))
		return;
	for (u32 bit = 0; bit < 2 * WORLD_CORES; bit++) {
		u32 core = bit % WORLD_CORES;
		u32 kind = bit < WORLD_CORES ? DECIDE_CORE : DECIDE_NMI;

		if (!((kind == DECIDE_CORE ? p->cores : p->nmis) & (1u << core)))
			continue;
		if (!is_mine(e, walk))
			continue;
		restore(e, &e->frame[base]);
		e->counting = true;
		if (run_decide(e, kind, core))
			subtree(e);
		e->counting = false;
	}
	restore(e, &e->frame[base]);
	e->arena_used = e->frame[base].saved;
	e->nr_frames = base;
}

/* The default order to its end, with its first-level choices or alone. */
static void default_run(struct explorer *e, struct walk *walk)
{
	enum run_end end = RUN_HANG;
	struct place p;

	run_begin(e);
	while (run_at_place(e, &p, &end)) {
		if (walk)
			first_level(e, walk, &p);
		else
			e->counts.points++;
		end = RUN_HANG;
		if (!run_default(e, &p))
			break;
		if (p.def != WORLD_CORES)
			run_on(e, budget_left(e));
	}
	if (!walk)
		run_finish(e, end);
}

void explore_all(struct explorer *e)
{
	struct walk walk = {.mine = share_next(e->share)};

	e->nr_frames = 0;
	e->arena_used = 0;
	e->nr_keys = 0;
	e->counting = false;
	default_run(e, &walk);
	e->counting = true;
	if (is_mine(e, &walk)) {
		default_run(e, NULL);
		e->counts.chosen++;
	}
	e->counts.forgotten += e->seen.dropped;
	e->seen.dropped = 0;
}
