/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Owner, pending waiter and queue head; see trio.h. */
#include "trio.h"

#define CORES 3

static struct recovery clock;
static void (*act)(struct scenario_run *r);
static bool late;

void trio_nmi_body(struct scenario_run *r)
{
	recover_start(&clock);
	if (run_acquire(r, 0, true))
		recover_error(&clock);
	else
		run_release(r, 0);
}

static void own(struct scenario_run *r)
{
	if (run_acquire(r, 0, false))
		return;
	if (script_queue(r, 1, 0, 1) && script_queue(r, 2, 0, 2))
		act(r);
	run_release(r, 0);
}

static void trio_job(void *arg)
{
	struct scenario_run *r = arg;
	u32 me = job_index();

	if (me == 0) {
		own(r);
	} else if (step_wait(me) && !run_acquire(r, 0, false)) {
		recover_progress(&clock);
		run_release(r, 0);
	}
	if (!job_barrier())
		return;
	if (!run_acquire(r, 0, false)) {
		recover_progress(&clock);
		run_release(r, 0);
	}
}

void trio_run(struct scenario_run *r, void (*what)(struct scenario_run *r))
{
	act = what;
	late = script_late_aa(r, CORES);
	recover_init(&clock, CORES);
	script_begin(r);
	run_job(r, 0, CORES, trio_job, 0);
}

bool trio_late(void)
{
	return late;
}
