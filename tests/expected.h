/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The expected outcome matrix, tests/expected/matrix: one cell a line. Pure. */
#ifndef TESTS_EXPECTED_H
#define TESTS_EXPECTED_H

#include "../kernel/printf.h"

/**
 * struct expected - a cell: outcome of one script on one lock
 * @outcome, @cause: as in struct outcome; words within the table
 * @time_ns: the longest attempt; @fails, @innocents: attempts that returned errors
 */
struct expected {
	char outcome[24], cause[160];
	u64 time_ns;
	u64 fails, innocents;
};

/**
 * expected_find() - the cell of @script and @lock
 * @table: "script lock outcome cause time_ns fails innocents" on each line, "#" remarks
 * @why: "line 7: ..." when a line before it is damaged
 *
 * Return: 1 found, 0 not there, -1 with @why.
 */
int expected_find(const char *table, const char *script, const char *lock, struct expected *out,
		  struct text *why);

#endif
