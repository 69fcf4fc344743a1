/* SPDX-License-Identifier: GPL-2.0-or-later */
/* stress-aa: one lock; only an NMI can deadlock, with the task it interrupted. */
#include "../stress.h"

static void stress_aa_run(struct scenario_run *r)
{
	stress_run(r, 1);
}

static const struct scenario stress_aa = {
	.name = "stress-aa",
	.doc = "random sections on one lock, on every core, in task and NMI",
	.suites = "default,stress",
	.lock_flags = LOCK_RESILIENT | LOCK_NMI_SAFE,
	.min_cpus = 1,
	.duration_ms = 300,
	.budget_ms = 6000,
	.run = stress_aa_run,
	.check = stress_check,
};
SCENARIO_REGISTER(stress_aa);
