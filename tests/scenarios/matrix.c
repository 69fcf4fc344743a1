/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * matrix: every script on every revision of rqspinlock, each cell compared with the table
 * of what is expected (tests/expected/matrix). Virtual time, so the figures are exact and
 * the same on every machine. The rqspinlock of a Linux tree is compared with that revision's
 * column which it agrees with in most cells.
 */
#include "../coverage.h"
#include "../expected.h"
#include "../outcome.h"
#include "../plan.h"
#include "../texts.h"
#include "../../kernel/string.h"

#define TABLE "tests/expected/matrix"
/* Times may differ by the checks' own rounding. */
#define TIME_SLACK_NS (100 * NSEC_PER_USEC)
#define MAX_LOCKS     16
#define MAX_SCRIPTS   64

static struct trial *trial;
static struct outcome result;
static const struct program *program;
static const struct lock_ops *ops;

/* One cell in a few characters, for the table at the end. */
static char cells[MAX_SCRIPTS][MAX_LOCKS][16];
static u32 nr_cells, nr_wrong, nr_new;

/* Which revisions' cells a tree's cell agrees with, one bit each, in the order of matrix_lock(). */
static u32 agrees[MAX_SCRIPTS][MAX_LOCKS];
static const struct options *options;

/* The script that this column's lock did not end: the others would not either, each for long. */
static const struct program *endless[MAX_LOCKS];
static u32 nr_rows[MAX_LOCKS]; /* scripts that were run */

static void matrix_job(void *arg)
{
	outcome_get(trial, program, ops, &result);
}

static bool is_rqspinlock(const struct lock_ops *l)
{
	return strncmp(l->name, "rq-", 3) == 0;
}

/* The table's columns: those that are not held to another one's. */
static bool is_revision(const struct lock_ops *l)
{
	return is_rqspinlock(l) && !l->like;
}

static bool is_tree(const struct lock_ops *l)
{
	return strncmp(l->name, "linux:", 6) == 0;
}

static const struct lock_ops *revision(u32 n)
{
	for (u32 i = 0; i < lock_count(); i++)
		if (is_revision(lock_get(i)) && n-- == 0)
			return lock_get(i);
	return NULL;
}

/* The locks of the matrix: ours and the trees, or those that lock= names. */
static const struct lock_ops *matrix_lock(u32 n)
{
	for (u32 i = 0; i < lock_count(); i++) {
		const struct lock_ops *l = lock_get(i);

		if (options->lock[0] && !options_match(options->lock, l->name))
			continue;
		if ((is_rqspinlock(l) || is_tree(l)) && n-- == 0)
			return l;
	}
	return NULL;
}

static const struct program *matrix_script(u32 n)
{
	const struct program *p;

	for (u32 i = 0; (p = program_get(i)); i++) {
		if (program_is_script(p) && !program_is_map(p) && n-- == 0)
			return p;
	}
	return NULL;
}

static void short_time(u64 ns, struct text *out)
{
	u64 us = ns / NSEC_PER_USEC;

	if (!us)
		text_printf(out, "0");
	else if (us < 10000)
		text_printf(out, "%llu.%llums", (unsigned long long)(us / 1000),
			    (unsigned long long)(us / 100 % 10));
	else
		text_printf(out, "%llums", (unsigned long long)(us / 1000));
}

static void note_cell(u32 row, u32 column, bool wrong)
{
	struct text out = TEXT_INIT(cells[row][column]);

	if (result.fault)
		text_printf(&out, "%.8s", result.what);
	else if (result.why[0])
		text_printf(&out, "-");
	else
		short_time(result.time_ns, &out);
	if (result.fails)
		text_printf(&out, " %u", result.fails);
	if (result.innocents)
		text_printf(&out, "/%u", result.innocents);
	if (wrong)
		text_printf(&out, " !");
}

static bool same(const struct expected *e)
{
	u64 off = e->time_ns > result.time_ns ? e->time_ns - result.time_ns
					      : result.time_ns - e->time_ns;

	return !strcmp(e->outcome, result.what) && !strcmp(e->cause, result.cause) &&
	       off <= TIME_SLACK_NS && e->fails == result.fails && e->innocents == result.innocents;
}

