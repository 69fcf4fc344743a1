/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * window-map: one NMI at every instruction boundary of acquire and release, in every
 * situation of tests/scripts/map-*.script, by two injectors; and how fast that goes.
 */
#include "../../kernel/symbols.h"
#include "../coverage.h"
#include "../scenario.h"
#include "../winmap.h"

#define RATE_NMIS 20000

static struct winmap *map;
static const struct program *situation;
static u64 map_ns, rate_ns;
static u32 rate_bad;

typedef unsigned long long llu;

static void path_job(void *arg)
{
	u64 begin = clock_now_ns();

	winmap_add(map, situation);
	map_ns += clock_now_ns() - begin;
}

static void rate_job(void *arg)
{
	rate_ns = winmap_rate(map, RATE_NMIS, &rate_bad);
}

/* ---- One line per NMI */

static void print_holder(const struct map_row *r, struct text *out)
{
	if (!r->holder)
		text_printf(out, "free");
	else
		text_printf(out, "%u%s", r->holder - 1u, r->in_transit ? "-in-transit" : "");
}

static void print_marks(const struct map_row *r, struct text *out)
{
	static const char *const names[] = {"stall", "false-nmi", "false-task", "gone", "joined"};

	for (u32 i = 0; i < ARRAY_SIZE(names); i++)
		if (r->marks & 1u << i)
			text_printf(out, " %s=1", names[i]);
	if (r->fault)
		text_printf(out, " fault=%s", trial_fault_name(r->fault));
}

static void print_row(const struct scenario_run *r, const struct map_row *row)
{
	static const char *const takes[] = {"same", "other", "queued"};
	uintptr_t pc = (uintptr_t)r->ops->text_start + row->offset;
	size_t offset = 0;
	const char *name = symbol_name(pc, &offset);
	char buf[320];
	struct text t = TEXT_INIT(buf);

	text_printf(&t, " i=%u pc=%#llx at=+%#llx sym=%s+%#llx window=", row->index, (llu)pc,
		    (llu)(pc - (uintptr_t)text_start), name ? name : "?", (llu)offset);
	text_printf(&t, row->window < 0 ? "- owner=" : "W%d owner=", row->window);
	print_holder(row, &t);
	text_printf(&t, " word=%#x nmi=", row->word);
	map_end_text(&row->nmi, &t);
	text_printf(&t, " task=");
	map_end_text(&row->task, &t);
	text_printf(&t, " steps=%u ns=%llu innocents=%u real=%s", row->steps, (llu)row->ns,
		    row->innocents, inject_real_name(row->real));
	print_marks(row, &t);
	report_line("# map lock=%s path=%s takes=%s%s", r->ops->name,
		    map->path[row->path].program->name + 4, takes[row->takes], buf);
}

/* Whole where it was asked for by name; else what went wrong. Errors that NMIs get are sums. */
static bool worth_printing(const struct scenario_run *r, const struct map_row *row)
{
	return options_match(r->options->run, r->scenario->name) || row->fault ||
	       row->marks & (MAP_STALL | MAP_FALSE_TASK) || row->real == INJECT_DIFFERS;
}

static void print_path(const struct scenario_run *r, const struct map_path *p)
{
	if (p->absent)
		report_line("# map_path lock=%s path=%s absent=1 doc=\"%s\"", r->ops->name,
			    p->program->name + 4, p->program->doc);
	else
		report_line("# map_path lock=%s path=%s boundaries=%u handlers=%u late=%u alone=%s "
			    "us=%llu+%llu doc=\"%s\"%s%s",
			    r->ops->name, p->program->name + 4, p->boundaries, p->handlers, p->late,
			    trial_fault_name(p->alone), (llu)(p->begin_ns / NSEC_PER_USEC),
			    (llu)(p->map_ns / NSEC_PER_USEC), p->program->doc,
			    p->error[0] ? " error=" : "", p->error);
}

/* One at a time: a run that says nothing for long looks like one that hangs. */
static void map_paths(struct scenario_run *r)
{
	const struct map_path *path;

	winmap_begin(map, r->ops, r->options->reduce != REDUCE_STATES);
	for (u32 i = 0; (situation = program_get(i)); i++) {
		u32 row = map->nr_rows;

		if (!winmap_wants(map, situation))
			continue;
		if (!run_job(r, 0, 1, path_job, 0))
			return;
		path = &map->path[map->nr_paths - 1];
		print_path(r, path);
		/* What goes wrong before any NMI does so on the other paths too, for long. */
		if (path->error[0] && path->alone)
			return;
		for (; row < map->nr_rows; row++)
			if (worth_printing(r, &map->rows[row]))
				print_row(r, &map->rows[row]);
	}
}

/* ---- Sums */

struct sums {
	u32 real[NR_INJECT_REAL];
	u32 hangs, stalls, joined, faults, innocents, gone;
	u32 false_released, false_attempt, false_no_node, false_other, false_task;
	const struct map_row *worst;
};

/* What kind of error is it that is none? See reference of the contract: windows W1, W2, W5. */
static void count_false(struct sums *s, const struct map_row *row)
{
	s->false_task += !!(row->marks & MAP_FALSE_TASK);
	if (!(row->marks & MAP_FALSE_NMI))
		return;
	if (row->nmi.cause == CAUSE_NO_NODE)
		s->false_no_node++;
	else if (row->task.kind == END_NONE)
		s->false_released++;
	else
		s->false_attempt++;
}

/* Whoever joins a deadlock that is there without it waits as long as the deadlock takes. */
static bool is_stall(const struct map_row *row)
{
	return row->marks & MAP_STALL && !(row->marks & MAP_JOINED);
}

