/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <arch/cpu.h>
#include <arch/smp.h>
#include "script.h"

/* Long enough for a core to see that it must queue where the word does not tell. */
#define QUEUE_GRACE_NS (3 * NSEC_PER_MSEC)
/* From the word into the wait loop. */
#define QUEUE_SETTLE_NS (100 * NSEC_PER_USEC)
#define AIM_TRIES	400
#define AIM_TIMEOUT_NS	NSEC_PER_SEC

static u32 step;

/* One core's aimed NMI. Written by the sender before, by the core's handler after. */
static struct aim {
	void (*body)(struct scenario_run *r);
	u32 at;
	u32 missed, begun, done;
	int window;
	bool anywhere;
} aims[MAX_CPUS];

static void script_handler(void *arg, uintptr_t pc, u32 sources)
{
	struct scenario_run *r = arg;
	struct aim *a = &aims[cpu_id()];
	void (*body)(struct scenario_run *) = READ_ONCE(a->body);
	int window = lock_window(pc);
	bool in_lock = lock_of_text(pc) == r->ops;

	if (!body)
		return;
	if (a->at && !(in_lock && (a->anywhere || window < 0 || (a->at & 1u << window)))) {
		WRITE_ONCE(a->missed, a->missed + 1);
		return;
	}
	WRITE_ONCE(a->body, NULL);
	a->window = window;
	store_release(&a->begun, 1);
	body(r);
	store_release(&a->done, 1);
}

void script_begin(struct scenario_run *r)
{
	step = 0;
	for (u32 i = 0; i < MAX_CPUS; i++)
		aims[i] = (struct aim){.window = -1};
	nmi_set_handler(script_handler, r);
}

void step_reach(u32 n)
{
	store_release(&step, n);
}

bool step_wait(u32 n)
{
	while (load_acquire(&step) < n) {
		if (job_should_stop())
			return false;
		cpu_relax();
	}
	return true;
}

void script_delay(u64 ns)
{
	u64 t0 = clock_now_ns();

	while (clock_now_ns() - t0 < ns && !job_should_stop())
		cpu_relax();
}

struct queue_mark script_mark(struct scenario_run *r, u32 lock)
{
	return (struct queue_mark){r->ops->word(&r->lock[lock]), clock_now_ns_ordered()};
}

/*
 * A waiter in a queue has changed the word, or has given up. Where no place is kept, time has to
 * do: it tells nothing of a core that was stopped on its way.
 */
static bool waits_since(struct scenario_run *r, u32 lock, struct queue_mark mark,
			const struct attempt *a)
{
	u64 begin = load_acquire(&a->begin);

	if (begin < mark.at)
		return false;
	if (r->ops->word(&r->lock[lock]) != mark.word || load_acquire(&a->end))
		return true;
	return !(r->ops->flags & LOCK_FIFO) && clock_now_ns() - begin > QUEUE_GRACE_NS;
}

bool script_wait_queued(struct scenario_run *r, u32 cpu, u32 lock, struct queue_mark mark)
{
	const struct attempt *a = run_attempt(cpu, CTX_TASK);

	while (!waits_since(r, lock, mark, a)) {
		if (job_should_stop())
			return false;
		cpu_relax();
	}
	script_delay(QUEUE_SETTLE_NS);
	return !load_acquire(&a->end);
}

bool script_queue(struct scenario_run *r, u32 cpu, u32 lock, u32 n)
{
	struct queue_mark mark = script_mark(r, lock);

	step_reach(n);
	return script_wait_queued(r, cpu, lock, mark);
}

/* Wait until the NMI just sent has run its body or missed. */
static bool aim_answered(struct aim *a, u32 missed, u64 deadline)
{
	while (!load_acquire(&a->begun) && READ_ONCE(a->missed) == missed) {
		if (clock_now_ns() > deadline || job_should_stop())
			return false;
		cpu_relax();
	}
	return true;
}

bool script_nmi(struct scenario_run *r, u32 cpu, u32 at, void (*body)(struct scenario_run *r))
{
	u64 deadline = clock_now_ns() + AIM_TIMEOUT_NS;
	struct aim *a = &aims[cpu];

	*a = (struct aim){.at = at, .window = -1};
	store_release(&a->body, body);
	for (u32 i = 0; !load_acquire(&a->begun); i++) {
		u32 missed = READ_ONCE(a->missed);

		WRITE_ONCE(a->anywhere, i > AIM_TRIES);
		if (nmi_raise(cpu) || !aim_answered(a, missed, deadline))
			break;
	}
	if (load_acquire(&a->begun))
		return true;
	WRITE_ONCE(a->body, NULL);
	return false;
}

bool script_nmi_done(u32 cpu, u64 ns)
{
	u64 t0 = clock_now_ns();

	while (!load_acquire(&aims[cpu].done)) {
		if (job_should_stop() || clock_now_ns() - t0 > ns)
			return false;
		cpu_relax();
	}
	return true;
}

int script_nmi_window(u32 cpu)
{
	return aims[cpu].window;
}

u32 script_partner(struct scenario_run *r, u32 distance)
{
	for (u32 i = 1; i < r->cpus; i++) {
		if (smp_distance(&online.cpu[0]->arch, &online.cpu[i]->arch) == distance)
			return i;
	}
	return 0;
}

/* ---- Checks */

void check_count(struct scenario_run *r, const char *what, u64 got, u64 want)
{
	report_value(r->kase, what, got == want ? "pass" : "fail", got, "count");
	if (got != want)
		run_fail(r, "%s: %llu, expected %llu", what, (unsigned long long)got,
			 (unsigned long long)want);
}

void check_at_least(struct scenario_run *r, const char *what, u64 got, u64 least)
{
	report_value(r->kase, what, got >= least ? "pass" : "fail", got, "count");
	if (got < least)
		run_fail(r, "%s: %llu, expected at least %llu", what, (unsigned long long)got,
			 (unsigned long long)least);
}

void check_time(struct scenario_run *r, const char *what, u64 ns, u64 least, u64 most)
{
	bool ok = ns >= least && ns <= most + run_slack_ns();

	report_value(r->kase, what, ok ? "pass" : "fail", ns, "ns");
	if (!ok)
		run_fail(r, "%s: %llu ns, allowed %llu to %llu", what, (unsigned long long)ns,
			 (unsigned long long)least, (unsigned long long)(most + run_slack_ns()));
}

/* The contract's timeouts by waiter class; 0 = that cause has no time of its own. */
static u64 cause_timeout_ns(u32 cause)
{
	switch (cause) {
	case CAUSE_TIMEOUT_PENDING:
		return 250 * NSEC_PER_MSEC;
	case CAUSE_TIMEOUT_HEAD:
		return 500 * NSEC_PER_MSEC;
	case CAUSE_TIMEOUT_TAS:
		return NSEC_PER_SEC;
	default:
		return 0;
	}
}

void check_attempt(struct scenario_run *r, const char *what, const struct attempt *a)
{
	u64 timeout = cause_timeout_ns(a->cause);
	/* Flushed by a head that waited its 500 ms; anything unknown: the longest wait. */
	u64 most = timeout ? timeout : NSEC_PER_SEC;

	if (a->rc == -EDEADLK && a->cause != CAUSE_FLUSHED)
		most = 10 * NSEC_PER_MSEC;
	check_time(r, what, a->end - a->begin, timeout, most + 50 * NSEC_PER_MSEC);
}

const struct ctx_stats *merged_stats(enum stat_ctx ctx)
{
	static struct ctx_stats merged;

	stats_merge(&merged, ctx);
	return &merged;
}
