/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * calibrate: what the machine can do, so that nobody blames a lock for it: the clock and
 * how far it differs between cores, what a relax costs and how long a deadlock check
 * therefore takes to come round, how fast a cache line changes cores, how fast and how
 * exactly NMIs land, and which sources of them there are.
 */
#include <arch/cpu.h>
#include <arch/smp.h>
#include "../script.h"
#include "../../kernel/string.h"

#define READS	    1000
#define EXCHANGES   20
#define PASSES	    500
#define NMIS	    200
#define RATE_NS	    (60 * NSEC_PER_MSEC)
#define RATE_WINDOW 128	 /* NMIs */
#define PATIENCE    4096 /* relaxes between two looks at the clock while one NMI is awaited */
#define SLIDE	    64
#define SLIDE_HZ    10000
#define SLIDE_NS    (60 * NSEC_PER_MSEC)
#define TICK_HZ	    1000
#define TICKS	    5
#define TICKS_NS    (500 * NSEC_PER_MSEC)
#define ARRIVE_NS   (500 * NSEC_PER_MSEC)
/* Spinning cores beyond these only cost time where they share a host's. */
#define MAX_EMULATED 16

/* 64 one-instruction places; "nop" and "ret" are what they are called everywhere. */
void nmi_slide(void);
extern const char nmi_slide_end[];
__asm__(".pushsection .text.nmi_slide, \"ax\", %progbits\n"
	".globl nmi_slide, nmi_slide_end\n"
	".hidden nmi_slide, nmi_slide_end\n"
	"nmi_slide:\n"
	".rept 64\n"
	"nop\n"
	".endr\n"
	"nmi_slide_end:\n"
	"ret\n"
	".popsection\n");

/* One word each, on lines of their own. */
static struct {
	u32 value;
} __aligned(2 * CACHE_LINE) ping, pong, arrived, stop;

static u32 partner; /* of core 0 */
static u64 answered_at, arrived_at;
static u64 skew_proven, skew_likely;
static u32 skew_core;
static u64 pingpong_ns[DIST_SYSTEM + 1];
static struct hist self_latency, cross_latency;
static u64 cross_rate, cross_best;
static void (*cross_send)(void);
static u32 lost;
static u64 landed; /* a bit for each place of the slide */
static u32 landings;
static enum nmi_source ticker; /* the periodic source being looked at, and what it gave */
static u64 ticker_hz;
static u32 dead_source; /* declared as working, gave nothing; NR_NMI_SOURCES: none */

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

static bool spin_until(const u32 *word, u32 value)
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
		if (!spin_until(&pong.value, core * EXCHANGES + i))
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
		if (!spin_until(&ping.value, me * EXCHANGES + i))
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
		if (!spin_until(me == 0 ? &pong.value : &ping.value, i))
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

/* ---- NMIs */

static void arrival_handler(void *arg, uintptr_t pc, u32 sources)
{
	arrived_at = clock_now_ns_ordered();
	store_release(&arrived.value, arrived.value + 1);
}

/* Send one NMI and wait for its handler; add its way to @h. */
static void send_one(u32 cpu, struct hist *h)
{
	u32 before = arrived.value;
	u64 t0 = clock_now_ns_ordered();

	nmi_raise(cpu);
	while (load_acquire(&arrived.value) == before && clock_now_ns() - t0 < ARRIVE_NS)
		cpu_relax();
	if (load_acquire(&arrived.value) == before)
		lost++;
	else
		hist_add(h, arrived_at - t0);
}

static void send_many(void)
{
	for (u32 i = 0; i < NMIS && !lost; i++)
		send_one(1, &cross_latency);
}

/* Has the core's counter of NMIs taken moved on from @before? Not within ARRIVE_NS: false. */
static bool await_taken(const u64 *taken, u64 before)
{
	u64 t0 = 0;

	for (u32 passes = 1; READ_ONCE(*taken) == before; passes++) {
		cpu_relax();
		if (passes % PATIENCE)
			continue;
		t0 = t0 ?: clock_now_ns();
		if (clock_now_ns() - t0 >= ARRIVE_NS)
			return READ_ONCE(*taken) != before;
	}
	return true;
}

