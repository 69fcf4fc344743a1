/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * held-overflow: one core holds 34 locks, more than rqspinlock's table of 31 has room for.
 * A lock beyond the table, taken again, cannot be seen as held: the attempt must still end
 * by its timeout. After everything was released in LIFO order the table must work again.
 */
#include "../script.h"

#define HELD 34

static struct recovery clock;
static bool late;
static struct attempt in_table, beyond, afterwards;

/* A second attempt on a lock that this core holds. */
static struct attempt again(struct scenario_run *r, u32 i)
{
	recover_start(&clock);
	if (run_acquire(r, i, true))
		recover_error(&clock);
	else
		run_release(r, i);
	return *run_attempt(cpu_id(), CTX_TASK);
}

static void overflow_job(void *arg)
{
	struct scenario_run *r = arg;
	u32 n = 0;

	while (n < HELD && !run_acquire(r, n, false))
		n++;
	if (n == HELD) {
		in_table = again(r, 0);
		beyond = again(r, HELD - 1);
	}
	while (n)
		run_release(r, --n);
	if (run_acquire(r, 0, false))
		return;
	recover_progress(&clock);
	afterwards = again(r, 0);
	run_release(r, 0);
	if (!run_acquire(r, 0, false)) {
		recover_progress(&clock);
		run_release(r, 0);
	}
}

static void overflow_run(struct scenario_run *r)
{
	r->nr_locks = HELD;
	late = script_late_aa(r, 1);
	in_table = beyond = afterwards = (struct attempt){0};
	recover_init(&clock, 1);
	run_job(r, 0, 1, overflow_job, 0);
}

static void overflow_check(struct scenario_run *r)
{
	const struct ctx_stats *s = merged_stats(CTX_TASK);

	check_count(r, "taken", s->outcome[OUTCOME_OK], HELD + 2);
	check_count(r, "in_table.error", (u64)-in_table.rc, late ? (u64)-in_table.rc : EDEADLK);
	check_attempt(r, "in_table.wait", &in_table);
	/* Seeing it after all would be better than the contract asks. */
	if (beyond.rc != -EDEADLK)
		check_count(r, "beyond.error", (u64)-beyond.rc, ETIMEDOUT);
	check_attempt(r, "beyond.wait", &beyond);
	check_count(r, "afterwards.error", (u64)-afterwards.rc,
		    late ? (u64)-afterwards.rc : EDEADLK);
	check_attempt(r, "afterwards.wait", &afterwards);
}

static const struct scenario held_overflow = {
	.name = "held-overflow",
	.doc = "one core holds 34 locks and takes held ones again",
	.suites = "default,deadlock",
	.lock_flags = LOCK_RESILIENT,
	.budget_ms = 6000,
	.run = overflow_run,
	.check = overflow_check,
};
SCENARIO_REGISTER(held_overflow);
