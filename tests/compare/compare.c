/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * compare: takes the samples that a schedule asks for, one after the other and in its order,
 * and prints each as a "# sample" record. What they mean together is for the reader of the
 * report to say (tests/run/compare.py), which also made the schedule: locks interleaved.
 *
 * pairs	ps for acquire + release of a free lock: the middle one of many short rounds
 * aa		the same with the lock held by this core: a resilient lock's way out
 * contend	successes of each core in a span that a timer's NMI ends
 * nmi-free, nmi-held
 *		ns in an NMI's handler for taking the free lock, for being refused the held one; in
 *		turns with an NMI whose handler does nothing, the whole of which is taken too
 * count, count-aa
 *		instructions of a pair, of a refusal: single-stepped, exact (count.c)
 */
#include <arch/time.h>
#include "../../kernel/mem.h"
#include "../../kernel/string.h"
#include "../script.h"
#include "compare.h"
#include "count.h"

#define ROUNDS_MOST 512
#define ROUND_MOST  4096
/* A round that takes at least so long is not measured by its clock reads. */
#define ROUND_NS 20000
/* In one handler: a single one drowns in the noise of its clock reads. */
#define NMI_ATTEMPTS 16
#define STOPPER	     NMI_SRC_TIMER_A

static struct order order;

/* What one core writes while it is measured. */
struct lane {
	struct hot_run hot;
	u64 switches;
} __aligned(2 * CACHE_LINE);

static struct lane *lanes; /* by core */

static struct {
	u32 value;
} __aligned(2 * CACHE_LINE) stop, ready;

static struct {
	u64 round[ROUNDS_MOST]; /* ticks */
	u64 other[ROUNDS_MOST]; /* what it is to be compared with */
	u64 pairs;		/* in a round */
	u32 rounds;
	u64 ns;
} took;

/* ---- One core alone */

static u64 one_round(const struct scenario_run *r)
{
	u64 t0 = time_counter_ordered();

	r->ops->hot_pairs(&r->lock[0], took.pairs);
	return time_counter_ordered() - t0;
}

static void rounds_job(void *arg)
{
	struct scenario_run *r = arg;
	bool held = strcmp(order.kind, "aa") == 0;
	u64 least = clock_ns_to_ticks(ROUND_NS), end;

	if (held && r->ops->acquire(&r->lock[0]))
		return;
	lanes[0].switches = switches_forced();
	end = clock_now_ns() + order.us * 1000;
	for (took.pairs = 1; one_round(r) < least && took.pairs < ROUND_MOST;)
		took.pairs *= 2;
	for (took.rounds = 0; took.rounds < ROUNDS_MOST && !job_should_stop();) {
		took.round[took.rounds++] = one_round(r);
		if (clock_now_ns() >= end)
			break;
	}
	lanes[0].switches = switches_forced() - lanes[0].switches;
	if (held)
		r->ops->release(&r->lock[0]);
}

/* Shell sort: a few hundred numbers. */
static void sort(u64 *v, u32 n)
{
	for (u32 gap = n / 2; gap; gap /= 2) {
		for (u32 i = gap; i < n; i++) {
			u64 x = v[i];
			u32 j = i;

			for (; j >= gap && v[j - gap] > x; j -= gap)
				v[j] = v[j - gap];
			v[j] = x;
		}
	}
}

static void take_rounds(struct scenario_run *r)
{
	if (!run_job(r, 0, 1, rounds_job, order.us * 1000) || !took.rounds)
		return;
	sort(took.round, took.rounds);
	report_line("# sample kind=%s lock=%s ps=%llu rounds=%u switches=%llu", order.kind,
		    r->ops->name,
		    (unsigned long long)(clock_ticks_to_ns(took.round[took.rounds / 2] * 1000) /
					 took.pairs),
		    took.rounds, (unsigned long long)lanes[0].switches);
}

/* ---- Cores against each other */

static void stop_all(void *arg, uintptr_t pc, u32 sources)
{
	WRITE_ONCE(stop.value, 1);
}

