/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <arch/cpu.h>
#include "pace.h"
#include "script.h"
#include "sections.h"
#include "stress.h"

#define THINK_NS   NSEC_PER_MSEC
#define LONGEST_NS (2 * NSEC_PER_SEC)
/* So many NMIs must have been due before none at all means that something is broken. */
#define NMIS_SURE 20
/* Cores, where checks come round so late that more of them only wait for timeouts. */
#define LATE_CORES 8
/* How long a core that ought to have had its turn may go on when the time is up. */
#define EXTRA_NS (3 * NSEC_PER_SEC)

static const struct sections own = {
	.task_ns = 100 * NSEC_PER_USEC,
	.nmi_ns = 50 * NSEC_PER_USEC,
	.nmi_hz = 1000,
};
static struct sections sections;

/* Of AA each core is its own group; otherwise all belong together, through the locks. */
static struct recovery clocks[MAX_CPUS];
/* The task of this core holds or waits for a lock, so an NMI here cannot be innocent. */
static bool involved[MAX_CPUS];
static u64 end_ns, extra_ns;
static u32 failed_after_end;

/*
 * Must every core get through? With more cores than this in ABBA and longer cycles the
 * guilty ones wait where nobody looks, and timeouts send everybody away again and again.
 */
static bool all_must_get_on(const struct scenario_run *r)
{
	return (r->ops->flags & LOCK_FIFO) && (r->nr_locks == 1 || r->cpus <= 4) &&
	       sections_in_time(r, &sections);
}

static struct recovery *clock_of(struct scenario_run *r, u32 cpu)
{
	return &clocks[r->nr_locks == 1 ? cpu : 0];
}

/* An attempt; a guilty one may close a deadlock, and starts the recovery clock. */
static bool take(struct scenario_run *r, u32 lock, bool guilty)
{
	struct recovery *clock = clock_of(r, cpu_id());

	if (guilty)
		recover_start(clock);
	if (!run_acquire(r, lock, guilty)) {
		if (!cpu_in_nmi())
			recover_progress(clock);
		return true;
	}
	if (guilty)
		recover_error(clock);
	return false;
}

static void hold(u64 ns)
{
	u64 t0 = clock_now_ns();

	while (clock_now_ns() - t0 < ns) {
		if (!cpu_in_nmi())
			pace_poll();
		cpu_relax();
	}
}

/* One section: the first lock and, inside it, the second where there is one. */
static void section(struct scenario_run *r, u32 me, u64 hold_ns, bool guilty)
{
	u32 first = me % r->nr_locks, second = (me + 1) % r->nr_locks;

	if (!take(r, first, guilty))
		return;
	if (second == first) {
		hold(hold_ns);
	} else if (take(r, second, true)) {
		hold(hold_ns);
		run_release(r, second);
	}
	run_release(r, first);
}

static void nmi_body(struct scenario_run *r)
{
	u32 me = cpu_id();

	if (clock_now_ns() < READ_ONCE(end_ns))
		section(r, me, sections.nmi_ns, READ_ONCE(involved[me]));
}

static void stress_job(void *arg)
{
	struct scenario_run *r = arg;
	u32 me = cpu_id();

	if (!job_barrier())
		return;
	while (!job_should_stop()) {
		u64 now = clock_now_ns();

		if (now > end_ns &&
		    (this_cpu()->stats->ops || now > end_ns + extra_ns || !all_must_get_on(r)))
			break;
		WRITE_ONCE(involved[me], true);
		barrier();
		section(r, me, sections.task_ns, false);
		barrier();
		WRITE_ONCE(involved[me], false);
		hold(rng_below(&this_cpu()->rng, THINK_NS));
	}
	if (!job_barrier())
		return;
	/* Whatever happened, everybody can have the locks now. */
	if (take(r, me % r->nr_locks, false))
		run_release(r, me % r->nr_locks);
	else
		atomic_add_rlx(&failed_after_end, 1);
}

static void record(const struct scenario_run *r)
{
	report_line("# stress case=%s cores=%u hold_task_ns=%llu hold_nmi_ns=%llu nmi_hz=%llu "
		    "nmi_source=%s duration_ms=%llu seed=%llu",
		    r->kase, r->cpus, (unsigned long long)sections.task_ns,
		    (unsigned long long)sections.nmi_ns, (unsigned long long)sections.nmi_hz,
		    pace_source(), (unsigned long long)(r->duration_ns / NSEC_PER_MSEC),
		    (unsigned long long)r->options->seed);
}

void stress_run(struct scenario_run *r, u32 locks)
{
	sections = sections_chosen(r, own);
	r->nr_locks = locks;
	if (locks > 1 && !granule_in_time(script_granule(r, r->cpus)))
		r->cpus = MIN(r->cpus, LATE_CORES);
	for (u32 i = 0; i < r->cpus; i++) {
		recover_init(&clocks[i], locks == 1 ? 1 : r->cpus);
		involved[i] = false;
	}
	failed_after_end = 0;
	extra_ns = EXTRA_NS + sections_turn_ns(r, &sections);
	end_ns = clock_now_ns() + r->duration_ns;
	pace_start(r, sections.nmi_hz, nmi_body);
	run_job(r, 0, r->cpus, stress_job, r->duration_ns + 2 * sections_turn_ns(r, &sections));
	pace_stop();
	record(r);
}

/*
 * In AA mode nobody but an NMI can deadlock, so no innocent attempt may fail; a host that
 * stops us in the middle of a section can still make some time out, and so can sections
 * that were made too long.
 */
static void check_innocents(struct scenario_run *r, u64 innocent, u64 attempts)
{
	u64 allowed = cpu_facts()->virtual ? attempts / 100 : 0;

	if (r->nr_locks > 1 || (r->ops->flags & LOCK_OLD) || !sections_in_time(r, &sections))
		report_value(r->kase, "innocent_failed", "pass", innocent, "count");
	else
		check_count(r, "innocent_failed", innocent, MIN(innocent, allowed));
}

/* NMIs that follow each other stop the task that they interrupt in its attempt. */
static u64 longest_attempt_ns(const struct scenario_run *r)
{
	u64 stopped_ns = sections_nmi_bound(&sections) ? r->duration_ns : 0;

	return LONGEST_NS + sections_turn_ns(r, &sections) + stopped_ns;
}

void stress_check(struct scenario_run *r)
{
	u64 least = ~0ull, innocent, attempts, worst;
	const struct ctx_stats *s = merged_stats(CTX_NMI);

	if (!stats_attempts(s) && sections.nmi_hz * r->duration_ns > NMIS_SURE * NSEC_PER_SEC)
		run_error(r, "no NMI arrived in %llu ms",
			  (unsigned long long)(r->duration_ns / NSEC_PER_MSEC));
	innocent = s->innocent;
	attempts = stats_attempts(s);
	worst = s->worst.ns;
	s = merged_stats(CTX_TASK);
	innocent += s->innocent;
	attempts += stats_attempts(s);
	worst = MAX(worst, s->worst.ns);
	for (u32 i = 0; i < r->cpus; i++)
		least = MIN(least, online.cpu[i]->stats->ctx[CTX_TASK].outcome[OUTCOME_OK]);
	/* One success each is what every core shows after the end. */
	check_at_least(r, "least_taken_by_a_core", least, all_must_get_on(r) ? 2 : 1);
	check_count(r, "failed_after_end", failed_after_end, 0);
	check_innocents(r, innocent, attempts);
	check_time(r, "slowest_attempt", worst, 0, longest_attempt_ns(r));
}
