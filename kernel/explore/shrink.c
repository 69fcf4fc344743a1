/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One schedule again, and smaller ones that fail in the same way. */
#include "schedule.h"

/* Is this the place that @d means? */
static bool is_due(const struct explorer *e, const struct decision *d, enum run_follow how)
{
	if (how == FOLLOW_EXACTLY)
		return world_position(e->world) == d->at;
	return e->core == d->from && e->world->core[e->core]->live.steps >= d->steps;
}

static bool can_be_made(const struct place *p, const struct decision *d)
{
	return (d->kind == DECIDE_NMI ? p->nmis : p->cores) & (1u << d->core);
}

bool explore_run(struct explorer *e, const struct schedule *s, enum run_follow how, u32 *kind)
{
	enum run_end end = RUN_HANG;
	struct place p;
	u32 i = 0;

	run_begin(e);
	e->preemptions = e->nmis = SCHEDULE_MAX;
	while (run_at_place(e, &p, &end)) {
		bool due = i < s->count && is_due(e, &s->decision[i], how);
		bool made = due && can_be_made(&p, &s->decision[i]) &&
			    run_decide(e, s->decision[i].kind, s->decision[i].core);

		i += due;
		if (due && !made && how == FOLLOW_EXACTLY)
			return false;
		end = RUN_HANG;
		if (!made && !run_default(e, &p))
			break;
		if (made || p.def != WORLD_CORES)
			run_on(e, e->watch || i < s->count);
	}
	*kind = run_verdict(e, end);
	return how == FOLLOW_LOOSELY || i == s->count;
}

struct shrink {
	struct explorer *e;
	struct schedule *best;
	u32 kind, runs, most;
};

/* Does @candidate fail in the same way, and is what it comes to smaller? */
static bool smaller(struct shrink *s, const struct schedule *candidate)
{
	u32 kind;

	if (s->runs >= s->most || s->e->stopped)
		return false;
	s->runs++;
	explore_run(s->e, candidate, FOLLOW_LOOSELY, &kind);
	if (kind != s->kind || schedule_compare(&s->e->path, s->best) >= 0)
		return false;
	*s->best = s->e->path;
	return true;
}

static struct schedule candidate;

/* Without its decision @i. */
static bool drop(struct shrink *s, u32 i)
{
	candidate = *s->best;
	for (u32 j = i; j + 1 < candidate.count; j++)
		candidate.decision[j] = candidate.decision[j + 1];
	candidate.count--;
	return smaller(s, &candidate);
}

/* With decision @i as a switch without an NMI. */
static bool spare_nmi(struct shrink *s, u32 i)
{
	if (i >= s->best->count || s->best->decision[i].kind != DECIDE_NMI)
		return false;
	candidate = *s->best;
	candidate.decision[i].kind = DECIDE_CORE;
	return smaller(s, &candidate);
}

/* With decision @i earlier: half of its core's steps, then a quarter of them, ... */
static bool earlier(struct shrink *s, u32 i)
{
	bool any = false;

	for (u64 by = s->best->decision[i].steps / 2; by && i < s->best->count; by /= 2) {
		candidate = *s->best;
		if (candidate.decision[i].steps < by)
			continue;
		candidate.decision[i].steps -= by;
		any |= smaller(s, &candidate);
	}
	return any;
}

u32 explore_shrink(struct explorer *e, struct schedule *best, u32 kind, u32 runs)
{
	struct shrink s = {.e = e, .best = best, .kind = kind, .runs = 1, .most = runs};
	bool again = true;
	u32 seen;

	e->counting = false;
	if (!explore_run(e, best, FOLLOW_EXACTLY, &seen) || seen != kind)
		return 0;
	*best = e->path;
	while (again && s.runs < s.most) {
		again = false;
		/* From the end: what follows a dropped decision means less without it. */
		for (u32 i = best->count; i-- > 0;)
			again |= i < best->count && (drop(&s, i) || spare_nmi(&s, i));
		for (u32 i = 0; i < best->count; i++)
			again |= earlier(&s, i);
	}
	/* Leave the run of the result behind. */
	explore_run(e, best, FOLLOW_EXACTLY, &seen);
	return s.runs;
}