/* Core 0 competes too: what ends the span is an NMI that it takes. */
static void contend_job(void *arg)
{
	struct scenario_run *r = arg;
	u32 me = job_index();
	u64 t0;

	lanes[me].switches = switches_forced();
	atomic_add_rlx(&ready.value, 1);
	while (atomic_read_rlx(&ready.value) < order.threads && !job_should_stop())
		cpu_relax();
	if (me == 0 && nmi_tick_start(STOPPER, MAX(1000000 / order.us, 1ull)) < 0)
		WRITE_ONCE(stop.value, 1);
	t0 = clock_now_ns();
	r->ops->hot_contend(&lanes[me].hot);
	if (me == 0) {
		took.ns = clock_now_ns() - t0;
		nmi_tick_stop(STOPPER);
	}
	lanes[me].switches = switches_forced() - lanes[me].switches;
}

static void show_contended(const struct scenario_run *r)
{
	char buf[160];
	struct text each = TEXT_INIT(buf);
	u64 ops[MAX_CPUS], all = 0, failed = 0, switches = 0, least = ~0ull, most = 0;

	for (u32 i = 0; i < order.threads; i++) {
		ops[i] = lanes[i].hot.ops;
		all += ops[i];
		least = MIN(least, ops[i]);
		most = MAX(most, ops[i]);
		failed += lanes[i].hot.failed;
		switches += lanes[i].switches;
	}
	text_printf(&each, "least=%llu most=%llu jain=%u", (unsigned long long)least,
		    (unsigned long long)most, stats_jain(ops, order.threads));
	report_line("# sample kind=contend lock=%s threads=%u hold=%llu think=%llu ns=%llu "
		    "ops=%llu %s failed=%llu switches=%llu",
		    r->ops->name, order.threads, (unsigned long long)order.hold_ns,
		    (unsigned long long)order.think_ns, (unsigned long long)took.ns,
		    (unsigned long long)all, buf, (unsigned long long)failed,
		    (unsigned long long)switches);
}

static void take_contended(struct scenario_run *r)
{
	char buf[120];
	struct text why = TEXT_INIT(buf);
	u64 entries = 0;

	for (u32 i = 0; i < order.threads; i++)
		lanes[i].hot = (struct hot_run){
			.lock = &r->lock[0],
			.oracle = &r->oracle[0],
			.hold_ticks = clock_ns_to_ticks(order.hold_ns),
			.think_ticks = clock_ns_to_ticks(order.think_ns),
			.dither = i,
			.stop = &stop.value,
		};
	stop.value = ready.value = 0;
	nmi_set_handler(stop_all, NULL);
	if (!run_job(r, 0, order.threads, contend_job, order.us * 1000))
		return;
	for (u32 i = 0; i < order.threads; i++)
		entries += lanes[i].hot.ops;
	if (!oracle_finish(&r->oracle[0], r->ops, &r->lock[0], entries, &why))
		run_fail(r, "%s: %s", r->ops->name, buf);
	show_contended(r);
}

/* ---- NMIs */

static struct {
	bool idle;
	u64 inside; /* ticks */
} nmi;

static void try_in_nmi(void *arg, uintptr_t pc, u32 sources)
{
	struct scenario_run *r = arg;
	u64 t0 = time_counter_ordered();

	for (u32 i = 0; i < NMI_ATTEMPTS && !READ_ONCE(nmi.idle); i++) {
		if (r->ops->acquire(&r->lock[0]) == 0)
			r->ops->release(&r->lock[0]);
	}
	WRITE_ONCE(nmi.inside, time_counter_ordered() - t0);
}

/* Ticks from sending an NMI to this core to the end of its handler; 0 if it was not sent. */
static u64 one_nmi(bool idle)
{
	u64 t0 = time_counter_ordered();

	WRITE_ONCE(nmi.idle, idle);
	return nmi_raise(cpu_id()) ? 0 : time_counter_ordered() - t0;
}

static void nmi_job(void *arg)
{
	struct scenario_run *r = arg;
	bool held = strcmp(order.kind, "nmi-held") == 0;
	u64 end = clock_now_ns() + order.us * 1000;

	if (held && r->ops->acquire(&r->lock[0]))
		return;
	lanes[0].switches = switches_forced();
	while (took.rounds < ROUNDS_MOST && !job_should_stop()) {
		u64 whole = one_nmi(true), idle = nmi.inside;

		if (!whole || !one_nmi(false))
			break;
		took.other[took.rounds] = whole;
		took.round[took.rounds++] = nmi.inside - MIN(idle, nmi.inside);
		if (clock_now_ns() >= end)
			break;
	}
	lanes[0].switches = switches_forced() - lanes[0].switches;
	if (held)
		r->ops->release(&r->lock[0]);
}

