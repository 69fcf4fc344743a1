/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "outcome.h"
#include <arch/step.h>
#include "../kernel/string.h"

/* The attempt that ended first after (@ns, @index), or NULL. */
static const struct trial_attempt *next_ended(const struct trial_state *st,
					      const struct trial_attempt *last)
{
	const struct trial_attempt *best = NULL;

	for (u32 i = 0; i < st->nr_attempts; i++) {
		const struct trial_attempt *a = &st->attempt[i];

		if (!a->over ||
		    (last && (a->end < last->end || (a->end == last->end && a <= last))))
			continue;
		if (!best || a->end < best->end)
			best = a;
	}
	return best;
}

static void list_causes(const struct trial *t, struct outcome *o)
{
	struct text out = TEXT_INIT(o->cause);
	const struct trial_attempt *a = NULL;

	o->cause[0] = '\0';
	while ((a = next_ended(t->state, a))) {
		const char *name = lock_cause_name(a->cause);

		o->time_ns = MAX(o->time_ns, a->end - a->begin);
		if (a->kind == OP_LOCK && a->rc)
			text_printf(&out, "%s%s", out.len ? "," : "", name ? name : "none");
	}
	if (!out.len)
		text_printf(&out, "-");
}

void outcome_get(struct trial *t, const struct program *p, const struct lock_ops *ops,
		 struct outcome *o)
{
	struct text why = TEXT_INIT(o->why);
	enum trial_fault fault;
	bool possible;

	*o = (struct outcome){.what = "impossible", .cause = "-"};
	trial_begin(t, p, ops);
	possible = trial_directives(t, 0, false, &why) >= 0;
	if (!possible)
		text_printf(&why, "; left alone: ");
	trial_finish(t, 0);
	fault = trial_check(t, &why);
	/* Nobody's fault if all end well from where they are. */
	if (!possible && fault == TRIAL_FINE) {
		text_printf(&why, "all end well");
		return;
	}
	list_causes(t, o);
	o->fails = trial_failures(t);
	o->innocents = trial_innocents(t);
	o->fault = fault != TRIAL_FINE;
	o->what = o->fault ? trial_fault_name(fault) : o->fails ? "fail" : "ok";
}

struct trial *outcome_trial(struct scenario_run *r)
{
	static struct trial *trial;
	const char *missing = step_missing();

	if (missing) {
		run_skip(r, "needs single steps: %s", missing);
		return NULL;
	}
	if (!trial)
		trial = trial_new();
	if (!trial)
		run_error(r, "no memory for a world of virtual cores");
	return trial;
}

static const char *result_name(const struct trial_attempt *a)
{
	if (!a->over)
		return "unfinished";
	switch (a->rc) {
	case 0:
		return "ok";
	case -EDEADLK:
		return "EDEADLK";
	case -ETIMEDOUT:
		return "ETIMEDOUT";
	default:
		return a->kind == OP_TRY ? "busy" : "?";
	}
}

void outcome_attempts(const struct trial *t, const char *kase)
{
	for (u32 i = 0; i < t->state->nr_attempts; i++) {
		const struct trial_attempt *a = &t->state->attempt[i];
		u64 end = a->over ? a->end : t->world->now;
		u64 end_step = a->over ? a->end_step : t->world->core[a->core]->live.steps;
		const char *cause = lock_cause_name(a->cause);
		char at[16] = "-";

		if (a->window >= 0)
			snprintf(at, sizeof(at), "W%d", a->window);
		report_line("# attempt case=%s core=%u ctx=%s op=%s lock=%c result=%s cause=%s "
			    "begin_ns=%llu time_ns=%llu steps=%llu interrupted=%s guilty=%u",
			    kase, a->core, a->level ? "nmi" : "task",
			    a->kind == OP_TRY ? "try" : "lock", 'A' + a->lock, result_name(a),
			    cause ? cause : "-", (unsigned long long)a->begin,
			    (unsigned long long)(end - a->begin),
			    (unsigned long long)(end_step - a->begin_step), at,
			    !!(t->program->guilty & 1u << a->core));
	}
}
