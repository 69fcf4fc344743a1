/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The books of NMIs, with one core and an architecture that cannot tell them apart.
 * unit: kernel/nmi.c kernel/clock.c kernel/printf.c kernel/string.c tests/unit/host.c
 */
#include "unit.h"

#include "../../kernel/clock.h"
#include "../../kernel/cpu.h"
#include "../../kernel/job.h"
#include "../../kernel/nmi.h"
#include "../../kernel/printf.h"
#include "../../kernel/string.h"
#include "../../kernel/supervisor.h"

#define ANON (1u << NMI_SRC_ANON)

struct cpu_group online;

static struct cpu cpu;
static struct job job;
static struct trap_frame frame = {.pc = 0x1234}, elsewhere;
static u32 bodies, body_sources, depth_seen;
static void (*inside)(void); /* called by the handler */
static bool late_tick, take_back;
static u32 ticks, supervised;
static char logged[200];
static int send_status;

/* What kernel/nmi.c stands on. */

int nmi_send(const struct arch_cpu *to)
{
	return send_status;
}

int nmi_send_supervisor(const struct arch_cpu *to)
{
	return 0;
}

s64 nmi_periodic_start(enum nmi_source src, u64 hz)
{
	return src == NMI_SRC_PMU ? -ENODEV : (s64)hz * 1000;
}

void nmi_periodic_stop(enum nmi_source src)
{
}

void nmi_body_begin(void)
{
}

void nmi_body_end(void)
{
}

bool supervisor_late_tick(const struct cpu *c)
{
	bool may_be = late_tick;

	late_tick = false;
	return may_be;
}

struct trap_frame *supervisor_tick(struct trap_frame *f)
{
	ticks++;
	return NULL;
}

struct trap_frame *supervisor_nmi(struct trap_frame *f, u32 request)
{
	supervised |= request;
	return take_back ? &elsewhere : NULL;
}

const char *symbol_name(uintptr_t pc, size_t *offset)
{
	*offset = 4;
	return "somewhere";
}

void klog(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(logged, sizeof(logged), fmt, ap);
	va_end(ap);
}

static void handler(void *arg, uintptr_t pc, u32 sources)
{
	bodies++;
	body_sources |= sources;
	depth_seen = cpu.nmi_depth;
	cpu.cause = 99;
	if (inside)
		inside();
}

static void let_time_pass(void)
{
	host_counter += NSEC_PER_MSEC;
}

static void set_up(void)
{
	memset(&cpu, 0, sizeof(cpu));
	memset(&job, 0, sizeof(job));
	cpu.job = &job;
	cpu.job_inside = 1;
	online.cpu[0] = &cpu;
	online.count = 1;
	host_cpu = &cpu;
	host_relax = let_time_pass;
	bodies = body_sources = ticks = supervised = 0;
	late_tick = take_back = false;
	inside = NULL;
	logged[0] = '\0';
	send_status = 0;
	clock_init();
	nmi_set_handler(handler, NULL);
	nmi_counts_clear();
}

static void arrive(void)
{
	kernel_nmi(&frame, ANON);
}

TEST(nmi_one_sent_one_taken)
{
	set_up();
	cpu.cause = 7;
	nmi_raise(0);
	arrive();
	nmi_settle();
	EXPECT_EQ(bodies, 1);
	EXPECT_EQ(body_sources, 1u << NMI_SRC_IPI);
	EXPECT_EQ(depth_seen, 1);
	EXPECT_EQ(cpu.nmi_depth, 0);
	EXPECT_EQ(cpu.cause, 7);
	EXPECT_EQ(cpu.nmi.sent, 1);
	EXPECT_EQ(cpu.nmi.taken, 1);
	EXPECT_EQ(cpu.nmi.by_source[NMI_SRC_IPI], 1);
	EXPECT_EQ(cpu.nmi.coalesced, 0);
	EXPECT_EQ(cpu.nmi.unknown, 0);
	EXPECT_EQ(cpu.nmi_level, 0);
}

TEST(nmi_merged_by_the_hardware)
{
	set_up();
	for (int i = 0; i < 3; i++)
		nmi_raise(0);
	arrive();
	nmi_settle();
	EXPECT_EQ(bodies, 1);
	EXPECT_EQ(cpu.nmi.coalesced, 2);
	EXPECT_EQ(cpu.nmi.unknown, 0);
	/* The lost ones do not hide an unknown one later. */
	arrive();
	EXPECT_EQ(cpu.nmi.unknown, 1);
}

