/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * explore: every program without directives, in all schedules with at most so many preemptions
 * and NMIs, and in random ones beyond. Without preemptions first, then with one, and so on: a
 * run that is cut by time has done all of the small ones. Each core has a world of its own and
 * takes first-level choices as it goes; the sums do not depend on which core took which.
 */
#include <arch/cpu.h>
#include "../coverage.h"
#include "../explore.h"
#include "../scenario.h"
#include "../../kernel/crc32.h"
#include "../../kernel/mem.h"
#include "../../kernel/string.h"

#define CORES_MAX   64
#define SHRINK_RUNS 400
/* Left for whoever comes after. */
#define KEEP_FREE (1u << 20)

typedef unsigned long long llu;

static struct {
	struct exploration *x[CORES_MAX];
	struct explore_random random[CORES_MAX];
	struct explore_counts bounded[CORES_MAX], randoms[CORES_MAX];
	struct explore_share share;
	u32 cores;
	bool asked;

	struct schedule smallest;
	u32 smallest_kind, shrink_runs;

	u32 programs, incomplete, failing;
	char where[80]; /* of the first failure or incompleteness */
} the;

/* As many cores as there is memory for, found once. */
static void allocate(u32 cores)
{
	const size_t each = sizeof(struct exploration) + EXPLORE_ARENA + EXPLORE_SEEN + (1u << 18);

	while (the.cores < MIN(cores, (u32)CORES_MAX)) {
		if (the.cores && mem_free_bytes() < each + KEEP_FREE)
			break;
		the.x[the.cores] = exploration_new();
		if (!the.x[the.cores])
			break;
		the.cores++;
	}
}

static void explore_job(void *arg)
{
	u32 i = job_index();
	struct explorer *e = &the.x[i]->e;

	explore_all(e);
	the.bounded[i] = e->counts;
}

static void random_job(void *arg)
{
	u32 i = job_index();
	struct explorer *e = &the.x[i]->e;

	explore_random(e, &the.random[i]);
	the.randoms[i] = e->counts;
}

static void shrink_job(void *arg)
{
	struct exploration *x = the.x[0];

	x->e.stopped = false;
	the.shrink_runs = explore_shrink(&x->e, &the.smallest, the.smallest_kind, SHRINK_RUNS);
}

/* ---- Sums */

static void add(struct explore_counts *sum, const struct explore_counts *c)
{
	sum->schedules += c->schedules;
	for (u32 i = 0; i < EXPLORE_KINDS; i++)
		sum->failures[i] += c->failures[i];
	sum->seen += c->seen;
	sum->points += c->points;
	sum->skipped += c->skipped;
	sum->steps += c->steps;
	sum->longest = MAX(sum->longest, c->longest);
	sum->choices = MAX(sum->choices, c->choices);
	sum->chosen += c->chosen;
	sum->unsaved += c->unsaved;
	sum->forgotten += c->forgotten;
	sum->unprintable += c->unprintable;
}

static u64 failures(const struct explore_counts *c)
{
	u64 n = 0;

	for (u32 i = 1; i < EXPLORE_KINDS; i++)
		n += c->failures[i];
	return n;
}

static void print_failures(const struct explore_counts *c, struct text *out)
{
	text_printf(out, " failures=%llu", (llu)failures(c));
	for (u32 i = 1; i < EXPLORE_KINDS; i++)
		if (c->failures[i])
			text_printf(out, " fault.%s=%llu", explore_fault_name(i),
				    (llu)c->failures[i]);
}

static bool is_complete(const struct explore_counts *c)
{
	return c->chosen == c->choices && !c->unsaved;
}

static const char *reduce_name(const struct options *o)
{
	return o->reduce == REDUCE_NONE ? "none" : o->reduce == REDUCE_POINTS ? "points" : "states";
}

/*
 * @levels: so many bounds were finished, from no preemption upwards; @c: what the last one did,
 * but failures of all.
 */
