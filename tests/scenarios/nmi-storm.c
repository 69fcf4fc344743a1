/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * nmi-storm: core 1 takes and releases the lock without end while core 0 sends it NMIs: none,
 * 1,000, 10,000 and 100,000 a second, and as many as go. Where the lock allows it the NMI
 * takes the same lock. How many arrive, how long does the longest take, and how much work
 * is left to the core that is interrupted? With nmi_hz= there is that one rate, beside none.
 */
#include <arch/cpu.h>
#include "../script.h"
#include "../sections.h"
#include "../../kernel/string.h"

#define TARGET	 1u
#define MAX_RATE ~0u

static const struct rate {
	u32 hz;
	const char *name;
} own_rates[] = {{0, "none"}, {1000, "1k"}, {10000, "10k"}, {100000, "100k"}, {MAX_RATE, "max"}};
static struct rate rates[ARRAY_SIZE(own_rates)];
static u32 nr_rates;

static const struct sections own = {.task_ns = 2 * NSEC_PER_USEC};
static struct sections sections;

static struct storm {
	u64 ns, sent, taken, owner_ops, longest_ns;
} result[ARRAY_SIZE(own_rates)];

static struct recovery clock;
static u32 phase, stop;
static bool nmi_takes_lock, late;

static void storm_body(void *arg, uintptr_t pc, u32 sources)
{
	struct scenario_run *r = arg;

	if (!nmi_takes_lock)
		return;
	recover_start(&clock);
	if (run_acquire(r, 0, true)) {
		recover_error(&clock);
	} else {
		clock_delay_ns(sections.nmi_ns);
		run_release(r, 0);
	}
}

static void send_at(u32 hz, u64 ns)
{
	u64 t0 = clock_now_ns(), due = t0, now;

	while ((now = clock_now_ns()) - t0 < ns && !job_should_stop()) {
		if (hz == MAX_RATE) {
			nmi_raise(TARGET);
		} else if (hz && now >= due) {
			nmi_raise(TARGET);
			due += NSEC_PER_SEC / hz;
		}
		cpu_relax();
	}
}

static void work(struct scenario_run *r)
{
	u64 ops = 0;

	while (!READ_ONCE(stop) && !job_should_stop()) {
		if (run_acquire(r, 0, false))
			continue;
		recover_progress(&clock);
		clock_delay_ns(sections.task_ns);
		run_release(r, 0);
		WRITE_ONCE(result[phase].owner_ops, ++ops);
		cpu_relax();
	}
}

static void storm_job(void *arg)
{
	struct scenario_run *r = arg;
	struct storm *s = &result[phase];
	u64 t0;

	if (!job_barrier())
		return;
	if (job_index() == TARGET) {
		work(r);
		return;
	}
	t0 = clock_now_ns();
	send_at(rates[phase].hz, r->duration_ns / nr_rates);
	s->ns = clock_now_ns() - t0;
	WRITE_ONCE(stop, 1);
}

static void choose_rates(const struct scenario_run *r)
{
	u64 hz = r->options->nmi_hz;

	nr_rates = hz == OPTION_OWN ? ARRAY_SIZE(own_rates) : hz ? 2 : 1;
	memcpy(rates, own_rates, sizeof(rates));
	if (hz != OPTION_OWN)
		rates[1] = (struct rate){hz, "given"};
}

static void storm_run(struct scenario_run *r)
{
	u32 needed = LOCK_RESILIENT | LOCK_NMI_SAFE;

	sections = sections_chosen(r, own);
	choose_rates(r);
	late = script_late_aa(r, 2);
	nmi_takes_lock = (r->ops->flags & needed) == needed;
	recover_init(&clock, 1);
	for (phase = 0; phase < nr_rates; phase++) {
		struct storm *s = &result[phase];

		*s = (struct storm){0};
		stop = 0;
		nmi_counts_clear();
		nmi_set_handler(storm_body, r);
		if (!run_job(r, 0, 2, storm_job, r->duration_ns + sections_turn_ns(r, &sections)))
			return;
		nmi_settle();
		s->sent = online.cpu[TARGET]->nmi.sent;
		s->taken = online.cpu[TARGET]->nmi.taken;
		s->longest_ns = clock_ticks_to_ns(online.cpu[TARGET]->nmi.longest);
	}
}

static u64 per_second(u64 n, u64 ns)
{
	return ns ? n * NSEC_PER_SEC / ns : 0;
}

static void phase_values(struct scenario_run *r, u32 i)
{
	const struct storm *s = &result[i];
	u64 lost = s->sent > s->taken ? s->sent - s->taken : 0;
	char what[32];

	snprintf(what, sizeof(what), "%s.owner", rates[i].name);
	report_value(r->kase, what, s->owner_ops ? "pass" : "fail", per_second(s->owner_ops, s->ns),
		     "ops/s");
	if (!s->sent)
		return;
	snprintf(what, sizeof(what), "%s.achieved", rates[i].name);
	report_value(r->kase, what, s->taken ? "pass" : "fail", per_second(s->taken, s->ns), "Hz");
	snprintf(what, sizeof(what), "%s.dropped", rates[i].name);
	report_value(r->kase, what, "pass", lost * 1000000 / s->sent, "ppm");
	snprintf(what, sizeof(what), "%s.longest_nmi", rates[i].name);
	report_value(r->kase, what, "pass", s->longest_ns, "ns");
}

/* As many NMIs as go, or as long ones, may leave no time for anything else. */
static bool owner_must_get_on(u32 i)
{
	struct sections s = {.nmi_ns = sections.nmi_ns, .nmi_hz = rates[i].hz};

	return rates[i].hz != MAX_RATE && !(nmi_takes_lock && sections_nmi_bound(&s));
}

static void storm_check(struct scenario_run *r)
{
	const struct ctx_stats *s = merged_stats(CTX_TASK);

	for (u32 i = 0; i < nr_rates; i++) {
		phase_values(r, i);
		if (owner_must_get_on(i) && !result[i].owner_ops)
			run_fail(r, "the owner got nothing done at %u NMIs/s", rates[i].hz);
		if (rates[i].hz && !result[i].taken)
			run_error(r, "none of %llu NMIs arrived",
				  (unsigned long long)result[i].sent);
	}
	check_count(r, "task_failed", s->outcome[OUTCOME_EDEADLK] + s->outcome[OUTCOME_ETIMEDOUT],
		    0);
	s = merged_stats(CTX_NMI);
	check_count(r, "nmi_timed_out", s->outcome[OUTCOME_ETIMEDOUT],
		    late ? s->outcome[OUTCOME_ETIMEDOUT] : 0);
	r->row.ops_per_s = per_second(result[0].owner_ops, result[0].ns);
}

static const struct scenario nmi_storm = {
	.name = "nmi-storm",
	.doc = "a core that uses the lock under NMIs of rising rate",
	.suites = "default,stress",
	.min_cpus = 2,
	.duration_ms = 200,
	.budget_ms = 8000,
	.run = storm_run,
	.check = storm_check,
};
SCENARIO_REGISTER(nmi_storm);
