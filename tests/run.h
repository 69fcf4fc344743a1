/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What tests/main.c needs of the runner (tests/scenario.c). */
#ifndef TESTS_RUN_H
#define TESTS_RUN_H

#include "scenario.h"

/* Sort the scenarios by name; before any scenario_get(). */
void scenario_registry_init(void);

/**
 * case_run() - run one case from fresh locks to its "ok" line
 * @ops: NULL if the scenario takes no lock
 * @skip: "" or why it is not to be run
 */
void case_run(const struct scenario *s, const struct lock_ops *ops, const struct options *o,
	      const char *skip);

/*
 * A whole round of checks with all cores waiting (tests/granule.c), measured once; 0 on
 * hardware. Runs a job the first time.
 */
u64 emulation_ns(void);

/* Print what every core was doing when a job was ended (tests/hang.c). */
void hang_report(const struct scenario_run *r, u32 first, u32 n);

#endif