static void report_bounded(const struct scenario_run *r, const struct program *p,
			   const struct explore_counts *c, u32 levels, u64 ns)
{
	const struct options *o = r->options;
	char buf[700];
	struct text t = TEXT_INIT(buf);

	text_printf(&t,
		    "# explore case=%s program=%s id=%08x preemptions=%u nmis=%u reduce=%s "
		    "shard=%u/%u cores=%u complete=%u levels=%u choices=%llu chosen=%llu "
		    "schedules=%llu "
		    "seen=%llu points=%llu skipped=%llu steps=%llu longest=%llu",
		    r->kase, p->name, explore_id(p, r->ops), o->preemptions, o->nmis,
		    reduce_name(o), o->shard, o->shards, the.cores, is_complete(c), levels,
		    (llu)c->choices, (llu)c->chosen, (llu)c->schedules, (llu)c->seen,
		    (llu)c->points, (llu)c->skipped, (llu)c->steps, (llu)c->longest);
	text_printf(&t, " forgotten=%llu unsaved=%llu", (llu)c->forgotten, (llu)c->unsaved);
	print_failures(c, &t);
	text_printf(&t, " ms=%llu", (llu)(ns / NSEC_PER_MSEC));
	report_line("%s", buf);
}

static u64 times(u64 a, u64 b)
{
	return b && a > ~0ull / b ? ~0ull : a * b;
}

/* The paper's bound: a fault of depth d shows in a run with at least 1 / (n * k^(d-1)). */
static void report_random(const struct scenario_run *r, const struct program *p,
			  const struct explore_counts *c)
{
	const struct explore_random *first = &the.random[0];
	u64 bound = p->cores, longer = 0;
	char buf[500];
	struct text t = TEXT_INIT(buf);

	for (u32 i = 1; i < first->depth; i++)
		bound = times(bound, first->points);
	for (u32 i = 0; i < first->nmis; i++)
		bound = times(bound, times(p->cores, first->points));
	for (u32 i = 0; i < the.cores; i++)
		longer += the.random[i].longer;
	text_printf(&t,
		    "# random case=%s program=%s id=%08x shard=%u/%u seed=%#llx runs=%llu "
		    "schedules=%llu n=%u k=%llu d=%u nmis=%u one_in=%llu longer=%llu steps=%llu",
		    r->kase, p->name, explore_id(p, r->ops), r->options->shard, r->options->shards,
		    (llu)first->seed, (llu)first->runs, (llu)c->schedules, p->cores,
		    (llu)first->points, first->depth, first->nmis, (llu)bound, (llu)longer,
		    (llu)c->steps);
	print_failures(c, &t);
	report_line("%s", buf);
}

/* ---- Failing schedules */

/* The smallest failing schedule of kind @kind that any core has met. */
static const struct schedule *best_of(u32 kind)
{
	const struct schedule *best = NULL;

	for (u32 i = 0; i < the.cores; i++) {
		const struct explorer *e = &the.x[i]->e;

		if (!(e->has_best & 1u << kind))
			continue;
		if (!best || schedule_compare(&e->best[kind], best) < 0)
			best = &e->best[kind];
	}
	return best;
}

static void show_failure(struct scenario_run *r, u32 kind)
{
	struct exploration *x = the.x[0];
	u32 before = the.smallest.count;
	char word[400];
	struct text t = TEXT_INIT(word);

	the.smallest_kind = kind;
	the.shrink_runs = 0;
	if (!the.smallest.overflow && !run_job(r, 0, 1, shrink_job, 0))
		return;
	if (!the.shrink_runs) {
		run_error(r, "%s: a schedule that fails (%s) does not do so again",
			  x->program->name, explore_fault_name(kind));
		return;
	}
	explore_word_print(x, &the.smallest, &t);
	report_line("# failure case=%s program=%s kind=%s nmis=%u preemptions=%u decisions=%u "
		    "before=%u runs=%u replay=%s what=\"%s\"",
		    r->kase, x->program->name, explore_fault_name(kind), the.smallest.nmis,
		    the.smallest.preemptions, the.smallest.count, before, the.shrink_runs, word,
		    x->detail);
}

static void show_failures(struct scenario_run *r)
{
	u32 left = 0;

	for (u32 i = 0; i < the.cores; i++)
		left |= the.x[i]->e.has_best;
	for (u32 n = 0; n < r->options->show && left && !r->hung; n++) {
		u32 kind = 0;

		for (u32 i = 1; i < EXPLORE_KINDS; i++) {
			if (!(left & 1u << i))
				continue;
			if (!kind || schedule_compare(best_of(i), best_of(kind)) < 0)
				kind = i;
		}
		left &= ~(1u << kind);
		the.smallest = *best_of(kind);
		show_failure(r, kind);
	}
}

