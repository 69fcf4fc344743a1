/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Directives: bring a trial into a situation, core by core. */
#include "trial.h"
#include "../kernel/job.h"

/*
 * Looks of a core that waits somewhere else than where it is wanted: enough for loops that
 * wait a bounded time before they queue (ATOMIC_HANDOVER_SPINS).
 */
#define LOOKS 1024
/* Steps of one core to a window: it never waits meanwhile, so any correct path is shorter. */
#define STEPS 100000

static bool fail(const struct directive *d, struct text *why, const char *fmt, ...) __printf(3, 4);
static bool fail(const struct directive *d, struct text *why, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	text_printf(why, "line %u: core %u ", d->line, d->core);
	text_vprintf(why, fmt, ap);
	va_end(ap);
	return false;
}

static void name_windows(struct text *out, u32 mask)
{
	const char *sep = "";

	for (u32 i = 0; mask; i++, mask >>= 1) {
		if (!(mask & 1))
			continue;
		text_printf(out, "%sW%u", sep, i);
		sep = " or ";
	}
}

/* "W7", or the function where there is no window. */
static void name_place(const struct trial *t, u32 core, struct text *out)
{
	int window = lock_window(vcore_pc(t->world->core[core]));

	if (window >= 0)
		text_printf(out, "in W%d", window);
	else
		text_printf(out, "outside all windows");
}

static bool in_windows(const struct trial *t, u32 core, u32 mask)
{
	const struct vcore *v = t->world->core[core];
	int window = lock_window(vcore_pc(v));

	return v->live.state != VCORE_DONE && window >= 0 && (mask & 1u << window) &&
	       lock_of_text(vcore_pc(v)) == t->ops;
}

static bool not_reached(const struct trial *t, const struct directive *d, struct text *why,
			const char *verb)
{
	char goal[80], place[40];
	struct text g = TEXT_INIT(goal), p = TEXT_INIT(place);

	goal[0] = '\0';
	name_windows(&g, d->arg);
	name_place(t, d->core, &p);
	return fail(d, why, "%s %s and did not reach %s", verb, place, goal);
}

static bool run_to_window(struct trial *t, const struct directive *d, struct text *why)
{
	u32 looks = 0;

	for (u32 n = 0; n < STEPS; n++) {
		if (in_windows(t, d->core, d->arg))
			return true;
		switch (world_step(t->world, d->core, 1)) {
		case WORLD_DONE:
			return fail(d, why, "ended before it reached the window");
		case WORLD_WAITS:
			if (++looks > LOOKS)
				return not_reached(t, d, why, "waits");
			break;
		default:
			break;
		}
	}
	return not_reached(t, d, why, "is still");
}

static bool run_to_wait(struct trial *t, const struct directive *d, struct text *why)
{
	for (u32 looks = 0; looks < LOOKS; looks++) {
		switch (world_step(t->world, d->core, STEPS)) {
		case WORLD_DONE:
			return fail(d, why, "ended instead of waiting");
		case WORLD_WAITS:
			if (!d->arg || in_windows(t, d->core, d->arg))
				return true;
			break;
		default:
			return not_reached(t, d, why, "is still");
		}
	}
	return not_reached(t, d, why, "waits");
}

static bool run_to_hold(struct trial *t, const struct directive *d, struct text *why)
{
	u32 looks = 0;

	for (u32 n = 0; n < STEPS; n++) {
		if (t->state->held[d->core] & 1u << d->arg)
			return true;
		switch (world_step(t->world, d->core, 1)) {
		case WORLD_DONE:
			return fail(d, why, "ended without %c", 'A' + (char)d->arg);
		case WORLD_WAITS:
			if (++looks > LOOKS)
				return fail(d, why, "waits for %c", 'A' + (char)d->arg);
			break;
		default:
			break;
		}
	}
	return fail(d, why, "did not get %c in %u steps", 'A' + (char)d->arg, STEPS);
}

static bool run_to_end(struct trial *t, const struct directive *d, struct text *why)
{
	char place[40];
	struct text p = TEXT_INIT(place);

	for (u32 looks = 0; looks < LOOKS; looks++) {
		if (t->world->core[d->core]->live.state == VCORE_DONE ||
		    world_step(t->world, d->core, STEPS) == WORLD_DONE)
			return true;
	}
	name_place(t, d->core, &p);
	return fail(d, why, "waits %s and cannot end alone", place);
}

static bool run_steps(struct trial *t, const struct directive *d, struct text *why)
{
	struct vcore *v = t->world->core[d->core];
	u64 end = v->live.steps + d->arg;

	while (v->live.steps < end) {
		if (world_step(t->world, d->core, end - v->live.steps) == WORLD_DONE)
			return fail(d, why, "ended before it had done %llu steps",
				    (unsigned long long)d->arg);
	}
	return true;
}

static bool send_nmi(struct trial *t, const struct directive *d, struct text *why)
{
	struct vcore *v = t->world->core[d->core];

	if (v->live.level)
		return fail(d, why, "is in an NMI already: none nest");
	if (!world_nmi(t->world, d->core, false))
		return fail(d, why, "cannot take an NMI where it is");
	return true;
}

static bool carry_out(struct trial *t, const struct directive *d, struct text *why)
{
	switch (d->kind) {
	case DO_RUN_WINDOW:
		return run_to_window(t, d, why);
	case DO_RUN_WAITS:
		return run_to_wait(t, d, why);
	case DO_RUN_HOLDS:
		return run_to_hold(t, d, why);
	case DO_RUN_DONE:
		return run_to_end(t, d, why);
	case DO_RUN_STEPS:
		return run_steps(t, d, why);
	case DO_NMI:
		return send_nmi(t, d, why);
	case DO_HOLD:
		t->state->still |= 1u << d->core;
		return true;
	case DO_FREE:
		t->state->still &= ~(1u << d->core);
		return true;
	case DO_WAIT:
		t->world->now += d->arg;
		t->waited += d->arg;
		return true;
	case DO_RUN_ALL:
		trial_finish(t, t->state->still);
		return true;
	default:
		return true;
	}
}

int trial_directives(struct trial *t, u32 first, bool stop_at_map, struct text *why)
{
	const struct program *p = t->program;

	for (u32 i = first; i < p->nr_directives; i++) {
		if (stop_at_map && p->directive[i].kind == DO_MAP)
			return i;
		if (t->state->fault)
			break;
		if (!carry_out(t, &p->directive[i], why))
			return -1;
	}
	return p->nr_directives;
}
