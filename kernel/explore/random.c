/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Random schedules with a guarantee: see struct explore_random. */
#include "../rng.h"
#include "../string.h"
#include "schedule.h"

#define DEPTH_MAX 8
#define NMIS_MAX  8

/* Points of a run may be so many times those of the default order. */
#define LONGER 2

/* One run's choices, all made before it begins. */
struct plan {
	u32 priority[WORLD_CORES]; /* larger goes first */
	u64 change[DEPTH_MAX], nmi[NMIS_MAX];
	u64 rng;
};

static u64 default_points(struct explorer *e)
{
	enum run_end end;
	struct place p;
	u64 points = 0;

	run_begin(e);
	while (run_at_place(e, &p, &end)) {
		points++;
		if (!run_default(e, &p))
			break;
		if (p.def != WORLD_CORES)
			run_on(e, true);
	}
	return points;
}

/* Priorities above @depth in random order, then where they change. */
static void plan_run(struct plan *plan, const struct explore_random *r, u32 cores)
{
	for (u32 i = 0; i < cores; i++) {
		u32 j = rng_below(&plan->rng, i + 1);

		plan->priority[i] = plan->priority[j];
		plan->priority[j] = r->depth + i;
	}
	for (u32 i = 0; i + 1 < r->depth; i++)
		plan->change[i] = rng_below(&plan->rng, r->points);
	for (u32 i = 0; i < r->nmis; i++)
		plan->nmi[i] = rng_below(&plan->rng, r->points);
}

static u32 highest(const struct plan *plan, u32 mask)
{
	u32 best = WORLD_CORES;

	for (u32 i = 0; i < WORLD_CORES; i++) {
		if (!(mask & (1u << i)))
			continue;
		if (best == WORLD_CORES || plan->priority[i] > plan->priority[best])
			best = i;
	}
	return best;
}

/* One of the cores in @mask, which is not empty. */
static u32 any_of(struct plan *plan, u32 mask)
{
	u32 core[WORLD_CORES], n = 0;

	for (u32 i = 0; i < WORLD_CORES; i++)
		if (mask & (1u << i))
			core[n++] = i;
	return core[rng_below(&plan->rng, n)];
}

/* Is an NMI due at point @n? One that found nobody stays due. */
static bool take_due(struct plan *plan, u32 nmis, u64 n)
{
	for (u32 i = 0; i < nmis; i++) {
		if (plan->nmi[i] > n)
			continue;
		plan->nmi[i] = ~0ull;
		return true;
	}
	return false;
}

/* Return: false if nobody will ever go on. */
static bool random_step(struct explorer *e, struct explore_random *r, struct plan *plan,
			const struct place *p, u64 n)
{
	u32 ready = world_ready(e->world), next;

	for (u32 i = 0; i + 1 < r->depth; i++)
		if (plan->change[i] == n)
			plan->priority[e->core] = r->depth - 1 - i;
	if (p->nmis && take_due(plan, r->nmis, n)) {
		run_decide(e, DECIDE_NMI, any_of(plan, p->nmis));
		run_on(e, true);
		return true;
	}
	if (!ready)
		return run_default(e, p);
	next = highest(plan, ready);
	if (next == p->def)
		run_default(e, p);
	else
		run_decide(e, DECIDE_CORE, next);
	run_on(e, true);
	return true;
}

static void random_run(struct explorer *e, struct explore_random *r, u64 seed)
{
	struct plan plan = {.rng = seed};
	enum run_end end = RUN_HANG;
	struct place p;
	u64 n = 0;

	run_begin(e);
	/* Nothing is beyond the bounds here. */
	e->preemptions = e->nmis = ~0u;
	plan_run(&plan, r, e->world->cores);
	for (; run_at_place(e, &p, &end); n++) {
		if (explore_late(e))
			return;
		e->counts.points++;
		end = RUN_HANG;
		if (!random_step(e, r, &plan, &p, n))
			break;
	}
	r->longer += n > r->points;
	run_finish(e, end);
}

void explore_random(struct explorer *e, struct explore_random *r)
{
	u64 i;

	r->depth = MIN(MAX(r->depth, 1u), (u32)DEPTH_MAX);
	r->nmis = MIN(r->nmis, (u32)NMIS_MAX);
	e->end_ns = r->end_ns;
	e->counting = false;
	r->points = LONGER * default_points(e);
	e->counting = true;
	for (i = share_next(e->share); i < r->runs && !e->stopped; i = share_next(e->share))
		random_run(e, r, rng_seed(r->seed, i));
}
