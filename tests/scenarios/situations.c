/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * situations: every script on one lock, against the cells of the expected matrix: its own, or
 * those of the lock that it claims to be. What matrix does for all revisions, for any lock.
 */
#include "../expected.h"
#include "../outcome.h"
#include "../texts.h"
#include "../../kernel/string.h"

#define TABLE "tests/expected/matrix"
/* As matrix. */
#define TIME_SLACK_NS (100 * NSEC_PER_USEC)

typedef unsigned long long llu;

static struct trial *trial;
static struct outcome result;
static const struct program *script;
static u32 nr_compared, nr_wrong;
static char first_wrong[60];

static void situations_job(void *arg)
{
	const struct scenario_run *r = arg;

	outcome_get(trial, script, r->ops, &result);
}

static bool as_expected(const struct expected *e)
{
	u64 low = MIN(e->time_ns, result.time_ns), high = MAX(e->time_ns, result.time_ns);

	return !strcmp(e->outcome, result.what) && !strcmp(e->cause, result.cause) &&
	       high - low <= TIME_SLACK_NS && e->fails == result.fails &&
	       e->innocents == result.innocents;
}

static void compare(struct scenario_run *r, const struct expected *e)
{
	nr_compared++;
	if (as_expected(e))
		return;
	if (!nr_wrong++)
		snprintf(first_wrong, sizeof(first_wrong), "%s: expected %s, seen %s", script->name,
			 e->outcome, result.what);
	report_line("# mismatch case=%s script=%s expected: %s %s %llu %llu %llu seen: %s %s %llu "
		    "%u %u%s%s",
		    r->kase, script->name, e->outcome, e->cause, (llu)e->time_ns, (llu)e->fails,
		    (llu)e->innocents, result.what, result.cause, (llu)result.time_ns, result.fails,
		    result.innocents, result.why[0] ? " " : "", result.why);
	outcome_attempts(trial, r->kase);
}

static void situations_run(struct scenario_run *r)
{
	const char *table = text_find(TABLE), *like = lock_like(r->ops);
	char buf[120] = "";
	struct text why = TEXT_INIT(buf);
	struct expected e;

	nr_compared = nr_wrong = 0;
	trial = outcome_trial(r);
	if (!trial)
		return;
	for (u32 i = 0; table && (script = program_get(i)); i++) {
		int found;

		if (!program_is_script(script) || program_is_map(script))
			continue;
		found = expected_find(table, script->name, like, &e, &why);
		if (found < 0)
			run_error(r, "%s: %s", TABLE, buf);
		if (found != 1)
			continue;
		if (!run_job(r, 0, 1, situations_job, 0)) {
			trial_dump(trial, "stopped", r->kase);
			return;
		}
		compare(r, &e);
		if (nr_wrong && r->options->stop)
			return;
	}
	if (!nr_compared)
		run_skip(r, "%s says nothing of %s", TABLE, like);
}

static void situations_check(struct scenario_run *r)
{
	report_value(r->kase, "scripts", "pass", nr_compared, "count");
	report_value(r->kase, "unexpected", nr_wrong ? "fail" : "pass", nr_wrong, "count");
	if (nr_wrong)
		run_fail(r, "%u of %u scripts not as expected; first %s (see # mismatch)", nr_wrong,
			 nr_compared, first_wrong);
}

static const struct scenario situations = {
	.name = "situations",
	.doc = "every script on this lock, compared with the lock it claims to be",
	.suites = "mutants",
	.virtual_time = true,
	.lock_flags = LOCK_RESILIENT,
	.budget_ms = 10000,
	.run = situations_run,
	.check = situations_check,
};
SCENARIO_REGISTER(situations);
