/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * head-nmi: core 0 holds the lock, core 1 is pending, core 2 is the head of the queue, and
 * an NMI on core 2 takes the same lock. It must be refused, and the three must get the
 * lock in turn. In Linux 6.15 the NMI queued behind the head it had interrupted: neither
 * ran again, and the lock could never be taken any more (fixed by 0d80e7f951be).
 */
#include "../trio.h"

/* The owner's patience with the NMI; below the 250 ms of the pending waiter. */
#define HOLD_NS (150 * NSEC_PER_MSEC)

static bool aimed;
static int window;

static void interrupt_head(struct scenario_run *r)
{
	aimed = script_nmi(r, 2, AT_HEAD, trio_nmi_body);
	window = script_nmi_window(2);
	script_nmi_done(2, HOLD_NS);
}

static void head_run(struct scenario_run *r)
{
	aimed = false;
	trio_run(r, interrupt_head);
}

static void head_check(struct scenario_run *r)
{
	const struct ctx_stats *s = merged_stats(CTX_NMI);

	if (!aimed)
		run_error(r, "no NMI caught core 2 waiting for the lock");
	report_value(r->kase, "nmi_window", "pass", window, "W");
	check_time(r, "nmi_wait", s->worst.ns, 0, 50 * NSEC_PER_MSEC);
	if (trio_late())
		return;
	check_count(r, "nmi_refused", s->outcome[OUTCOME_EDEADLK], 1);
	s = merged_stats(CTX_TASK);
	check_count(r, "innocent_failed", s->innocent, 0);
	check_count(r, "taken", s->outcome[OUTCOME_OK], TRIO_ENTRIES);
}

static const struct scenario head_nmi = {
	.name = "head-nmi",
	.doc = "an NMI takes the lock for which its core heads the queue",
	.suites = "default,deadlock",
	.lock_flags = LOCK_RESILIENT | LOCK_NMI_SAFE,
	.min_cpus = 3,
	.budget_ms = 3000,
	.run = head_run,
	.check = head_check,
};
SCENARIO_REGISTER(head_nmi);
