/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A script carried out on one lock, and what came of it, in few words. */
#ifndef TESTS_OUTCOME_H
#define TESTS_OUTCOME_H

#include "program.h"
#include "scenario.h"

/**
 * struct outcome - one cell of the matrix
 * @what: "ok" (every attempt got its lock), "fail" (some returned an error), the fault
 *        ("hang", "exclusion", ...), or "impossible": a directive could not be carried out,
 *        and from there on all end well
 * @cause: causes of the errors in the order in which they were returned, "," between; "-"
 * @time_ns: the longest attempt that ended
 * @why: of a fault or of an impossible script
 */
struct outcome {
	const char *what;
	char cause[200];
	u64 time_ns;
	u32 fails, innocents;
	bool fault;
	char why[160];
};

/**
 * outcome_get() - run @p's directives over @ops as far as they go, then everybody to the end
 *
 * Context: inside a job, on the core that the trial belongs to. Prints nothing.
 */
void outcome_get(struct trial *t, const struct program *p, const struct lock_ops *ops,
		 struct outcome *out);

/* The trial that scripts on the boot core share; ends the case with an error if there is none. */
struct trial *outcome_trial(struct scenario_run *r);

/* "# attempt case=..." for each attempt. Context: task, boot core. */
void outcome_attempts(const struct trial *t, const char *kase);

#endif
