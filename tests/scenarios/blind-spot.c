/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * blind-spot: core 0 holds A and wants B, core 1 holds B and wants A, but each lock already
 * has a pending waiter and a queue head that are innocent. So the guilty two wait further
 * back in the queues, where nobody looks for deadlocks, and only timeouts end it. The same
 * with two NMIs as the guilty attempts. Upstream knows the second form and leaves it open;
 * this is an experiment: it reports what happened, and fails only if not everybody came
 * back in the end.
 */
#include "../script.h"

#define CORES	6
#define A	0
#define B	1
#define CLOSE	5 /* the step at which the guilty go */
#define LONGEST (1100 * NSEC_PER_MSEC)

enum form { BY_TASK, BY_NMI, NR_FORMS };

static struct recovery clock;
static enum form form;
static struct {
	u32 failed, innocent;
	u64 longest;
} result[NR_FORMS];

static void want(struct scenario_run *r, u32 i)
{
	recover_start(&clock);
	if (run_acquire(r, i, true))
		recover_error(&clock);
	else
		run_release(r, i);
}

static void nmi_body(struct scenario_run *r)
{
	want(r, cpu_id() == 0 ? B : A);
}

static void guilty(struct scenario_run *r, u32 me)
{
	bool got = !run_acquire(r, me, true);

	if (!job_barrier())
		return;
	if (me == 0) {
		script_queue(r, 2, A, 1);
		script_queue(r, 3, A, 2);
		script_queue(r, 4, B, 3);
		script_queue(r, 5, B, 4);
		step_reach(CLOSE);
	}
	if (step_wait(CLOSE)) {
		if (form == BY_TASK)
			want(r, !me);
		else if (script_nmi(r, me, AT_ANY, nmi_body))
			script_nmi_done(me, 3 * NSEC_PER_SEC);
	}
	if (got)
		run_release(r, me);
}

static void innocent(struct scenario_run *r, u32 me)
{
	u32 lock = me < 4 ? A : B;

	if (job_barrier() && step_wait(me - 1) && !run_acquire(r, lock, false))
		run_release(r, lock);
}

static void blind_job(void *arg)
{
	struct scenario_run *r = arg;
	u32 me = job_index();

	if (me < 2)
		guilty(r, me);
	else
		innocent(r, me);
	if (!job_barrier())
		return;
	if (!run_acquire(r, me % 2, false)) {
		recover_progress(&clock);
		run_release(r, me % 2);
	}
}

/* This form's share of the statistics, which both forms fill. */
static void note_result(u32 failed_before, u32 innocent_before)
{
	const struct ctx_stats *s;
	u32 failed = 0, innocents = 0;

	for (u32 ctx = 0; ctx < NR_CTX; ctx++) {
		s = merged_stats(ctx);
		failed += s->outcome[OUTCOME_EDEADLK] + s->outcome[OUTCOME_ETIMEDOUT];
		innocents += s->innocent;
		result[form].longest = MAX(result[form].longest, s->wait_fail.max);
	}
	result[form].failed = failed - failed_before;
	result[form].innocent = innocents - innocent_before;
}

static void blind_run(struct scenario_run *r)
{
	r->nr_locks = 2;
	for (form = BY_TASK; form < NR_FORMS; form++) {
		result[form] = (typeof(result[0])){0};
		recover_init(&clock, CORES);
		script_begin(r);
		if (!run_job(r, 0, CORES, blind_job, 0))
			return;
		if (form == BY_TASK)
			note_result(0, 0);
		else
			note_result(result[BY_TASK].failed, result[BY_TASK].innocent);
	}
}

static void blind_check(struct scenario_run *r)
{
	static const char *const what[NR_FORMS][3] = {
		{"task.failed", "task.innocent_failed", "task.longest"},
		{"nmi.failed", "nmi.innocent_failed", "longest"},
	};

	for (u32 i = 0; i < NR_FORMS; i++) {
		report_value(r->kase, what[i][0], "pass", result[i].failed, "count");
		report_value(r->kase, what[i][1], "pass", result[i].innocent, "count");
		check_time(r, what[i][2], result[i].longest, 0, LONGEST);
	}
}

static const struct scenario blind_spot = {
	.name = "blind-spot",
	.doc = "experiment: ABBA between waiters that are not in front, by tasks and by NMIs",
	.suites = "deadlock",
	.lock_flags = LOCK_RESILIENT | LOCK_NMI_SAFE,
	.min_cpus = CORES,
	.budget_ms = 8000,
	.run = blind_run,
	.check = blind_check,
};
SCENARIO_REGISTER(blind_spot);
