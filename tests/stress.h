/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The engine of stress-aa, stress-abba and stress-abbcca: what Linux's test module for
 * rqspinlock does, but on every core, in nanoseconds, by cause, with a seed and a verdict.
 *
 * Core i takes lock i mod n and, if n > 1, lock (i + 1) mod n inside it, again and again;
 * a periodic NMI on every core does the same with shorter sections.
 */
#ifndef TESTS_STRESS_H
#define TESTS_STRESS_H

#include "scenario.h"

/* @locks: 1 = AA, 2 = ABBA, 3 = ABBCCA */
void stress_run(struct scenario_run *r, u32 locks);
void stress_check(struct scenario_run *r);

#endif