static void count_row(struct sums *s, const struct map_row *row)
{
	s->real[row->real]++;
	s->hangs += row->fault == TRIAL_HANG || row->fault == TRIAL_ENDLESS;
	s->stalls += is_stall(row);
	s->joined += row->marks & MAP_JOINED && row->marks & MAP_STALL;
	s->gone += !!(row->marks & MAP_GONE);
	s->faults += row->fault && row->fault != TRIAL_HANG && row->fault != TRIAL_ENDLESS;
	s->innocents += row->innocents;
	count_false(s, row);
	if (!s->worst && (row->fault || is_stall(row)))
		s->worst = row;
}

static struct sums sum_up(void)
{
	struct sums s = {.hangs = 0};

	for (u32 i = 0; i < map->nr_rows; i++)
		count_row(&s, &map->rows[i]);
	return s;
}

static u32 boundaries(void)
{
	u32 n = 0;

	for (u32 i = 0; i < map->nr_paths; i++)
		n += map->path[i].boundaries;
	return n;
}

static void report_sums(struct scenario_run *r, const struct sums *s)
{
	u32 covered = s->real[INJECT_AGREES] + s->real[INJECT_BEGINS];
	const struct {
		const char *name;
		u64 value;
		bool good;
		const char *unit;
	} sums[] = {
		{"boundaries", boundaries(), boundaries(), "count"},
		{"nmis", map->nr_rows, map->nr_rows, "count"},
		{"covered", covered * 10000ull / MAX(map->nr_rows, 1u), covered, "1/10000"},
		{"hangs", s->hangs, !s->hangs, "count"},
		{"stalls", s->stalls, !s->stalls, "count"},
		{"stalls.joined", s->joined, true, "count"},
		{"faults", s->faults, !s->faults, "count"},
		{"false.after-release", s->false_released, true, "count"},
		{"false.attempt-below", s->false_attempt, true, "count"},
		{"false.no-node", s->false_no_node, true, "count"},
		{"false.task", s->false_task, !s->false_task, "count"},
		{"innocents", s->innocents, true, "count"},
		{"handlers-reused", map->handlers_reused, true, "count"},
		{"ends-reused", map->ends_reused, true, "count"},
		{"no-trace", s->gone, true, "count"},
		{"real.whole-handler", s->real[INJECT_AGREES], true, "count"},
		{"real.entry", s->real[INJECT_BEGINS], true, "count"},
		{"real.differs", s->real[INJECT_DIFFERS], !s->real[INJECT_DIFFERS], "count"},
		{"real.masked", s->real[INJECT_MASKED], true, "count"},
		{"real.missed", s->real[INJECT_MISSED], !s->real[INJECT_MISSED], "count"},
		{"took", map_ns / NSEC_PER_USEC, true, "us"},
	};

	for (size_t i = 0; i < ARRAY_SIZE(sums); i++)
		report_value(r->kase, sums[i].name, sums[i].good ? "pass" : "fail", sums[i].value,
			     sums[i].unit);
	if (rate_ns)
		report_value(r->kase, "injections", rate_bad ? "fail" : "pass",
			     (u64)RATE_NMIS * NSEC_PER_SEC / rate_ns, "1/s");
}

/* ---- The scenario */

static void window_map_run(struct scenario_run *r)
{
	struct sums s;

	if (step_missing()) {
		run_skip(r, "needs a stepper: %s", step_missing());
		return;
	}
	if (!map)
		map = winmap_new();
	if (!map) {
		run_error(r, "no memory for a map");
		return;
	}
	map_ns = rate_ns = rate_bad = 0;
	map_paths(r);
	if (!r->hung)
		run_job(r, 0, 1, rate_job, 0);
	s = sum_up();
	report_sums(r, &s);
	coverage_add(map->trial);
	coverage_report(r->ops);
}

static void check_paths(struct scenario_run *r)
{
	for (u32 i = 0; i < map->nr_paths; i++) {
		const struct map_path *p = &map->path[i];

		if (p->alone)
			run_fail(r, "path %s: %s even without an NMI%s%s", p->program->name + 4,
				 trial_fault_name(p->alone), p->error[0] ? ": " : "", p->error);
		else if (p->error[0])
			run_error(r, "%s: %s", p->program->name, p->error);
	}
}

static void window_map_check(struct scenario_run *r)
{
	struct sums s = sum_up();

	if (map->overflow)
		run_error(r, "more than %u boundaries", map->max_rows);
	if (s.real[INJECT_DIFFERS] || s.real[INJECT_MISSED] || rate_bad)
		run_error(r,
			  "the two injectors do not agree: %u boundaries, %u of %u at full speed",
			  s.real[INJECT_DIFFERS] + s.real[INJECT_MISSED], rate_bad, RATE_NMIS);
	check_paths(r);
	if (s.worst)
		run_fail(r,
			 "an NMI hangs %u, stalls %u, breaks %u times; first on path %s, "
			 "boundary %u",
			 s.hangs, s.stalls, s.faults, map->path[s.worst->path].program->name + 4,
			 s.worst->index);
	if (!map->nr_rows)
		run_error(r, "no boundary was mapped");
}

static const struct scenario window_map = {
	.name = "window-map",
	.doc = "an NMI at every instruction boundary of lock and unlock",
	.suites = "default,engines",
	.virtual_time = true,
	.lock_flags = LOCK_NMI_SAFE,
	.budget_ms = 120000,
	.run = window_map_run,
	.check = window_map_check,
};
SCENARIO_REGISTER(window_map);