/* ---- One program */

/* stop=1, or a lock that has to fail and is run in a suite, rather than by name. */
static bool one_is_enough(const struct scenario_run *r)
{
	return r->options->stop || (!options_match(r->options->run, r->scenario->name) &&
				    lock_expects(r->ops, r->scenario->name, "fail"));
}

static struct explore_bounds bounds_of(const struct scenario_run *r, u32 preemptions)
{
	const struct options *o = r->options;

	return (struct explore_bounds){.preemptions = preemptions,
				       .nmis = o->nmis,
				       .points = o->reduce != REDUCE_NONE,
				       .states = o->reduce == REDUCE_STATES,
				       .first = one_is_enough(r)};
}

static void prepare(struct scenario_run *r, const struct program *p)
{
	struct explore_bounds bounds = bounds_of(r, 0);

	for (u32 i = 0; i < the.cores; i++) {
		exploration_prepare(the.x[i], p, r->ops, &bounds);
		the.x[i]->e.share = &the.share;
	}
}

/* The cores share out the choices of one bound. Return: false if the supervisor ended them. */
static bool run_level(struct scenario_run *r, u32 preemptions, u64 end, struct explore_counts *sum)
{
	struct explore_bounds bounds = bounds_of(r, preemptions);
	u64 now = clock_now_ns();

	the.share =
		(struct explore_share){.shard = r->options->shard, .shards = r->options->shards};
	for (u32 i = 0; i < the.cores; i++) {
		exploration_bound(the.x[i], &bounds);
		the.x[i]->e.end_ns = end;
	}
	if (!run_job(r, 0, the.cores, explore_job, end > now ? end - now : 0))
		return false;
	*sum = (struct explore_counts){0};
	for (u32 i = 0; i < the.cores; i++)
		add(sum, &the.bounded[i]);
	return true;
}

static bool run_random(struct scenario_run *r, const struct program *p, u64 end,
		       struct explore_counts *sum)
{
	const struct options *o = r->options;
	struct explore_bounds bounds = bounds_of(r, o->preemptions);
	u64 now = clock_now_ns();

	the.share = (struct explore_share){.shard = o->shard, .shards = o->shards};
	for (u32 i = 0; i < the.cores; i++) {
		exploration_bound(the.x[i], &bounds);
		the.random[i] = (struct explore_random){
			.runs = o->random,
			.seed = rng_seed(r->rng, crc32_update(0, p->name, strlen(p->name))),
			.depth = o->depth,
			.nmis = o->nmis,
			.end_ns = end};
	}
	if (!run_job(r, 0, the.cores, random_job, end > now ? end - now : 0))
		return false;
	for (u32 i = 0; i < the.cores; i++)
		add(sum, &the.randoms[i]);
	return true;
}

/* What the cores were doing when the supervisor had to end them. */
static void report_paths(const struct scenario_run *r)
{
	for (u32 i = 0; i < the.cores; i++) {
		char word[400];
		struct text t = TEXT_INIT(word);

		explore_word_print(the.x[i], &the.x[i]->e.path, &t);
		report_line("# hang case=%s cpu=%u replay=%s", r->kase, i, word);
	}
}

static void note_where(const struct program *p, const char *what)
{
	if (!the.where[0])
		snprintf(the.where, sizeof(the.where), "%s: %s", p->name, what);
}

/* Of all bounds: the last one may be cut before it comes to what smaller ones showed. */
static void add_failures(struct explore_counts *all, const struct explore_counts *c)
{
	for (u32 i = 0; i < EXPLORE_KINDS; i++)
		all->failures[i] += c->failures[i];
}

static void conclude(struct scenario_run *r, const struct program *p,
		     const struct explore_counts *last, u32 levels, bool failed)
{
	the.programs++;
	the.failing += failed;
	the.incomplete += !is_complete(last);
	if (failed) {
		note_where(p, "schedules fail");
		show_failures(r);
	} else if (!is_complete(last)) {
		report_line("# warn explore case=%s program=%s not all schedules: %llu of %llu "
			    "first-level choices finished with %u preemptions",
			    r->kase, p->name, (llu)last->chosen, (llu)last->choices, levels);
	}
}

