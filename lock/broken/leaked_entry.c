/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Negative control: rqspinlock that leaks a held-table entry.
 *
 * Linux had exactly this until 82f3b142c99c: a contended taker on the test-and-set path
 * entered the lock a second time, and nobody took the second entry out. The lock looks free
 * and excludes, but the core now "holds" it for ever: false -EDEADLK, then a full table.
 */
#include "../rqspinlock/instance.h"

static const struct rq_revision leaked_entry_revision = {RQ_REVISION_7_2, .test_and_set = true,
							 .tas_pushes_again = true};

RQ_INSTANCE(leaked_entry);

static const struct lock_defect leaked_entry_defects[] = {
	{"exclusion", "fail"},
	{"explore", "fail"},
	{NULL, NULL},
};

static const struct lock_ops leaked_entry = {
	.name = "broken-leaked-entry",
	.origin = "negative control",
	.doc = "test-and-set path that leaves an entry in the held table",
	.flags = RQ_FLAGS | LOCK_NEGATIVE,
	.defects = leaked_entry_defects,
	RQ_INSTANCE_OPS(leaked_entry),
};
LOCK_REGISTER(leaked_entry);
