/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What calibrate says of NMIs: how long from sending one to its handler, how many a second,
 * in how many places of straight code they land, and which periodic sources work.
 */
#include <arch/cpu.h>
#include "calibrate.h"

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

static struct calibrate_word arrived, stop;
static u64 arrived_at;
static struct hist self_latency, cross_latency;
static u64 cross_rate, cross_best;
static void (*cross_send)(void);
static u32 lost;
static u64 landed; /* a bit for each place of the slide */
static u32 landings;
static enum nmi_source ticker; /* the periodic source being looked at, and what it gave */
static u64 ticker_hz;
static u32 dead_source; /* declared as working, gave nothing; NR_NMI_SOURCES: none */

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
		calibrate_spin_until(&stop.value, 1);
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

bool calibrate_nmis(struct scenario_run *r)
{
	cross_rate = cross_best = landed = 0;
	lost = landings = 0;
	dead_source = NR_NMI_SOURCES;
	hist_clear(&self_latency);
	hist_clear(&cross_latency);
	if (!measure_latency(r) || !measure_landing(r))
		return false;
	measure_sources(r);
	return true;
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
		report_value(r->kase, what, "pass", hist_percentile(h, points[i].permyriad), "ns");
	}
}

static u32 places(u64 mask)
{
	u32 n = 0;

	for (; mask; mask &= mask - 1)
		n++;
	return n;
}

void calibrate_nmis_check(struct scenario_run *r)
{
	latency_values(r, "self", &self_latency);
	latency_values(r, "cross", &cross_latency);
	if (cross_rate) {
		report_value(r->kase, "nmi.cross.rate", "pass", cross_rate, "Hz");
		report_value(r->kase, "nmi.cross.rate_best", "pass", cross_best, "Hz");
	}
	report_line("# calibrate nmi_landing=%u/%u landings=%u", places(landed), SLIDE, landings);
	report_value(r->kase, "nmi.landing", landings ? "pass" : "unknown", places(landed), "of64");

	if (lost)
		run_error(r, "an NMI that core 0 sent did not arrive in %llu ms",
			  (unsigned long long)(ARRIVE_NS / NSEC_PER_MSEC));
	if (dead_source != NR_NMI_SOURCES)
		run_error(r, "NMI source %s is said to work and gave nothing",
			  nmi_source_name(dead_source));
}
