/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * hook-reentry: lock code is entered again from its own slow path, without any NMI.
 *
 * The lock tells when a wait in its queue begins and ends, and who listens takes locks too:
 * two eBPF programs on Linux's contention tracepoints, each with a map of its own, hung eight
 * cores for good in October 2026. Here a program is a lock and a body that takes it; none
 * enters itself, as in Linux, but each enters the others. There is one more than a core has
 * queue nodes. A core starts with one of two, so that
 * cores close real cycles. Every attempt must end, and nothing may be left behind.
 */
#include <arch/cpu.h>
#include "../script.h"

#define PROGRAMS 5
#define STARTERS 2
#define ROUNDS	 64
/* Rounds take long where cycles are found late. */
#define LONG_NS	   (300 * NSEC_PER_MSEC)
#define SECTION_NS (20 * NSEC_PER_USEC)

/* Of one core: which programs it is inside of, and what it has seen. */
static struct {
	u32 inside; /* mask */
	u32 depth, deepest, calls;
} __aligned(CACHE_LINE) hooked[MAX_CPUS];

static u64 end_ns;

static void run_program(struct scenario_run *r, u32 program)
{
	u32 id = cpu_id();

	hooked[id].inside |= 1u << program;
	hooked[id].depth++;
	hooked[id].deepest = MAX(hooked[id].deepest, hooked[id].depth);
	if (!run_acquire(r, program, true)) {
		script_delay(rng_below(&this_cpu()->rng, SECTION_NS));
		run_release(r, program);
	}
	hooked[id].depth--;
	hooked[id].inside &= ~(1u << program);
}

/* In the slow path of a program that this core is inside of. */
static void on_contention(bool begins)
{
	u32 id = cpu_id();

	hooked[id].calls++;
	for (u32 i = 0; i < PROGRAMS && !job_should_stop(); i++) {
		if (hooked[id].inside & 1u << i)
			continue;
		run_program(current_run(), i);
		return;
	}
}

static void hook_job(void *arg)
{
	struct scenario_run *r = arg;

	this_cpu()->contention = on_contention;
	if (!job_barrier())
		return;
	for (u32 n = 0; n < ROUNDS && clock_now_ns() < READ_ONCE(end_ns) && !job_should_stop(); n++)
		run_program(r, rng_below(&this_cpu()->rng, STARTERS));
	this_cpu()->contention = NULL;
}

static void hook_run(struct scenario_run *r)
{
	r->nr_locks = PROGRAMS;
	for (u32 i = 0; i < r->cpus; i++)
		hooked[i] = (typeof(hooked[i])){0};
	end_ns = clock_now_ns() + LONG_NS;
	run_job(r, 0, r->cpus, hook_job, LONG_NS);
}

static void hook_check(struct scenario_run *r)
{
	bool queues = r->ops->flags & LOCK_FIFO;
	u64 calls = 0;
	u32 deepest = 0;

	for (u32 i = 0; i < r->cpus; i++) {
		calls += hooked[i].calls;
		deepest = MAX(deepest, hooked[i].deepest);
	}
	/* Only who waits in a queue is listened to. */
	check_at_least(r, "hooks", calls, queues ? 2 : 0);
	check_at_least(r, "deepest", deepest, queues ? 2 : 1);
}

static const struct scenario hook_reentry = {
	.name = "hook-reentry",
	.doc = "the slow path's contention hook takes other locks, on every core",
	.suites = "default,deadlock",
	.lock_flags = LOCK_RESILIENT,
	.min_cpus = 3,
	.budget_ms = 6000,
	.run = hook_run,
	.check = hook_check,
};
SCENARIO_REGISTER(hook_reentry);
