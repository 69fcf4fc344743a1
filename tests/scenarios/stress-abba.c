/* SPDX-License-Identifier: GPL-2.0-or-later */
/* stress-abba: two locks, taken in opposite order by even and odd cores. */
#include "../stress.h"

static void stress_abba_run(struct scenario_run *r)
{
	stress_run(r, 2);
}

static const struct scenario stress_abba = {
	.name = "stress-abba",
	.doc = "random sections on two locks in opposite order, in task and NMI",
	.suites = "default,stress",
	.lock_flags = LOCK_RESILIENT | LOCK_NMI_SAFE,
	.min_cpus = 2,
	.duration_ms = 300,
	.budget_ms = 6000,
	.run = stress_abba_run,
	.check = stress_check,
};
SCENARIO_REGISTER(stress_abba);
