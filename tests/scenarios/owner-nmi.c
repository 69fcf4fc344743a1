/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * owner-nmi: core 0 holds the lock, core 1 is pending, core 2 is the head of the queue, and
 * an NMI on core 0 takes the same lock. It must be refused at once, and nobody else may
 * fail. Where the NMI may queue without looking at the held table first it waits behind
 * two waiters that wait for the very owner it interrupted: 500 ms and three failures (6.15,
 * 6.18; fixed by 087849cca31d).
 */
#include "../trio.h"

static bool aimed;

static void interrupt_owner(struct scenario_run *r)
{
	aimed = script_nmi(r, 0, AT_ANY, trio_nmi_body) && script_nmi_done(0, 2 * NSEC_PER_SEC);
}

static void owner_run(struct scenario_run *r)
{
	aimed = false;
	trio_run(r, interrupt_owner);
}

static void owner_check(struct scenario_run *r)
{
	const struct ctx_stats *s = merged_stats(CTX_TASK);

	if (!aimed)
		run_error(r, "the NMI on the owner's core did not run");
	if (trio_late())
		return;
	check_count(r, "innocent_failed", s->innocent, 0);
	check_count(r, "taken", s->outcome[OUTCOME_OK], TRIO_ENTRIES);
	s = merged_stats(CTX_NMI);
	check_count(r, "nmi_refused", s->outcome[OUTCOME_EDEADLK], 1);
	check_time(r, "nmi_wait", s->worst.ns, 0, 50 * NSEC_PER_MSEC);
}

static const struct scenario owner_nmi = {
	.name = "owner-nmi",
	.doc = "an NMI takes the lock its core holds while others wait for it",
	.suites = "default,deadlock",
	.lock_flags = LOCK_RESILIENT | LOCK_NMI_SAFE,
	.min_cpus = 3,
	.budget_ms = 6000,
	.run = owner_run,
	.check = owner_check,
};
SCENARIO_REGISTER(owner_nmi);
