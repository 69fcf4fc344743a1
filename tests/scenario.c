/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The life of one case, and what scenarios use while it lasts. */
#include <arch/cpu.h>
#include "run.h"
#include "../kernel/console.h"
#include "../kernel/main.h"
#include "../kernel/string.h"

#define MAX_SCENARIOS 64

/* A resilient lock waits 250 ms at most; cases have 100 ms to spare. */
#define STANDSTILL_NS (100 * NSEC_PER_MSEC)
#define MAX_TRIES     3

extern const struct scenario *const scenario_table_start[], *const scenario_table_end[];

static const struct scenario *registry[MAX_SCENARIOS];
static u32 nr_registry;

static struct scenario_run run;
static struct scenario_lock locks[SCENARIO_LOCKS];
static struct oracle oracles[SCENARIO_LOCKS];

/* Written by one core at every acquire, so each has cache lines of its own. */
static struct {
	struct attempt ctx[NR_CTX];
} __aligned(CACHE_LINE) attempts[MAX_CPUS];

/* ---- Registry */

void scenario_registry_init(void)
{
	const struct scenario *const *p;

	for (p = scenario_table_start; p < scenario_table_end && nr_registry < MAX_SCENARIOS; p++) {
		u32 i = nr_registry++;

		for (; i && strcmp(registry[i - 1]->name, (*p)->name) > 0; i--)
			registry[i] = registry[i - 1];
		registry[i] = *p;
	}
	if (p < scenario_table_end)
		panic("more than %u scenarios", MAX_SCENARIOS);
}

u32 scenario_count(void)
{
	return nr_registry;
}

const struct scenario *scenario_get(u32 i)
{
	return registry[i];
}

/* ---- Verdicts */

static void decide(struct scenario_run *r, enum verdict v, const char *fmt, va_list ap)
{
	if (r->verdict != VERDICT_PASS)
		return;
	r->verdict = v;
	vsnprintf(r->why, sizeof(r->why), fmt, ap);
}

void run_fail(struct scenario_run *r, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	decide(r, VERDICT_FAIL, fmt, ap);
	va_end(ap);
}

void run_error(struct scenario_run *r, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	decide(r, VERDICT_ERROR, fmt, ap);
	va_end(ap);
}

void run_skip(struct scenario_run *r, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	decide(r, VERDICT_SKIP, fmt, ap);
	va_end(ap);
}

/* ---- What scenarios use */

struct scenario_run *current_run(void)
{
	return &run;
}

bool run_job(struct scenario_run *r, u32 first, u32 n, void (*fn)(void *), u64 extra_ns)
{
	u64 budget = r->scenario->budget_ms * NSEC_PER_MSEC + extra_ns + 6 * emulation_ns();

	if (!job_run(first, n, fn, r, budget))
		return true;
	r->hung = true;
	hang_report(r, first, n);
	return false;
}

int run_acquire(struct scenario_run *r, u32 i, bool guilty)
{
	struct cpu *cpu = this_cpu();
	/* An NMI between a task's failure and its look at the cause must not replace it. */
	u32 outer = cpu->cause;
	struct attempt *a = run_attempt(cpu->id, cpu_in_nmi() ? CTX_NMI : CTX_TASK);
	/* Ordered, or a core could begin before another one told it to. */
	u64 begin = clock_now_ns_ordered(), end;
	int rc;

	WRITE_ONCE(a->end, 0);
	store_release(&a->begin, begin);
	cpu_set_cause(CAUSE_NONE);
	rc = r->ops->acquire(&r->lock[i]);
	end = clock_now_ns();
	a->rc = rc;
	a->cause = rc ? READ_ONCE(cpu->cause) : CAUSE_NONE;
	if (!rc)
		oracle_enter(&r->oracle[i]);
	store_release(&a->end, end);
	stats_attempt(rc, a->cause, end - begin, rc && !guilty);
	if (cpu_in_nmi())
		cpu_set_cause(outer);
	return rc;
}

struct attempt *run_attempt(u32 cpu, enum stat_ctx ctx)
{
	return &attempts[cpu].ctx[ctx];
}

void run_attempts_clear(void)
{
	memset(attempts, 0, sizeof(attempts));
}

void run_release(struct scenario_run *r, u32 i)
{
	oracle_exit(&r->oracle[i]);
	r->ops->release(&r->lock[i]);
	if (!cpu_in_nmi())
		this_cpu()->stats->ops++;
}

/* ---- One case */

/* FNV-1a: cases of one run get different random streams, the same in every run. */
static u64 name_hash(const char *s)
{
	u64 h = 0xcbf29ce484222325ull;

	for (; *s; s++)
		h = (h ^ (u8)*s) * 0x100000001b3ull;
	return h;
}

