/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "../clock.h"
#include "../report.h"
#include "../string.h"
#include "../symbols.h"
#include "replay.h"

#define COLUMN 30

typedef unsigned long long llu;

/* The watch functions get the explorer; one replay runs at a time. */
static struct replay *current;

__noinline void replay_stop(u64 position, u32 kind, u32 core)
{
	__asm__ volatile("" : : "r"(position), "r"(kind), "r"(core) : "memory");
}

static bool room(struct replay *r)
{
	if (r->lines++ < r->lines_max)
		return true;
	if (r->lines == r->lines_max + 1)
		report_line("# replay ... more than %u lines", r->lines_max);
	return false;
}

/* @text in the column of @core. */
static void print_in_column(struct replay *r, u32 core, u64 position, const char *text)
{
	char line[WORLD_CORES * (COLUMN + 2) + 60];
	struct text t = TEXT_INIT(line);

	if (!room(r))
		return;
	text_printf(&t, "# replay %6llu ", (llu)position);
	for (u32 i = 0; i < r->e->world->cores; i++)
		text_printf(&t, "| %-*s", COLUMN, i == core ? text : "");
	report_line("%s", line);
}

static void print_pc(struct replay *r, u32 core, u64 position, uintptr_t pc, u32 level)
{
	char buf[80];
	struct text t = TEXT_INIT(buf);
	size_t offset = 0;
	const char *name = symbol_name(pc, &offset);
	int window = symbol_window(pc);

	text_printf(&t, "%s%s+%#zx", level ? "nmi " : "", name ? name : "?", offset);
	if (window >= 0)
		text_printf(&t, " W%d", window);
	print_in_column(r, core, position, buf);
}

/* What has changed of the shared state. */
static void print_state(struct replay *r)
{
	for (u32 i = 0; i < REPLAY_ITEMS; i++) {
		char buf[REPLAY_TEXT];
		struct text t = TEXT_INIT(buf);

		buf[0] = '\0';
		if (!r->describe(r->arg, i, &t))
			return;
		if (!strcmp(buf, r->last[i]))
			continue;
		strlcpy(r->last[i], buf, REPLAY_TEXT);
		if (room(r))
			report_line("# replay        = %s", buf);
	}
}

/* Everything executed since the last look: all by core @core, in its context at @level. */
static void print_trace(struct replay *r, u32 core)
{
	struct stepper *s = &r->e->world->stepper;
	u32 n = MIN(s->trace_len, r->trace_max);

	for (u32 i = 0; i < n; i++)
		print_pc(r, core, r->position + i, s->trace[i], r->level[core]);
	if (s->trace_len > n)
		print_in_column(r, core, r->position + n, "...");
	s->trace_len = 0;
	r->level[core] = r->e->world->core[core]->live.level;
	r->position = world_position(r->e->world);
}

static void began(struct explorer *e)
{
	struct replay *r = current;
	struct stepper *s = &e->world->stepper;

	s->trace = r->trace;
	s->trace_max = r->trace_max;
	s->trace_len = 0;
	r->position = r->now = 0;
	memset(r->level, 0, sizeof(r->level));
	memset(r->last, 0, sizeof(r->last));
	print_state(r);
}

static void decided(struct explorer *e, const struct decision *d)
{
	struct replay *r = current;

	r->level[d->core] = e->world->core[d->core]->live.level;
	replay_stop(d->at, d->kind, d->core);
	if (!room(r))
		return;
	if (d->kind == DECIDE_NMI)
		report_line("# replay %6llu * an NMI on core %u%s", (llu)d->at, d->core,
			    d->preempts ? ", which goes on instead" : "");
	else
		report_line("# replay %6llu * core %u goes on%s", (llu)d->at, d->core,
			    d->preempts ? ", though the other one could" : "");
}

static void ran(struct explorer *e)
{
	struct replay *r = current;

	print_trace(r, e->core);
	print_state(r);
}

/* Passes of loops that all cores make while time passes are not worth a line each. */
static void idled(struct explorer *e)
{
	struct replay *r = current;
	struct world *w = e->world;
	u32 passes = w->stepper.trace_len;

	w->stepper.trace_len = 0;
	if (room(r))
		report_line(
			"# replay %6llu ... everybody waits: %u instructions stepped, others at "
			"full speed; the clock moves by %llu us",
			(llu)r->position, passes, (llu)((w->now - r->now) / NSEC_PER_USEC));
	r->now = w->now;
	r->position = world_position(w);
	print_state(r);
}

static const struct run_watch watch = {
	.began = began, .decided = decided, .ran = ran, .idled = idled};

bool replay_run(struct replay *r, const struct schedule *s, u32 *kind)
{
	struct explorer *e = r->e;
	bool followed;

	current = r;
	e->counting = false;
	e->watch = &watch;
	/* Every boundary is a place: whatever found the schedule decided at one. */
	e->bounds.points = false;
	followed = explore_run(e, s, FOLLOW_EXACTLY, kind);
	e->watch = NULL;
	return followed;
}