/* Which revisions do the very same? A tree's column is chosen when all its cells are there. */
static void compare_tree(struct scenario_run *r, const char *table, u32 row, u32 column)
{
	const struct lock_ops *rev;
	char buf[120] = "";
	struct text why = TEXT_INIT(buf);
	struct expected e;

	agrees[row][column] = 0;
	for (u32 i = 0; (rev = revision(i)); i++) {
		int found = expected_find(table, program->name, rev->name, &e, &why);

		if (found < 0) {
			run_error(r, "%s: %s", TABLE, buf);
			return;
		}
		nr_new += !found && !i;
		/* No expectation, or no way into the situation, tells no revisions apart. */
		if (!found || !strcmp(result.what, "impossible") || same(&e))
			agrees[row][column] |= 1u << i;
	}
}

static bool has_queue(const struct lock_ops *l)
{
	size_t length = strlen(l->name);

	return length < 4 || strcmp(l->name + length - 4, "-tas");
}

/* The revision with the most equal cells; the newest of several. Return: its number or -1. */
static int nearest(const struct lock_ops *tree, u32 column, u32 rows, u32 *most)
{
	const struct lock_ops *rev;
	int best = -1;

	*most = 0;
	for (u32 i = 0; (rev = revision(i)); i++) {
		u32 n = 0;

		if (has_queue(rev) != has_queue(tree))
			continue;
		for (u32 row = 0; row < rows; row++)
			n += agrees[row][column] >> i & 1;
		if (best < 0 || n >= *most) {
			best = (int)i;
			*most = n;
		}
	}
	return best;
}

static void judge_tree(struct scenario_run *r, const char *table, u32 rows, u32 column)
{
	const struct lock_ops *tree = matrix_lock(column);
	struct text ignored = {0};
	struct expected e;
	u32 most;
	int rev = nearest(tree, column, rows, &most);

	if (rev < 0) {
		run_error(r, "no revision to compare %s with", tree->name);
		return;
	}
	report_line("# nearest case=%s lock=%s revision=%s agree=%u of=%u", r->kase, tree->name,
		    revision(rev)->name, most, rows);
	for (u32 row = 0; row < rows; row++) {
		const char *script = matrix_script(row)->name;
		struct text cell = TEXT_INIT(cells[row][column]);

		if (agrees[row][column] >> rev & 1)
			continue;
		expected_find(table, script, revision(rev)->name, &e, &ignored);
		nr_wrong++;
		cell.len = strlen(cells[row][column]);
		text_printf(&cell, " !");
		report_line("# mismatch case=%s script=%s lock=%s expected: %s %s %llu %llu %llu "
			    "as %s",
			    r->kase, script, tree->name, e.outcome, e.cause,
			    (unsigned long long)e.time_ns, (unsigned long long)e.fails,
			    (unsigned long long)e.innocents, revision(rev)->name);
		run_fail(r, "%s on %s: not as %s (see # mismatch)", script, tree->name,
			 revision(rev)->name);
	}
}

/* Return: does the cell differ from what is expected? */
static bool compare(struct scenario_run *r, const char *table)
{
	char buf[120] = "";
	struct text why = TEXT_INIT(buf);
	struct expected e;

	switch (expected_find(table, program->name, lock_like(ops), &e, &why)) {
	case 0:
		nr_new++;
		return false;
	case 1:
		break;
	default:
		run_error(r, "%s: %s", TABLE, buf);
		return false;
	}
	if (same(&e))
		return false;
	nr_wrong++;
	report_line("# mismatch case=%s script=%s lock=%s expected: %s %s %llu %llu %llu seen: %s "
		    "%s %llu %u %u%s%s",
		    r->kase, program->name, ops->name, e.outcome, e.cause,
		    (unsigned long long)e.time_ns, (unsigned long long)e.fails,
		    (unsigned long long)e.innocents, result.what, result.cause,
		    (unsigned long long)result.time_ns, result.fails, result.innocents,
		    result.why[0] ? " " : "", result.why);
	run_fail(r, "%s on %s: expected %s, seen %s (see # mismatch)", program->name, ops->name,
		 e.outcome, result.what);
	return true;
}