/*
 * How long timed parts last. An emulator does in a second what hardware does in milliseconds, and
 * a run there is to be over soon: it is for the order of things, which the engines go through.
 */
static u64 timed_ns(const struct scenario *s, const struct options *o)
{
	u64 own = s->duration_ms * NSEC_PER_MSEC;

	if (o->duration_ms)
		return o->duration_ms * NSEC_PER_MSEC;
	return report_logic_only() && !s->virtual_time ? own / 3 : own;
}

static void case_prepare(struct scenario_run *r, const struct scenario *s,
			 const struct lock_ops *ops, const struct options *o)
{
	u64 seed;

	*r = (struct scenario_run){.scenario = s, .ops = ops, .options = o};
	snprintf(r->kase, sizeof(r->kase), "%s%s%s", ops ? ops->name : "", ops ? "." : "", s->name);
	r->cpus = MIN(online.count, job_max_cpus());
	if (o->cpus)
		r->cpus = MIN(r->cpus, o->cpus);
	r->nr_locks = ops ? 1 : 0;
	r->duration_ns = timed_ns(s, o);
	r->lock = locks;
	r->oracle = oracles;
	seed = rng_seed(o->seed, name_hash(r->kase));
	r->rng = rng_seed(seed, MAX_CPUS);
	for (u32 i = 0; i < online.count; i++) {
		struct cpu *cpu = online.cpu[i];

		memset(cpu->lock_data, 0, sizeof(cpu->lock_data));
		stats_clear(cpu->stats);
		cpu->rng = rng_seed(seed, i);
		cpu->cause = CAUSE_NONE;
		cpu->contention = NULL;
	}
	run_attempts_clear();
	memset(locks, 0, sizeof(locks));
	for (u32 i = 0; i < SCENARIO_LOCKS; i++) {
		oracle_init(&oracles[i]);
		if (ops)
			ops->init(&locks[i]);
	}
	nmi_counts_clear();
}

/* Can this machine run it? */
static bool case_needs(struct scenario_run *r)
{
	const struct scenario *s = r->scenario;

	if (r->cpus < s->min_cpus)
		run_skip(r, "needs %u cpus, has %u", s->min_cpus, r->cpus);
	for (u32 src = 0; src < NR_NMI_SOURCES; src++) {
		const char *missing = s->nmi & (1u << src) ? nmi_source_missing(src) : NULL;

		if (missing)
			run_skip(r, "needs NMI source %s: %s", nmi_source_name(src), missing);
	}
	return r->verdict == VERDICT_PASS;
}

/* Everything released, nothing lost, nobody was inside together: for every lock used. */
static void case_examine(struct scenario_run *r)
{
	u64 successes = r->entries, entered = 0;

	for (u32 i = 0; i < r->cpus; i++) {
		const struct cpu_stats *s = online.cpu[i]->stats;

		successes +=
			s->ctx[CTX_TASK].outcome[OUTCOME_OK] + s->ctx[CTX_NMI].outcome[OUTCOME_OK];
	}
	for (u32 i = 0; i < r->nr_locks; i++)
		entered += READ_ONCE(r->oracle[i].left);
	for (u32 i = 0; i < r->nr_locks; i++) {
		char buf[120];
		struct text why = TEXT_INIT(buf);
		u64 entries = r->nr_locks == 1 ? successes : READ_ONCE(r->oracle[i].left);

		if (!oracle_finish(&r->oracle[i], r->ops, &r->lock[i], entries, &why))
			run_fail(r, "lock %u: %s", i, buf);
	}
	if (entered != successes)
		run_fail(r, "%llu acquires succeeded but %llu entries were counted inside",
			 (unsigned long long)successes, (unsigned long long)entered);
}

static bool expects(const struct scenario_run *r, const char *outcome)
{
	return r->ops && lock_expects(r->ops, r->scenario->name, outcome);
}

/* A known defect has to show, or may where chance decides; then the testbed works. */
static void case_expect(struct scenario_run *r)
{
	const char *seen = r->hung ? "hang" : r->verdict == VERDICT_FAIL ? "fail" : "pass";
	bool hang = expects(r, "hang"), fail = expects(r, "fail");

	if (r->verdict == VERDICT_SKIP || r->verdict == VERDICT_ERROR)
		return;
	if (expects(r, seen) || (r->hung && expects(r, "may-hang")) ||
	    (!r->hung && r->verdict == VERDICT_FAIL && expects(r, "may-fail"))) {
		report_line("# expected %s seen case=%s%s%s", seen, r->kase,
			    r->why[0] ? " what=" : "", r->why);
		r->verdict = VERDICT_PASS;
		r->row.expected_fail = true;
		r->why[0] = '\0';
	} else if (hang || fail) {
		r->verdict = VERDICT_PASS;
		run_fail(r, "known defect did not show: expected %s, saw %s",
			 hang && fail ? "hang or fail"
			 : hang	      ? "hang"
				      : "fail",
			 seen);
	} else if (r->hung) {
		run_fail(r, "hung: a job missed its budget of %u ms", r->scenario->budget_ms);
	}
}

