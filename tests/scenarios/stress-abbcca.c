/* SPDX-License-Identifier: GPL-2.0-or-later */
/* stress-abbcca: three locks in a ring; only timeouts break its cycles. */
#include "../stress.h"

static void stress_abbcca_run(struct scenario_run *r)
{
	stress_run(r, 3);
}

static const struct scenario stress_abbcca = {
	.name = "stress-abbcca",
	.doc = "random sections on three locks in a ring, in task and NMI",
	.suites = "default,stress",
	.lock_flags = LOCK_RESILIENT | LOCK_NMI_SAFE,
	.min_cpus = 3,
	.duration_ms = 800,
	.budget_ms = 6000,
	.run = stress_abbcca_run,
	.check = stress_check,
};
SCENARIO_REGISTER(stress_abbcca);
