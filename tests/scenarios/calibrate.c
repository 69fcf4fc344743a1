/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * calibrate: what the machine can do, so that nobody blames a lock for it: the clock and
 * how far it differs between cores, what a relax costs and how long a deadlock check
 * therefore takes to come round, how fast a cache line changes cores, how fast and how
 * exactly NMIs land, and which sources of them there are.
 */
#include <arch/cpu.h>
#include <arch/smp.h>
#include "../calibrate.h"
#include "../../kernel/string.h"

#define READS	  1000
#define EXCHANGES 20
#define PASSES	  500
/* Spinning cores beyond these only cost time where they share a host's. */
#define MAX_EMULATED 16

static struct calibrate_word ping, pong;

static u32 partner; /* of core 0 */
static u64 answered_at;
static u64 skew_proven, skew_likely;
static u32 skew_core;
static u64 pingpong_ns[DIST_SYSTEM + 1];

/* ---- Clock and relax, core 0 alone */

static u64 clock_read_ps(void)
{
	u64 t0 = time_counter_ordered();

	for (u32 i = 0; i < READS; i++)
		(void)time_counter();
	return clock_ticks_to_ns((time_counter_ordered() - t0) * 1000) / READS;
}

static u64 relax_ps(void)
{
	u64 t0 = time_counter_ordered();

	for (u32 i = 0; i < READS; i++)
		cpu_relax();
	return clock_ticks_to_ns((time_counter_ordered() - t0) * 1000) / READS;
}

/* ---- Two cores */

bool calibrate_spin_until(const u32 *word, u32 value)
{
	while (load_acquire(word) != value) {
		if (job_should_stop())
			return false;
		cpu_relax();
	}
	return true;
}

/* The answer was given between asking and hearing it; outside means the clocks differ. */
static void note_skew(u32 core, u64 asked, u64 heard)
{
	u64 middle = asked + (heard - asked) / 2;
	u64 likely = answered_at > middle ? answered_at - middle : middle - answered_at;
	u64 proven = answered_at < asked   ? asked - answered_at
		     : answered_at > heard ? answered_at - heard
					   : 0;

	if (proven > skew_proven) {
		skew_proven = proven;
		skew_core = core;
	}
	skew_likely = MAX(skew_likely, likely);
}

static void ask(u32 core)
{
	u64 best = ~0ull, asked = 0, heard = 0, answer = 0;

	for (u32 i = 1; i <= EXCHANGES; i++) {
		u64 t0 = clock_now_ns_ordered(), t1;

		store_release(&ping.value, core * EXCHANGES + i);
		if (!calibrate_spin_until(&pong.value, core * EXCHANGES + i))
			return;
		t1 = clock_now_ns_ordered();
		if (t1 - t0 < best) {
			best = t1 - t0;
			asked = t0;
			heard = t1;
			answer = answered_at;
		}
	}
	answered_at = answer;
	note_skew(core, asked, heard);
}

static void skew_job(void *arg)
{
	u32 me = job_index();

	if (!job_barrier())
		return;
	if (me == 0) {
		for (u32 core = 1; core < this_cpu()->job->cpus; core++)
			ask(core);
		return;
	}
	for (u32 i = 1; i <= EXCHANGES; i++) {
		if (!calibrate_spin_until(&ping.value, me * EXCHANGES + i))
			return;
		answered_at = clock_now_ns_ordered();
		store_release(&pong.value, me * EXCHANGES + i);
	}
}

static void pingpong_job(void *arg)
{
	u32 me = job_index();
	u64 t0 = clock_now_ns();

	if (me != 0 && me != partner)
		return;
	for (u32 i = 1; i <= PASSES; i++) {
		if (me == 0)
			store_release(&ping.value, i);
		if (!calibrate_spin_until(me == 0 ? &pong.value : &ping.value, i))
			return;
		if (me != 0)
			store_release(&pong.value, i);
	}
	if (me == 0)
		pingpong_ns[smp_distance(&online.cpu[0]->arch, &online.cpu[partner]->arch)] =
			(clock_now_ns() - t0) / (2 * PASSES);
}

static bool measure_pairs(struct scenario_run *r)
{
	u32 cores = cpu_facts()->virtual ? MIN(r->cpus, MAX_EMULATED) : r->cpus;

	ping.value = pong.value = 0;
	if (!run_job(r, 0, cores, skew_job, 0))
		return false;
	for (u32 d = DIST_SMT; d <= DIST_SYSTEM; d++) {
		partner = script_partner(r, d);
		ping.value = pong.value = 0;
		if (partner && !run_job(r, 0, partner + 1, pingpong_job, 0))
			return false;
	}
	return true;
}

/* ---- The scenario */

static void value(struct scenario_run *r, const char *what, u64 v, const char *unit)
{
	report_value(r->kase, what, "pass", v, unit);
}

static void calibrate_run(struct scenario_run *r)
{
	skew_proven = skew_likely = 0;
	memset(pingpong_ns, 0, sizeof(pingpong_ns));
	value(r, "clock.rate", time_hz(), "Hz");
	value(r, "clock.read", clock_read_ps(), "ps");
	value(r, "relax", relax_ps(), "ps");
	value(r, "check_granule.alone", script_granule(r, 1), "ns");
	value(r, "check_granule.all", script_granule(r, r->cpus), "ns");
	if (measure_pairs(r))
		calibrate_nmis(r);
}

static void calibrate_check(struct scenario_run *r)
{
	static const char *const distance[] = {"self", "smt", "cluster", "package", "system"};
	char what[32];

	value(r, "clock.skew_likely", skew_likely, "ns");
	value(r, "clock.skew_proven", skew_proven, "ns");
	for (u32 d = DIST_SMT; d <= DIST_SYSTEM; d++) {
		snprintf(what, sizeof(what), "line_handover.%s", distance[d]);
		if (pingpong_ns[d])
			value(r, what, pingpong_ns[d], "ns");
	}
	if (skew_proven > NSEC_PER_USEC)
		run_error(r, "the clocks of core 0 and core %u differ by %llu ns or more",
			  skew_core, (unsigned long long)skew_proven);
	calibrate_nmis_check(r);
}

static const struct scenario calibrate = {
	.name = "calibrate",
	.doc = "clock, hand-over floor, relax, and how NMIs land on this machine",
	.suites = "default,cost",
	.no_lock = true,
	.budget_ms = 10000,
	.run = calibrate_run,
	.check = calibrate_check,
};
SCENARIO_REGISTER(calibrate);
