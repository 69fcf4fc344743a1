/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * script: one script (script=) in virtual time, printed attempt by attempt. It fails when
 * the lock breaks a promise: exclusion, order, an end for every attempt, everything released.
 * That attempts return errors is what a resilient lock is for.
 */
#include "../outcome.h"
#include "../plan.h"

static struct trial *trial;
static struct outcome result;

static void script_job(void *arg)
{
	struct scenario_run *r = arg;

	outcome_get(trial, program_chosen(), r->ops, &result);
}

static void script_run(struct scenario_run *r)
{
	const struct program *p = program_chosen();
	const char *missing;

	if (!p && plan_names(r->options, r->scenario)) {
		run_error(r, "which one? script=NAME (the option list shows them) or script=TEXT");
		return;
	}
	if (!p) {
		run_skip(r, "needs the option script=, a name or a text");
		return;
	}
	missing = program_missing(p, r->ops);
	if (missing) {
		run_skip(r, "%s needs %s, %s is none", p->name, missing, r->ops->name);
		return;
	}
	trial = outcome_trial(r);
	r->nr_locks = 0;
	if (!trial)
		return;
	if (!run_job(r, 0, 1, script_job, 0)) {
		outcome_attempts(trial, r->kase);
		trial_dump(trial, "stopped", r->kase);
		return;
	}
	outcome_attempts(trial, r->kase);
	if (result.fault || result.why[0])
		trial_dump(trial, "stopped", r->kase);
	report_line("# script case=%s name=%s outcome=%s cause=%s time_ns=%llu fails=%u "
		    "innocents=%u steps=%llu",
		    r->kase, p->name, result.what, result.cause, (unsigned long long)result.time_ns,
		    result.fails, result.innocents, (unsigned long long)trial->world->steps);
	if (result.fault)
		run_fail(r, "%s: %s: %s", p->name, result.what, result.why);
	else if (result.why[0])
		run_error(r, "%s: %s", p->name, result.why);
}

static void script_check(struct scenario_run *r)
{
	report_value(r->kase, "longest", "pass", result.time_ns, "ns");
	report_value(r->kase, "failed", "pass", result.fails, "count");
	report_value(r->kase, "innocent_failed", "pass", result.innocents, "count");
}

static const struct scenario script = {
	.name = "script",
	.doc = "one script (script=) on virtual cores in virtual time",
	.suites = "engines",
	.virtual_time = true,
	.budget_ms = 20000,
	.run = script_run,
	.check = script_check,
};
SCENARIO_REGISTER(script);