static void take_nmis(struct scenario_run *r)
{
	nmi_set_handler(try_in_nmi, r);
	if (!run_job(r, 0, 1, nmi_job, order.us * 1000) || !took.rounds)
		return;
	nmi_settle();
	sort(took.round, took.rounds);
	sort(took.other, took.rounds);
	report_line("# sample kind=%s lock=%s ps=%llu whole=%llu rounds=%u switches=%llu",
		    order.kind, r->ops->name,
		    (unsigned long long)(clock_ticks_to_ns(took.round[took.rounds / 2] * 1000) /
					 NMI_ATTEMPTS),
		    (unsigned long long)clock_ticks_to_ns(took.other[took.rounds / 2]), took.rounds,
		    (unsigned long long)lanes[0].switches);
}

/* ---- Instructions */

static struct count count;

static void count_job(void *arg)
{
	count_instructions(&count);
}

static void take_count(struct scenario_run *r)
{
	count = (struct count){
		.ops = r->ops,
		.lock = &r->lock[0],
		.held = strcmp(order.kind, "count-aa") == 0,
	};
	if (!run_job(r, 0, 1, count_job, 5 * NSEC_PER_SEC))
		return;
	if (count.missing)
		report_line("# sample kind=%s lock=%s missing=\"%s\"", order.kind, r->ops->name,
			    count.missing);
	else
		report_line("# sample kind=%s lock=%s instructions=%llu", order.kind, r->ops->name,
			    (unsigned long long)count.instructions);
}

/* ---- The schedule */

static const struct {
	const char *kind;
	void (*take)(struct scenario_run *r);
	u32 flags; /* that the lock must have */
} kinds[] = {
	{"pairs", take_rounds, 0},
	{"aa", take_rounds, LOCK_RESILIENT},
	{"contend", take_contended, 0},
	{"nmi-free", take_nmis, LOCK_NMI_SAFE},
	{"nmi-held", take_nmis, LOCK_NMI_SAFE | LOCK_RESILIENT},
	{"count", take_count, 0},
	{"count-aa", take_count, LOCK_RESILIENT},
};

static void fresh_lock(struct scenario_run *r)
{
	for (u32 i = 0; i < online.count; i++) {
		memset(online.cpu[i]->lock_data, 0, sizeof(online.cpu[i]->lock_data));
		online.cpu[i]->cause = CAUSE_NONE;
	}
	memset(&r->lock[0], 0, sizeof(r->lock[0]));
	oracle_init(&r->oracle[0]);
	r->ops->init(&r->lock[0]);
	took.rounds = 0;
	nmi_set_handler(NULL, NULL);
}

/* Return: false if the run has to end. */
static bool take_sample(struct scenario_run *r)
{
	r->ops = lock_find(order.lock);
	for (size_t i = 0; r->ops && i < ARRAY_SIZE(kinds); i++) {
		if (strcmp(kinds[i].kind, order.kind))
			continue;
		if (order.threads < 1 || order.threads > r->cpus || !order.us ||
		    (r->ops->flags & kinds[i].flags) != kinds[i].flags)
			break;
		fresh_lock(r);
		kinds[i].take(r);
		return !r->hung && r->verdict == VERDICT_PASS;
	}
	run_error(r, "the schedule: %s %s on %u cores cannot be taken here", order.kind, order.lock,
		  order.threads);
	return false;
}

static void compare_run(struct scenario_run *r)
{
	int rc;

	lanes = mem_alloc(online.count * sizeof(*lanes), _Alignof(struct lane));
	if (!lanes) {
		run_error(r, "no memory for %u cores' figures", online.count);
		return;
	}
	while ((rc = order_next(&order)) > 0) {
		if (!take_sample(r))
			break;
		pause_us(order.us / 10);
	}
	if (rc < 0)
		run_error(r, "the schedule: %s", order.kind);
	if (r->hung)
		run_fail(r, "%s: %s hung", order.kind, r->ops->name);
	nmi_set_handler(NULL, NULL);
	r->ops = NULL;
}

static void compare_check(struct scenario_run *r)
{
}

static const struct scenario compare = {
	.name = "compare",
	.doc = "samples of locks side by side, as a schedule asks for",
	.suites = "compare",
	.no_lock = true,
	.nmi = 1u << STOPPER,
	.budget_ms = 5000,
	.run = compare_run,
	.check = compare_check,
};
SCENARIO_REGISTER(compare);
