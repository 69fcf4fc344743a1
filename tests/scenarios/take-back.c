/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * take-back: the supervisor's own test. Every core runs an endless loop and sends NMIs to all;
 * once the budget is over, every other handler does not return either, so that the supervisor
 * meets cores that hang in their task, in a handler, and on their way from one into the other.
 * Each of them must be back after the round: one that is not is lost for the rest of a run.
 */
#include <arch/cpu.h>
#include "../script.h"

#define ROUNDS	     12
#define BUDGET_NS    (10 * NSEC_PER_MSEC)
#define SEND_WITHIN  (3 * NSEC_PER_USEC)
#define HANDLE_UP_TO (4 * NSEC_PER_USEC)

static u64 hang_from;
static u32 ended, kept;

static void sometimes_hang(void *arg, uintptr_t pc, u32 sources)
{
	u64 *rng = &this_cpu()->rng;

	clock_delay_ns(rng_below(rng, HANDLE_UP_TO));
	if (clock_now_ns() < READ_ONCE(hang_from) || rng_below(rng, 2))
		return;
	for (;;)
		cpu_relax();
}

static void send_for_ever(void *arg)
{
	struct scenario_run *r = arg;
	u64 *rng = &this_cpu()->rng;

	for (;;) {
		nmi_raise((u32)rng_below(rng, r->cpus));
		clock_delay_ns(rng_below(rng, SEND_WITHIN));
		cpu_relax();
	}
}

static void take_back_run(struct scenario_run *r)
{
	ended = 0;
	nmi_set_handler(sometimes_hang, r);
	for (u32 round = 0; round < ROUNDS && job_max_cpus() >= r->cpus; round++) {
		WRITE_ONCE(hang_from, clock_now_ns() + BUDGET_NS);
		ended += job_run(0, r->cpus, send_for_ever, r, BUDGET_NS) != 0;
	}
	kept = MIN(job_max_cpus(), r->cpus);
}

static void take_back_check(struct scenario_run *r)
{
	report_value(r->kase, "rounds_ended", ended == ROUNDS ? "pass" : "fail", ended, "count");
	report_value(r->kase, "cores_kept", kept == r->cpus ? "pass" : "fail", kept, "count");
	if (kept != r->cpus)
		run_error(r, "%u of %u cores were lost", r->cpus - kept, r->cpus);
	else if (ended != ROUNDS)
		run_error(r, "%u of %u endless jobs ended by themselves", ROUNDS - ended, ROUNDS);
}

static const struct scenario take_back = {
	.name = "take-back",
	.doc = "the supervisor gets every core back from endless loops in tasks and NMIs",
	.suites = "selftest",
	.no_lock = true,
	.min_cpus = 1,
	.budget_ms = 1000,
	.nmi = 1u << NMI_SRC_IPI,
	.run = take_back_run,
	.check = take_back_check,
};
SCENARIO_REGISTER(take_back);
