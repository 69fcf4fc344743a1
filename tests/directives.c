/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Directives: bring a trial into a situation, core by core. */
#include "trial.h"
#include "../kernel/job.h"
#include "../kernel/string.h"
#include "../kernel/symbols.h"

/*
 * Looks of a core that waits somewhere else than where it is wanted: enough for loops that
 * wait a bounded time before they queue (ATOMIC_HANDOVER_SPINS).
 */
#define LOOKS 600
/* Steps of one core to a place: many times a slow path with all its scans. */
#define STEPS 100000
/* How often time may pass for one directive: a wait has a scan a millisecond at most. */
#define IDLES 1100
/* Ten times less than the shortest interval at which a waiter looks at the clock. */
#define WAIT_SHORT (100 * NSEC_PER_USEC)
/* A window and a symbol. */
#define PLACE_MAX 80

static bool fail(const struct directive *d, struct text *why, const char *fmt, ...) __printf(3, 4);
static bool fail(const struct directive *d, struct text *why, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	/* The window map adds some that are in no text. */
	if (d->line)
		text_printf(why, "line %u: ", d->line);
	text_printf(why, "core %u ", d->core);
	text_vprintf(why, fmt, ap);
	va_end(ap);
	return false;
}

static bool is_done(const struct trial *t, u32 core)
{
	return t->world->core[core]->live.state == VCORE_DONE;
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

/* "in W7 at rq_7_2_slowpath+0x31". */
static void name_place(const struct trial *t, u32 core, struct text *out)
{
	uintptr_t pc = vcore_pc(t->world->core[core]);
	int window = lock_window(pc);
	size_t offset = 0;
	const char *name = symbol_name(pc, &offset);

	if (window >= 0)
		text_printf(out, "in W%d", window);
	else
		text_printf(out, "outside all windows");
	text_printf(out, " at %s+%#zx", name ? name : "?", offset);
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
	char goal[80], place[PLACE_MAX] = "";
	struct text g = TEXT_INIT(goal), p = TEXT_INIT(place);

	if (!is_done(t, d->core))
		name_place(t, d->core, &p);
	name_windows(&g, d->arg);
	return fail(d, why, "%s %s%sand did not reach %s", verb, place, place[0] ? " " : "", goal);
}

/**
 * struct lone - one core on its way, alone
 * @looks: since time last passed; @idles: how often it did
 */
struct lone {
	u32 steps, looks, idles;
};

/*
 * One instruction further. Where the core waits it looks again, and when that does not help
 * time passes for it alone: then only its own timeout or deadlock check brings it on.
 */
static bool lone_step(struct trial *t, u32 core, struct lone *l)
{
	struct world *w = t->world;
	bool moved;

	if (l->steps++ == STEPS)
		return false;
	if (world_step(w, core, 1) != WORLD_WAITS || ++l->looks < LOOKS)
		return true;
	l->looks = l->steps = 0;
	/* For the others time passes too, in the waits that they are in. */
	w->still = t->state->still | 1u << core;
	if (!l->idles)
		world_start_clocks(w);
	w->still = ~(1u << core);
	moved = world_ready(w) || world_idle(w);
	w->still = 0;
	return moved && ++l->idles < IDLES;
}

static bool run_to_window(struct trial *t, const struct directive *d, struct text *why)
{
	struct lone l = {0};

	while (!in_windows(t, d->core, d->arg)) {
		if (is_done(t, d->core))
			return not_reached(t, d, why, "ended");
		if (!lone_step(t, d->core, &l))
			return not_reached(t, d, why, "waits");
	}
	return true;
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
	struct lone l = {0};
	char lock = 'A' + (char)d->arg, place[PLACE_MAX];
	struct text p = TEXT_INIT(place);

	while (!(t->state->held[d->core] & 1u << d->arg)) {
		if (is_done(t, d->core))
			return fail(d, why, "ended without %c", lock);
		if (lone_step(t, d->core, &l))
			continue;
		name_place(t, d->core, &p);
		return fail(d, why, "waits %s and does not get %c", place, lock);
	}
	return true;
}

static bool run_to_end(struct trial *t, const struct directive *d, struct text *why)
{
	struct lone l = {0};
	char place[PLACE_MAX];
	struct text p = TEXT_INIT(place);

	while (!is_done(t, d->core)) {
		if (lone_step(t, d->core, &l))
			continue;
		name_place(t, d->core, &p);
		return fail(d, why, "waits %s and cannot end alone", place);
	}
	return true;
}

static bool in_slow_path(const struct trial *t, u32 core)
{
	size_t offset;
	const char *name = symbol_name(vcore_pc(t->world->core[core]), &offset);

	for (; name && *name; name++) {
		/* Linux's test-and-set path without queues is a function of its own. */
		if (!strncmp(name, "slow", 4) || !strncmp(name, "tas_spin_lock", 13))
			return true;
	}
	return false;
}

static bool run_to_slow_path(struct trial *t, const struct directive *d, struct text *why)
{
	for (u32 n = 0; n < STEPS; n++) {
		if (in_slow_path(t, d->core))
			return true;
		if (world_step(t->world, d->core, 1) == WORLD_DONE)
			return fail(d, why, "ended before it reached a slow path");
	}
	return fail(d, why, "did not reach a slow path in %u steps", STEPS);
}

/* Everybody goes on until all wait, and then until one of them will act. */
static bool idle_once(struct trial *t, const struct directive *d, struct text *why)
{
	struct world *w = t->world;
	u64 before = w->now;
	u32 ready, looks = 0;
	bool moved;

	w->still = t->state->still;
	while ((ready = world_ready(w)) && looks++ < LOOKS)
		world_step(w, __builtin_ctz(ready), STEPS);
	moved = !ready && world_idle(w);
	w->still = 0;
	t->waited += w->now - before;
	if (!moved)
		text_printf(why, "line %u: idle: %s", d->line,
			    ready ? "somebody can go on" : "nobody waits for time to pass");
	return moved;
}

static bool run_steps(struct trial *t, const struct directive *d, struct text *why)
{
	struct vcore *v = t->world->core[d->core];
	u64 end = v->live.steps + d->arg;

	t->stepped += d->arg;
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

/* NMIs that were sent go on before those that they do not interrupt. */
static void begin_nmis(struct trial *t)
{
	for (u32 i = 0; i < t->world->cores; i++) {
		const struct vcore_live *live = &t->world->core[i]->live;

		if (live->level && live->fresh[live->level] && !(t->state->still & 1u << i))
			world_step(t->world, i, STEPS);
	}
}

/* Whoever may go on does, until it waits or is done. */
static void run_ready(struct trial *t)
{
	u32 ready;

	while ((ready = world_ready(t->world)) && !t->state->fault) {
		for (u32 i = 0; i < t->world->cores; i++) {
			if (ready & 1u << i)
				world_step(t->world, i, STEPS);
		}
	}
}

/* Those that waited look whether what has changed since concerns them. */
static void look_around(struct trial *t)
{
	struct world *w = t->world;
	bool again = true;

	for (u32 n = 0; again && n < LOOKS; n++) {
		again = false;
		for (u32 i = 0; i < w->cores; i++) {
			if (t->state->still & 1u << i || w->core[i]->live.state != VCORE_READY ||
			    !trial_at_wait(t, w->core[i]))
				continue;
			world_step(w, i, STEPS);
			again = true;
		}
	}
}

/*
 * Who could go on stands still: it is slow. Who waits acts when its time has come. A wait of
 * some microseconds only sets moments apart.
 */
static void let_time_pass(struct trial *t, u64 ns)
{
	struct world *w = t->world;
	u64 end = w->now + ns;

	look_around(t);
	w->still = world_ready(w) | t->state->still;
	if (ns <= WAIT_SHORT)
		world_start_clocks(w);
	for (u32 n = 0; ns > WAIT_SHORT && n < IDLES && w->now < end && world_idle(w); n++) {
		w->now = MIN(w->now, end);
		run_ready(t);
	}
	w->now = end;
	w->still = 0;
	t->waited += ns;
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
	case DO_RUN_SLOW:
		return run_to_slow_path(t, d, why);
	case DO_IDLE:
		return idle_once(t, d, why);
	case DO_RUN_STEPS:
		return run_steps(t, d, why);
	case DO_NMI:
		return send_nmi(t, d, why);
	case DO_HOLD:
		/* A wait that it is in has begun. */
		t->world->still = ~(1u << d->core);
		world_start_clocks(t->world);
		t->world->still = 0;
		t->state->still |= 1u << d->core;
		return true;
	case DO_FREE:
		t->state->still &= ~(1u << d->core);
		return true;
	case DO_WAIT:
		let_time_pass(t, d->arg);
		return true;
	case DO_RUN_ALL:
		begin_nmis(t);
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
