/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * contend: throughput and fairness of the lock against the number of cores and the length
 * of the section, in the lock's own inlined loop. Core 0 keeps the time; 1, 2, 4, ... of the
 * others compete. The records of the cores are those of the last point: all of them, with
 * an empty section.
 */
#include <arch/cpu.h>
#include "../script.h"
#include "../sections.h"
#include "../../kernel/mem.h"

#define MAX_COUNTS 12

/* Or hold= alone. */
static const u64 own_ns[] = {2000, 500, 0};
static u64 holds_ns[ARRAY_SIZE(own_ns)];
static u32 nr_holds;

/* What one core writes while it is measured. */
struct lane {
	struct hot_run hot;
	struct hist wait;
} __aligned(2 * CACHE_LINE);

static struct lane *lanes; /* by core, allocated at first use */

static struct {
	u32 value;
} __aligned(2 * CACHE_LINE) stop, ready;

struct point {
	u32 cores;
	u64 hold_ns, ns, ops, failed, least, most, longest_run;
	u32 jain;
};
static struct point points[ARRAY_SIZE(own_ns) * MAX_COUNTS];
static u32 nr_points;
static u64 point_ns;

static void keep_time(u32 cores)
{
	u64 t0;

	while (atomic_read_rlx(&ready.value) < cores && !job_should_stop())
		cpu_relax();
	t0 = clock_now_ns();
	script_delay(point_ns);
	WRITE_ONCE(stop.value, 1);
	points[nr_points].ns = clock_now_ns() - t0;
}

static void contend_job(void *arg)
{
	struct scenario_run *r = arg;
	u32 me = job_index();

	if (me == 0) {
		keep_time(points[nr_points].cores);
		return;
	}
	atomic_add_rlx(&ready.value, 1);
	r->ops->hot_contend(&lanes[me].hot);
}

static void prepare_lanes(struct scenario_run *r, const struct point *p)
{
	for (u32 i = 1; i <= p->cores; i++) {
		struct lane *lane = &lanes[i];

		hist_clear(&lane->wait);
		lane->hot = (struct hot_run){
			.lock = &r->lock[0],
			.oracle = &r->oracle[0],
			.hold_ticks = clock_ns_to_ticks(p->hold_ns),
			.wait = &lane->wait,
			.dither = i,
			.stop = &stop.value,
		};
		online.cpu[i]->stats->longest_run = 0;
	}
	stop.value = ready.value = 0;
	/* A row of successes must not go on from the point before. */
	r->oracle[0].run = 0;
}

static void collect(struct scenario_run *r, struct point *p)
{
	static u64 ops[MAX_CPUS];

	p->least = ~0ull;
	for (u32 i = 1; i <= p->cores; i++) {
		u64 n = lanes[i].hot.ops;

		ops[i - 1] = n;
		p->ops += n;
		p->failed += lanes[i].hot.failed;
		p->least = MIN(p->least, n);
		p->most = MAX(p->most, n);
		p->longest_run = MAX(p->longest_run, online.cpu[i]->stats->longest_run);
	}
	p->jain = stats_jain(ops, p->cores);
	r->entries += p->ops;
}

static bool measure(struct scenario_run *r, u32 cores, u64 hold_ns)
{
	struct sections s = {.task_ns = hold_ns};
	struct point *p = &points[nr_points];

	*p = (struct point){.cores = cores, .hold_ns = hold_ns};
	prepare_lanes(r, p);
	if (!run_job(r, 0, cores + 1, contend_job, point_ns + sections_turn_ns(r, &s)))
		return false;
	collect(r, p);
	nr_points++;
	return true;
}

/* Hot loops count in ticks; statistics are in ns. */
static void add_ticks(struct hist *into, const struct hist *ticks)
{
	if (!ticks->count)
		return;
	for (u32 i = 0; i < HIST_BUCKETS; i++) {
		u64 ns = clock_ticks_to_ns(hist_bucket_low(i));

		into->bucket[hist_bucket_of(ns)] += ticks->bucket[i];
	}
	into->min = clock_ticks_to_ns(ticks->min);
	into->max = clock_ticks_to_ns(ticks->max);
	into->sum = clock_ticks_to_ns(ticks->sum);
	into->count = ticks->count;
}