/* Figures that every case has, from all cores together. */
static void case_figures(struct scenario_run *r)
{
	static struct ctx_stats task, nmi;
	struct report_row *row = &r->row;

	stats_merge(&task, CTX_TASK);
	stats_merge(&nmi, CTX_NMI);
	row->ok = task.outcome[OUTCOME_OK] + nmi.outcome[OUTCOME_OK];
	row->edeadlk = task.outcome[OUTCOME_EDEADLK] + nmi.outcome[OUTCOME_EDEADLK];
	row->etimedout = task.outcome[OUTCOME_ETIMEDOUT] + nmi.outcome[OUTCOME_ETIMEDOUT];
	row->innocent = task.innocent + nmi.innocent;
	hist_merge(&task.wait_ok, &nmi.wait_ok);
	row->wait_max = task.wait_ok.max;
	row->wait_p50 = hist_percentile(&task.wait_ok, 5000);
	row->wait_p99 = hist_percentile(&task.wait_ok, 9900);
	hist_merge(&task.recover, &nmi.recover);
	if (!task.recover.count)
		return;
	row->recover_p50 = hist_percentile(&task.recover, 5000);
	row->recover_max = task.recover.max;
	report_value(r->kase, "recover.p50", "pass", row->recover_p50, "ns");
	report_value(r->kase, "recover.p99", "pass", hist_percentile(&task.recover, 9900), "ns");
	report_value(r->kase, "recover.max", "pass", task.recover.max, "ns");
	if (task.progress.count)
		report_value(r->kase, "progress.max", "pass", task.progress.max, "ns");
	report_value(r->kase, "innocent", "pass", row->innocent, "count");
}

static void case_report(struct scenario_run *r)
{
	struct report_row *row = &r->row;

	if (r->verdict != VERDICT_SKIP) {
		case_figures(r);
		report_cpus(r->kase, online.count, lock_cause_name);
	}
	strlcpy(row->lock, r->ops ? r->ops->name : "-", sizeof(row->lock));
	strlcpy(row->scenario, r->scenario->name, sizeof(row->scenario));
	row->verdict = r->verdict;
	report_row(row);
	report_case_end(r->kase, r->verdict, r->why[0] ? r->why : NULL);
	console_drain();
}

/*
 * Did the machine stand still for as long as a lock's patience? Then waits ran out of time and
 * orders did not arrive through no fault of the lock, and the case is to be run again. On bare
 * metal the line is a finding of its own: firmware takes the machine away that long. An emulator
 * that gives all cores turns on one thread does so in every try; that is learned, not fought.
 */
static bool case_disturbed(struct scenario_run *r, u32 tries)
{
	static u64 bearable = STANDSTILL_NS, least;
	u64 ns = job_standstill_ns();
	bool again = tries < MAX_TRIES;

	/* Budgets are seconds: a job that missed its own did not for that. */
	if (r->hung || r->scenario->virtual_time || r->scenario->bears_standstill || ns < bearable)
		return false;
	report_line("# warn machine case=%s standstill_ms=%llu: %s", r->kase,
		    (unsigned long long)(ns / NSEC_PER_MSEC),
		    again ? "the case is run again" : "its verdict may be the machine's");
	least = tries == 1 ? ns : MIN(least, ns);
	if (tries == MAX_TRIES)
		bearable = 2 * least;
	return again;
}

void case_run(const struct scenario *s, const struct lock_ops *ops, const struct options *o,
	      const char *skip)
{
	struct scenario_run *r = &run;
	u32 tries = 0;
	bool runs;

	do {
		case_prepare(r, s, ops, o);
		if (skip[0])
			run_skip(r, "%s", skip);
		runs = case_needs(r);
		if (!runs)
			break;
		job_standstill_ns();
		s->run(r);
		nmi_set_handler(NULL, NULL);
	} while (case_disturbed(r, ++tries));
	if (runs) {
		if (!r->hung && r->verdict == VERDICT_PASS) {
			if (ops)
				case_examine(r);
			s->check(r);
		}
		case_expect(r);
	}
	case_report(r);
}