/* Two senders, the request bit seen once, two arrivals: both are the scenario's. */
TEST(nmi_late_second_one)
{
	set_up();
	nmi_raise(0);
	nmi_raise(0);
	arrive();
	arrive();
	EXPECT_EQ(bodies, 2);
	nmi_settle();
	EXPECT_EQ(cpu.nmi.coalesced, 0);
	EXPECT_EQ(cpu.nmi.unknown, 0);
}

TEST(nmi_unknown_is_reported_once)
{
	set_up();
	arrive();
	arrive();
	EXPECT_EQ(bodies, 0);
	EXPECT_EQ(cpu.nmi.unknown, 2);
	nmi_report_unknown(&cpu);
	EXPECT_HAS(logged, "# warn nmi cpu=0 unknown=2 first at somewhere+0x4");
	logged[0] = '\0';
	nmi_report_unknown(&cpu);
	EXPECT_STR(logged, "");
}

static void three_more(void)
{
	inside = NULL;
	for (int i = 0; i < 3; i++) {
		nmi_raise(0);
		arrive();
	}
	EXPECT_EQ(bodies, 1);
}

/* As the hardware's latch: one of three that came during the handler runs after it. */
TEST(nmi_nested_keeps_one)
{
	set_up();
	inside = three_more;
	nmi_raise(0);
	arrive();
	nmi_settle();
	EXPECT_EQ(bodies, 2);
	EXPECT_EQ(cpu.nmi.nested, 3);
	EXPECT_EQ(cpu.nmi.sent, 4);
	EXPECT_EQ(cpu.nmi.taken, 2);
	EXPECT_EQ(cpu.nmi.coalesced, 2);
	EXPECT_EQ(cpu.nmi_level, 0);
	EXPECT_EQ(cpu.nmi_latched, 0);
}

TEST(nmi_ticks)
{
	set_up();
	EXPECT_EQ(nmi_tick_start(NMI_SRC_TIMER_A, 1000), 1000000);
	arrive();
	arrive();
	nmi_tick_stop(NMI_SRC_TIMER_A);
	EXPECT_EQ(bodies, 2);
	EXPECT_EQ(cpu.nmi.by_source[NMI_SRC_TIMER_A], 2);
	arrive();
	EXPECT_EQ(cpu.nmi.unknown, 1);
	EXPECT_EQ(bodies, 2);
}

TEST(nmi_tick_that_does_not_start)
{
	set_up();
	EXPECT_EQ(nmi_tick_start(NMI_SRC_PMU, 1000), -ENODEV);
	arrive();
	EXPECT_EQ(cpu.nmi.unknown, 1);
}

TEST(nmi_named_sources)
{
	set_up();
	kernel_nmi(&frame, 1u << NMI_SRC_TIMER_B);
	EXPECT_EQ(cpu.nmi.unknown, 1);
	nmi_tick_start(NMI_SRC_TIMER_B, 10);
	kernel_nmi(&frame, 1u << NMI_SRC_TIMER_B);
	EXPECT_EQ(body_sources, 1u << NMI_SRC_TIMER_B);
	kernel_nmi(&frame, 1u << NMI_SRC_SUPERVISOR);
	EXPECT_EQ(cpu.nmi.unknown, 1);
	kernel_nmi(&frame, 1u << NMI_SRC_HARDWARE);
	EXPECT_EQ(cpu.nmi.unknown, 2);
	EXPECT_EQ(bodies, 1);
}

TEST(nmi_named_but_not_booked)
{
	set_up();
	kernel_nmi(&frame, 1u << NMI_SRC_IPI);
	EXPECT_EQ(bodies, 0);
	EXPECT_EQ(cpu.nmi.unknown, 1);
	/* Its request bit went with the supervisor's NMI that came first. */
	nmi_raise(0);
	nmi_request_supervisor(&cpu, NMI_REQ_SNAPSHOT);
	kernel_nmi(&frame, 1u << NMI_SRC_SUPERVISOR);
	kernel_nmi(&frame, 1u << NMI_SRC_IPI);
	EXPECT_EQ(bodies, 1);
	EXPECT_EQ(cpu.nmi.unknown, 1);
}

TEST(nmi_watchdog_is_no_scenario)
{
	set_up();
	kernel_nmi(&frame, ANON | 1u << NMI_SRC_WATCHDOG);
	kernel_nmi(&frame, 1u << NMI_SRC_WATCHDOG);
	EXPECT_EQ(ticks, 2);
	EXPECT_EQ(bodies, 0);
	EXPECT_EQ(cpu.nmi.unknown, 0);
	late_tick = true;
	arrive();
	EXPECT_EQ(cpu.nmi.unknown, 0);
	arrive();
	EXPECT_EQ(cpu.nmi.unknown, 1);
}

