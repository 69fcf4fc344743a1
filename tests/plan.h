/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which scenarios run with which locks. A pure function of the options and the two
 * registries: locks in order of name, each with its scenarios in order of name, after the
 * scenarios that need no lock.
 */
#ifndef TESTS_PLAN_H
#define TESTS_PLAN_H

#include "scenario.h"

/**
 * struct planned_case
 * @ops: NULL for a scenario without a lock
 * @skip: "" or why it cannot run although the user asked for exactly this pair
 */
struct planned_case {
	const struct scenario *scenario;
	const struct lock_ops *ops;
	char skip[80];
};

/**
 * plan_check() - is every word of run=, lock= and program= known, is there anything to run?
 * @why: receives one line that names the wrong word and the nearest valid one
 */
bool plan_check(const struct options *o, struct text *why);

/* Does run= (or replay=) name @s itself, rather than a suite or glob that has it? */
bool plan_names(const struct options *o, const struct scenario *s);

u32 plan_count(const struct options *o);

/* Call @fn for every case, in order. */
void plan_each(const struct options *o, void (*fn)(const struct planned_case *c, void *arg),
	       void *arg);

#endif