/* One NMI after the other, each sent when the last one was taken. */
static bool send_window(const u64 *taken)
{
	for (u32 i = 0; i < RATE_WINDOW; i++) {
		u64 before = READ_ONCE(*taken);

		nmi_raise(1);
		if (!await_taken(taken, before))
			return false;
	}
	return true;
}

/*
 * Nothing is timed but whole windows; the best of them is what a host that runs something
 * else as well can do.
 */
static void send_fast(void)
{
	u64 begin = clock_now_ns(), now = begin, best = ~0ull, windows = 0;

	while (now - begin < RATE_NS) {
		u64 start = now;

		if (!send_window(&online.cpu[1]->nmi.taken)) {
			lost++;
			return;
		}
		now = clock_now_ns();
		best = MIN(best, now - start);
		windows++;
	}
	cross_rate = windows * RATE_WINDOW * NSEC_PER_SEC / (now - begin);
	cross_best = RATE_WINDOW * NSEC_PER_SEC / best;
}

/* Core 0 sends, core 1 waits for the end. */
static void cross_job(void *arg)
{
	if (!job_barrier())
		return;
	if (job_index()) {
		spin_until(&stop.value, 1);
		return;
	}
	cross_send();
	store_release(&stop.value, 1);
}

static bool measure_cross(struct scenario_run *r, void (*send)(void))
{
	stop.value = 0;
	cross_send = send;
	return run_job(r, 0, 2, cross_job, 0);
}

static void self_job(void *arg)
{
	for (u32 i = 0; i < NMIS && !lost; i++)
		send_one(0, &self_latency);
}

static bool measure_latency(struct scenario_run *r)
{
	nmi_set_handler(arrival_handler, r);
	if (!run_job(r, 0, 1, self_job, 0))
		return false;
	if (r->cpus < 2)
		return true;
	if (!measure_cross(r, send_many))
		return false;
	nmi_set_handler(NULL, NULL);
	return lost || measure_cross(r, send_fast);
}

static void slide_handler(void *arg, uintptr_t pc, u32 sources)
{
	uintptr_t first = (uintptr_t)nmi_slide, last = (uintptr_t)nmi_slide_end;

	if (pc < first || pc >= last)
		return;
	landings++;
	landed |= 1ull << (pc - first) / ((last - first) / SLIDE);
}

static enum nmi_source working_timer(void)
{
	static const enum nmi_source timers[] = {NMI_SRC_TIMER_A, NMI_SRC_TIMER_B, NMI_SRC_PMU};

	for (u32 i = 0; i < ARRAY_SIZE(timers); i++) {
		if (!nmi_source_missing(timers[i]))
			return timers[i];
	}
	return NR_NMI_SOURCES;
}

/* A periodic NMI at a core that runs through the slide: how many places does it hit? */
static void slide_job(void *arg)
{
	u64 t0;

	if (nmi_tick_start(ticker, SLIDE_HZ) <= 0)
		return;
	t0 = clock_now_ns();
	while (clock_now_ns() - t0 < SLIDE_NS) {
		for (u32 i = 0; i < 100; i++)
			nmi_slide();
	}
	nmi_tick_stop(ticker);
}

static bool measure_landing(struct scenario_run *r)
{
	ticker = working_timer();
	if (ticker == NR_NMI_SOURCES)
		return true;
	nmi_set_handler(slide_handler, r);
	if (!run_job(r, 0, 1, slide_job, 0))
		return false;
	nmi_settle();
	return true;
}

/* Does a periodic source that is said to work give anything? Its rate in Hz is the answer. */
static void tick_job(void *arg)
{
	u32 before = arrived.value;
	u64 t0 = clock_now_ns(), ns;

	if (nmi_tick_start(ticker, TICK_HZ) <= 0)
		return;
	while (load_acquire(&arrived.value) - before < TICKS && clock_now_ns() - t0 < TICKS_NS)
		cpu_relax();
	ns = clock_now_ns() - t0;
	nmi_tick_stop(ticker);
	ticker_hz = (load_acquire(&arrived.value) - before) * NSEC_PER_SEC / MAX(ns, 1ull);
}

