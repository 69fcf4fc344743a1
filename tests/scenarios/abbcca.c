/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * abbcca: n cores in a ring, core i holds lock i and wants lock i + 1; n = 3, then as long
 * as there are cores and locks, if that is more than one longer. rqspinlock does not look for
 * such cycles, by design: a timeout must break them, and then everybody must get on.
 */
#include "../script.h"

#define SHORTEST 3

static struct recovery clock;
static u32 ring; /* cores in the cycle */
static struct {
	u32 cores, failed, failed_again;
} result[2];
static u32 nr_results;

static void ring_job(void *arg)
{
	struct scenario_run *r = arg;
	u32 me = job_index(), next = (me + 1) % ring;
	bool got = !run_acquire(r, me, true);

	if (!job_barrier())
		return;
	recover_start(&clock);
	if (run_acquire(r, next, true)) {
		recover_error(&clock);
		atomic_add_rlx(&result[nr_results].failed, 1);
	} else {
		run_release(r, next);
	}
	if (got)
		run_release(r, me);
	if (!job_barrier())
		return;
	if (!run_acquire(r, me, false)) {
		recover_progress(&clock);
		run_release(r, me);
	}
}

static bool ring_run(struct scenario_run *r, u32 n)
{
	ring = n;
	r->nr_locks = n;
	result[nr_results] = (typeof(result[0])){.cores = n};
	recover_init(&clock, n);
	if (!run_job(r, 0, n, ring_job, 0))
		return false;
	for (u32 i = 0; i < n; i++)
		result[nr_results].failed_again += run_attempt(i, CTX_TASK)->rc != 0;
	nr_results++;
	return true;
}

static void abbcca_run(struct scenario_run *r)
{
	u32 longest = MIN(r->cpus, (u32)SCENARIO_LOCKS);

	nr_results = 0;
	if (ring_run(r, SHORTEST) && longest > SHORTEST + 1)
		ring_run(r, longest);
}

static void abbcca_check(struct scenario_run *r)
{
	const struct ctx_stats *s = merged_stats(CTX_TASK);

	for (u32 i = 0; i < nr_results; i++) {
		char what[32];

		snprintf(what, sizeof(what), "cycle%u.failed", result[i].cores);
		check_at_least(r, what, result[i].failed, 1);
		snprintf(what, sizeof(what), "cycle%u.failed_again", result[i].cores);
		check_count(r, what, result[i].failed_again, 0);
	}
	/* A lock that sees such cycles may be quicker, but nobody may be slower. */
	check_time(r, "slowest_failure", s->wait_fail.max,
		   s->cause[CAUSE_TIMEOUT_TAS]	     ? NSEC_PER_SEC
		   : s->cause[CAUSE_TIMEOUT_PENDING] ? 250 * NSEC_PER_MSEC
						     : 0,
		   1100 * NSEC_PER_MSEC);
}

static const struct scenario abbcca = {
	.name = "abbcca",
	.doc = "cycles of three and more locks",
	.suites = "default,deadlock",
	.lock_flags = LOCK_RESILIENT,
	.min_cpus = SHORTEST,
	.budget_ms = 6000,
	.run = abbcca_run,
	.check = abbcca_check,
};
SCENARIO_REGISTER(abbcca);