/* The last point becomes the cores' statistics; its successes are counted there. */
static void publish(struct scenario_run *r, const struct point *p)
{
	for (u32 i = 1; i <= p->cores; i++) {
		struct cpu_stats *s = online.cpu[i]->stats;
		const struct hot_run *hot = &lanes[i].hot;

		s->ctx[CTX_TASK].outcome[OUTCOME_OK] = hot->ops;
		s->ctx[CTX_TASK].outcome[OUTCOME_ETIMEDOUT] = hot->failed;
		s->ops = hot->ops;
		add_ticks(&s->ctx[CTX_TASK].wait_ok, &lanes[i].wait);
	}
	r->entries -= p->ops;
}

static void choose_holds(const struct scenario_run *r)
{
	bool own = r->options->hold_ns == OPTION_OWN;

	nr_holds = own ? ARRAY_SIZE(own_ns) : 1;
	for (u32 h = 0; h < nr_holds; h++)
		holds_ns[h] = own ? own_ns[h] : r->options->hold_ns;
}

static void contend_run(struct scenario_run *r)
{
	u32 most = r->cpus - 1, counts = 0;

	if (!lanes)
		lanes = mem_alloc(online.count * sizeof(*lanes), _Alignof(struct lane));
	if (!lanes) {
		run_error(r, "no memory for %u cores' figures", online.count);
		return;
	}
	for (u32 n = 1; n < most; n *= 2)
		counts++;
	nr_points = 0;
	choose_holds(r);
	point_ns = r->duration_ns / ((counts + 1) * nr_holds);
	for (u32 h = 0; h < nr_holds; h++) {
		for (u32 n = 1; n < most; n *= 2) {
			if (!measure(r, n, holds_ns[h]))
				return;
		}
		if (!measure(r, most, holds_ns[h]))
			return;
	}
	publish(r, &points[nr_points - 1]);
}

static u64 ops_per_s(const struct point *p)
{
	return p->ops * NSEC_PER_SEC / MAX(p->ns, 1ull);
}

static void point_value(struct scenario_run *r, const struct point *p, const char *name, u64 value,
			const char *unit)
{
	char what[48];

	snprintf(what, sizeof(what), "cores%u.hold%llu.%s", p->cores,
		 (unsigned long long)p->hold_ns, name);
	report_value(r->kase, what, "pass", value, unit);
}

static void contend_check(struct scenario_run *r)
{
	struct sections longest = {.task_ns = holds_ns[0]};
	u64 ops = 0, failed = 0, allowed;

	for (u32 i = 0; i < nr_points; i++) {
		const struct point *p = &points[i];

		point_value(r, p, "throughput", ops_per_s(p), "ops/s");
		point_value(r, p, "jain", p->jain, "1/10000");
		point_value(r, p, "least", p->least, "ops");
		point_value(r, p, "most", p->most, "ops");
		point_value(r, p, "longest_run", p->longest_run, "ops");
		ops += p->ops;
		failed += p->failed;
		if (!p->ops)
			run_fail(r, "%u cores got nothing done in %llu ns", p->cores,
				 (unsigned long long)p->ns);
	}
	/*
	 * Nobody deadlocks here; only a host that stops us, or a section that was made too long,
	 * can make waiters give up.
	 */
	allowed = cpu_facts()->virtual ? ops / 100 : 0;
	if (!sections_in_time(r, &longest))
		allowed = failed;
	check_count(r, "failed", failed, MIN(failed, allowed));
	r->row.ops_per_s = ops_per_s(&points[nr_points - 1]);
}

static const struct scenario contend = {
	.name = "contend",
	.doc = "throughput and fairness against core count and section length",
	.suites = "default,cost",
	.bears_standstill = true,
	.min_cpus = 2,
	.duration_ms = 300,
	.budget_ms = 6000,
	.run = contend_run,
	.check = contend_check,
};
SCENARIO_REGISTER(contend);