static u64 try_source(struct scenario_run *r, enum nmi_source src)
{
	ticker = src;
	ticker_hz = 0;
	nmi_set_handler(arrival_handler, r);
	run_job(r, 0, 1, tick_job, 0);
	return ticker_hz;
}

static void measure_sources(struct scenario_run *r)
{
	for (u32 src = 0; src < NR_NMI_SOURCES; src++) {
		bool periodic =
			src == NMI_SRC_TIMER_A || src == NMI_SRC_TIMER_B || src == NMI_SRC_PMU;
		const char *missing = nmi_source_missing(src), *name = nmi_source_name(src);
		u64 hz = !missing && periodic ? try_source(r, src) : 0;

		if (missing)
			report_line("# nmi_source name=%s works=0 why=\"%s\"", name, missing);
		else if (periodic)
			report_line("# nmi_source name=%s works=%u asked_hz=%u achieved_hz=%llu",
				    name, hz != 0, TICK_HZ, (unsigned long long)hz);
		else
			report_line("# nmi_source name=%s works=1 tried=%u", name,
				    src == NMI_SRC_IPI);
		if (periodic && !missing && !hz)
			dead_source = src;
	}
	nmi_settle();
}

/* ---- The scenario */

static void value(struct scenario_run *r, const char *what, u64 v, const char *unit)
{
	report_value(r->kase, what, "pass", v, unit);
}

static void latency_values(struct scenario_run *r, const char *name, const struct hist *h)
{
	static const struct {
		const char *name;
		u32 permyriad;
	} points[] = {{"p50", 5000}, {"p99", 9900}, {"max", 10000}};
	char what[32];

	for (u32 i = 0; h->count && i < ARRAY_SIZE(points); i++) {
		snprintf(what, sizeof(what), "nmi.%s.%s", name, points[i].name);
		value(r, what, hist_percentile(h, points[i].permyriad), "ns");
	}
}

static void calibrate_run(struct scenario_run *r)
{
	skew_proven = skew_likely = cross_rate = cross_best = landed = 0;
	lost = landings = 0;
	memset(pingpong_ns, 0, sizeof(pingpong_ns));
	dead_source = NR_NMI_SOURCES;
	hist_clear(&self_latency);
	hist_clear(&cross_latency);
	value(r, "clock.rate", time_hz(), "Hz");
	value(r, "clock.read", clock_read_ps(), "ps");
	value(r, "relax", relax_ps(), "ps");
	value(r, "check_granule.alone", script_granule(r, 1), "ns");
	value(r, "check_granule.all", script_granule(r, r->cpus), "ns");
	if (!measure_pairs(r) || !measure_latency(r))
		return;
	if (measure_landing(r))
		measure_sources(r);
}

static u32 places(u64 mask)
{
	u32 n = 0;

	for (; mask; mask &= mask - 1)
		n++;
	return n;
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
	latency_values(r, "self", &self_latency);
	latency_values(r, "cross", &cross_latency);
	if (cross_rate) {
		value(r, "nmi.cross.rate", cross_rate, "Hz");
		value(r, "nmi.cross.rate_best", cross_best, "Hz");
	}
	report_line("# calibrate nmi_landing=%u/%u landings=%u", places(landed), SLIDE, landings);
	report_value(r->kase, "nmi.landing", landings ? "pass" : "unknown", places(landed), "of64");

	if (skew_proven > NSEC_PER_USEC)
		run_error(r, "the clocks of core 0 and core %u differ by %llu ns or more",
			  skew_core, (unsigned long long)skew_proven);
	if (lost)
		run_error(r, "an NMI that core 0 sent did not arrive in %llu ms",
			  (unsigned long long)(ARRIVE_NS / NSEC_PER_MSEC));
	if (dead_source != NR_NMI_SOURCES)
		run_error(r, "NMI source %s is said to work and gave nothing",
			  nmi_source_name(dead_source));
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