static void explore_program(struct scenario_run *r, const struct program *p, u64 budget)
{
	const struct options *o = r->options;
	struct explore_counts sum = {0}, random = {0}, all = {0};
	u64 begin = clock_now_ns();
	u32 levels = 0;

	prepare(r, p);
	do {
		if (!run_level(r, levels, begin + (o->random ? budget / 2 : budget), &sum)) {
			report_paths(r);
			return;
		}
		add_failures(&all, &sum);
		levels += is_complete(&sum);
	} while (is_complete(&sum) && levels <= o->preemptions &&
		 !(failures(&all) && one_is_enough(r)));
	memcpy(sum.failures, all.failures, sizeof(sum.failures));
	report_bounded(r, p, &sum, levels, clock_now_ns() - begin);
	if (o->random) {
		if (!run_random(r, p, begin + budget, &random)) {
			report_paths(r);
			return;
		}
		report_random(r, p, &random);
	}
	conclude(r, p, &sum, levels, failures(&sum) || failures(&random));
}

/* ---- All of them */

static bool is_wanted(const struct scenario_run *r, const struct program *p)
{
	const char *list = r->options->program;

	return !program_is_script(p) && (!list[0] || options_match(list, p->name)) &&
	       !program_missing(p, r->ops);
}

/* The next one after @last that is wanted: few cores first, they cost least. NULL: none. */
static const struct program *next_wanted(const struct scenario_run *r, const struct program *last)
{
	const struct program *p, *best = NULL;
	bool after = false;

	for (u32 i = 0; (p = program_get(i)); i++) {
		bool later = !last || p->cores > last->cores || (after && p->cores == last->cores);

		after |= p == last;
		if (later && is_wanted(r, p) && (!best || p->cores < best->cores))
			best = p;
	}
	return best;
}

static u32 nr_wanted(const struct scenario_run *r, const struct program *p)
{
	u32 n = 0;

	for (; p; p = next_wanted(r, p))
		n++;
	return n;
}

static void explore_run_all(struct scenario_run *r)
{
	u64 end = clock_now_ns() + r->duration_ns;
	const struct program *p = NULL;

	the.programs = the.incomplete = the.failing = 0;
	the.where[0] = '\0';
	allocate(r->cpus);
	if (!the.cores) {
		run_error(r, "no memory for a world");
		return;
	}
	the.cores = MIN(the.cores, r->cpus);
	while (!r->hung && !(the.failing && one_is_enough(r)) && (p = next_wanted(r, p))) {
		u64 now = clock_now_ns();

		/* What one leaves over is for those after it. */
		explore_program(r, p, end > now ? (end - now) / nr_wanted(r, p) : NSEC_PER_MSEC);
	}
	for (u32 i = 0; i < the.cores; i++)
		coverage_add(the.x[i]->trial);
	coverage_report(r->ops);
	if (!the.programs && !r->hung)
		run_skip(r, "no program of program=%s is for this lock", r->options->program);
}

static void explore_check(struct scenario_run *r)
{
	const struct options *o = r->options;

	report_value(r->kase, "programs", "pass", the.programs, "count");
	report_value(r->kase, "failing", the.failing ? "fail" : "pass", the.failing, "count");
	report_value(r->kase, "incomplete", "pass", the.incomplete, "count");
	if (the.failing)
		run_fail(r, "%u of %u programs: schedules fail; first %s", the.failing,
			 the.programs, the.where);
	else if (the.incomplete && o->bounds_given)
		run_error(r,
			  "INCOMPLETE: preemptions=%u nmis=%u is too much for %llu ms in %u of %u "
			  "programs; see # warn explore; duration= or shard= helps",
			  o->preemptions, o->nmis, (llu)(r->duration_ns / NSEC_PER_MSEC),
			  the.incomplete, the.programs);
	else if (the.incomplete)
		snprintf(r->why, sizeof(r->why),
			 "INCOMPLETE: not all schedules of %u of %u programs; see # warn explore",
			 the.incomplete, the.programs);
	else if (o->shards > 1 && lock_expects(r->ops, r->scenario->name, "fail"))
		run_skip(r, "nothing fails in this shard; the others will show it");
}

static const struct scenario explore = {
	.name = "explore",
	.doc = "all schedules of small programs, up to a number of preemptions and NMIs",
	.suites = "explore",
	.virtual_time = true,
	.min_cpus = 1,
	.duration_ms = 60000,
	.budget_ms = 5000,
	.run = explore_run_all,
	.check = explore_check,
};
SCENARIO_REGISTER(explore);