/* The tick was seen in the NMI of another; its own follows, or has met it. */
TEST(nmi_watchdog_meets_scenario)
{
	set_up();
	nmi_raise(0);
	kernel_nmi(&frame, ANON | 1u << NMI_SRC_WATCHDOG);
	EXPECT_EQ(bodies, 1);
	EXPECT_EQ(ticks, 1);
	arrive();
	EXPECT_EQ(bodies, 1);
	EXPECT_EQ(cpu.nmi.unknown, 0);
	arrive();
	EXPECT_EQ(cpu.nmi.unknown, 1);
}

/* A tick alone must not use up the expectation of an NMI that is under way. */
TEST(nmi_watchdog_before_a_late_one)
{
	set_up();
	nmi_raise(0);
	nmi_raise(0);
	arrive();
	kernel_nmi(&frame, ANON | 1u << NMI_SRC_WATCHDOG);
	arrive();
	EXPECT_EQ(bodies, 2);
	EXPECT_EQ(cpu.nmi.unknown, 0);
}

TEST(nmi_pmu_speaks_for_itself)
{
	set_up();
	cpu.nmi_ticking = 1u << NMI_SRC_PMU;
	kernel_nmi(&frame, ANON | 1u << NMI_SRC_PMU);
	EXPECT_EQ(body_sources, 1u << NMI_SRC_PMU);
	arrive();
	EXPECT_EQ(cpu.nmi.unknown, 1);
}

TEST(nmi_supervisor_takes_back)
{
	set_up();
	nmi_request_supervisor(&cpu, NMI_REQ_SNAPSHOT);
	EXPECT(kernel_nmi(&frame, ANON) == &frame);
	EXPECT_EQ(supervised, NMI_REQ_SNAPSHOT);
	take_back = true;
	nmi_request_supervisor(&cpu, NMI_REQ_ABORT);
	EXPECT(kernel_nmi(&frame, ANON) == &elsewhere);
	EXPECT_EQ(bodies, 0);
	EXPECT_EQ(cpu.nmi.unknown, 0);
	EXPECT_EQ(cpu.nmi.taken, 0);
}

/* A request of the supervisor and one of the scenario in one NMI. */
TEST(nmi_both_at_once)
{
	set_up();
	nmi_raise(0);
	nmi_request_supervisor(&cpu, NMI_REQ_SNAPSHOT);
	arrive();
	EXPECT_EQ(supervised & NMI_REQ_SNAPSHOT, NMI_REQ_SNAPSHOT);
	EXPECT_EQ(bodies, 1);
	arrive();
	EXPECT_EQ(bodies, 1);
	EXPECT_EQ(cpu.nmi.unknown, 0);
}

TEST(nmi_without_handler_is_counted)
{
	set_up();
	nmi_set_handler(NULL, NULL);
	nmi_raise(0);
	arrive();
	EXPECT_EQ(cpu.nmi.taken, 1);
	EXPECT_EQ(bodies, 0);
}

/* Where no supervisor watches, a handler that hangs would be the end of the run. */
TEST(nmi_handler_runs_in_its_job_only)
{
	set_up();
	job.ended = 1;
	nmi_raise(0);
	arrive();
	EXPECT_EQ(bodies, 0);
	EXPECT_EQ(cpu.nmi.taken, 1);

	job.ended = 0;
	cpu.job_inside = 0;
	nmi_raise(0);
	arrive();
	EXPECT_EQ(bodies, 0);
	EXPECT_EQ(cpu.nmi.taken, 2);
	EXPECT_EQ(cpu.nmi.unknown, 0);

	cpu.job_inside = 1;
	nmi_raise(0);
	arrive();
	EXPECT_EQ(bodies, 1);
}

TEST(nmi_totals_survive_clearing)
{
	struct nmi_counts before, after;

	set_up();
	before = nmi_totals();
	nmi_raise(0);
	arrive();
	nmi_settle();
	nmi_counts_clear();
	EXPECT_EQ(cpu.nmi.sent, 0);
	after = nmi_totals();
	EXPECT_EQ(after.sent - before.sent, 1);
	EXPECT_EQ(after.taken - before.taken, 1);
}

TEST(nmi_that_cannot_be_sent)
{
	set_up();
	send_status = -ETIMEDOUT;
	EXPECT_EQ(nmi_raise(0), -ETIMEDOUT);
	nmi_settle();
	EXPECT_EQ(cpu.nmi.coalesced, 1);
}