static bool run_cell(struct scenario_run *r, const char *table, u32 row, u32 column)
{
	bool wrong = false;

	agrees[row][column] = 0;
	if (!run_job(r, 0, 1, matrix_job, 0)) {
		report_line("# matrix script=%s lock=%s outcome=ended-by-the-supervisor",
			    program->name, ops->name);
		trial_dump(trial, "stopped", r->kase);
		return false;
	}
	nr_cells++;
	nr_rows[column]++;
	coverage_add(trial);
	if (!strcmp(result.what, trial_fault_name(TRIAL_ENDLESS)))
		endless[column] = program;
	report_line("# matrix script=%s lock=%s outcome=%s cause=%s time_ns=%llu fails=%u "
		    "innocents=%u",
		    program->name, ops->name, result.what, result.cause,
		    (unsigned long long)result.time_ns, result.fails, result.innocents);
	if (is_tree(ops))
		compare_tree(r, table, row, column);
	else
		wrong = compare(r, table);
	if (wrong)
		outcome_attempts(trial, r->kase);
	note_cell(row, column, wrong);
	return true;
}

static void report_left_out(struct scenario_run *r, u32 columns)
{
	for (u32 i = 0; i < columns; i++) {
		if (!endless[i])
			continue;
		report_line("# left_out case=%s lock=%s after=%s", r->kase, matrix_lock(i)->name,
			    endless[i]->name);
		run_fail(r, "%s on %s never ends: the scripts after it are left out",
			 endless[i]->name, matrix_lock(i)->name);
	}
}

static void print_table(u32 rows, u32 columns)
{
	char buf[200];

	report_line("# | longest attempt, errors/innocent errors; - impossible; ! not as expected");
	for (u32 row = 0; row <= rows; row++) {
		struct text line = TEXT_INIT(buf);

		text_printf(&line, "# | %-15s", row ? matrix_script(row - 1)->name : "script");
		for (u32 i = 0; i < columns; i++)
			text_printf(&line, " %-12s",
				    row ? cells[row - 1][i] : matrix_lock(i)->name);
		report_line("%s", buf);
	}
}

static void matrix_run(struct scenario_run *r)
{
	const char *table = text_find(TABLE);
	u32 row, column = 0;

	nr_cells = nr_wrong = nr_new = 0;
	memset(endless, 0, sizeof(endless));
	memset(nr_rows, 0, sizeof(nr_rows));
	options = r->options;
	trial = outcome_trial(r);
	if (!trial)
		return;
	if (!table)
		run_error(r, "this image has no %s", TABLE);
	for (row = 0; row < MAX_SCRIPTS && (program = matrix_script(row)); row++) {
		for (column = 0; column < MAX_LOCKS && (ops = matrix_lock(column)); column++) {
			if (endless[column])
				strlcpy(cells[row][column], "left out", sizeof(cells[0][0]));
			else if (table && !run_cell(r, table, row, column))
				return;
		}
	}
	report_left_out(r, column);
	for (u32 i = 0; i < column; i++)
		if (table && is_tree(matrix_lock(i)))
			judge_tree(r, table, nr_rows[i], i);
	print_table(row, column);
}

static void matrix_check(struct scenario_run *r)
{
	report_value(r->kase, "cells", nr_cells ? "pass" : "unknown", nr_cells, "count");
	report_value(r->kase, "unexpected", nr_wrong ? "fail" : "pass", nr_wrong, "count");
	report_value(r->kase, "without_expectation", nr_new ? "unknown" : "pass", nr_new, "count");
	if (!nr_cells && !plan_names(r->options, r->scenario))
		run_skip(r, "no lock of lock=%s is an rqspinlock", r->options->lock);
	else if (!nr_cells)
		run_error(r, "no script on no lock: nothing was compared");
}

static const struct scenario matrix = {
	.name = "matrix",
	.doc = "every script on every revision and tree, compared with the expected table",
	.suites = "engines",
	.no_lock = true,
	.virtual_time = true,
	.budget_ms = 10000,
	.run = matrix_run,
	.check = matrix_check,
};
SCENARIO_REGISTER(matrix);
