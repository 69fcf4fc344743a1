/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * x86 cannot tell who sent an NMI, and the hardware merges NMIs that meet. So every sender
 * leaves a request bit and counts what it sent, and an NMI counts as unknown only when
 * no request, no ticking source and no NMI still under way explains it.
 */
#include <arch/atomic.h>
#include "clock.h"
#include "console.h"
#include "job.h"
#include "nmi.h"
#include "string.h"
#include "supervisor.h"
#include "symbols.h"

/* Deeper nesting cannot come from our own senders; its handlers would eat the stack. */
#define MAX_LEVEL 4

/* An emulator may keep a core off its host's processors for this long. */
#define SETTLE_QUIET_NS (20 * NSEC_PER_MSEC)
#define SETTLE_MAX_NS	(100 * NSEC_PER_MSEC)

/* From the stop of a timer to the arrival of a tick that was under way. */
#define LAST_TICK_NS (20 * NSEC_PER_USEC)

#define SOURCE(src)  (1u << (src))

static nmi_handler_t handler;
static void *handler_arg;
static struct nmi_counts totals;

void nmi_set_handler(nmi_handler_t fn, void *arg)
{
	handler_arg = arg;
	store_release(&handler, fn);
}

static int request_and_send(struct cpu *to, u32 request, int (*send)(const struct arch_cpu *))
{
	atomic_add_full(&to->nmi_expected, 1);
	atomic_or_full(&to->nmi_request, request);
	return send(&to->arch);
}

int nmi_raise(u32 cpu_id)
{
	struct cpu *to = online.cpu[cpu_id];

	atomic_add_rlx(&to->nmi.sent, 1);
	return request_and_send(to, NMI_REQ_SCENARIO, nmi_send);
}

int nmi_request_supervisor(struct cpu *to, u32 request)
{
	return request_and_send(to, request, nmi_send_supervisor);
}

s64 nmi_tick_start(enum nmi_source src, u64 hz)
{
	struct cpu *cpu = this_cpu();
	s64 rate;

	WRITE_ONCE(cpu->nmi_ticking, cpu->nmi_ticking | SOURCE(src));
	rate = nmi_periodic_start(src, hz);
	if (rate < 0)
		WRITE_ONCE(cpu->nmi_ticking, cpu->nmi_ticking & ~SOURCE(src));
	return rate;
}

/* A last tick may be on its way: let it come while it is still known. */
void nmi_tick_stop(enum nmi_source src)
{
	struct cpu *cpu = this_cpu();

	nmi_periodic_stop(src);
	clock_delay_ns(LAST_TICK_NS);
	WRITE_ONCE(cpu->nmi_ticking, cpu->nmi_ticking & ~SOURCE(src));
}

static bool take_expected(struct cpu *cpu)
{
	u32 n = atomic_read_rlx(&cpu->nmi_expected);

	while (n) {
		if (atomic_try_cmpxchg_rlx(&cpu->nmi_expected, &n, n - 1))
			return true;
	}
	return false;
}

/* More scenario NMIs were sent than handlers ran or are about to run. */
static bool scenario_pending(const struct cpu *cpu)
{
	u64 taken = cpu->nmi.by_source[NMI_SRC_IPI];

	if (cpu->nmi_latched & SOURCE(NMI_SRC_IPI))
		taken++;
	return atomic_read_rlx(&cpu->nmi.sent) > taken;
}

static void book_unknown(struct cpu *cpu, uintptr_t pc)
{
	if (!cpu->nmi.unknown++)
		cpu->nmi.unknown_pc = pc;
}

/* NMIs that say nothing about themselves, and that no request explains. */
static u32 attribute_anonymous(struct cpu *cpu, uintptr_t pc)
{
	u32 silent = cpu->nmi_ticking & ~SOURCE(NMI_SRC_PMU); /* the PMU would have spoken */

	if (silent)
		return silent & -silent;
	if (take_expected(cpu))
		return scenario_pending(cpu) ? SOURCE(NMI_SRC_IPI) : 0;
	if (!supervisor_late_tick(cpu))
		book_unknown(cpu, pc);
	return 0;
}

/*
 * Which of the scenario's sources an NMI stands for; 0: none, everything is explained
 * or has been booked as unknown.
 */
static u32 attribute(struct cpu *cpu, uintptr_t pc, u32 sources, u32 request)
{
	u32 mine = sources & (cpu->nmi_ticking | SOURCE(NMI_SRC_IPI));
	bool anonymous = sources & SOURCE(NMI_SRC_ANON);
	bool supervisor = sources & (SOURCE(NMI_SRC_SUPERVISOR) | SOURCE(NMI_SRC_WATCHDOG));

	if (request)
		take_expected(cpu);
	/* A named one that nobody booked. */
	if (mine & SOURCE(NMI_SRC_IPI) && !(request & NMI_REQ_SCENARIO) && !scenario_pending(cpu))
		mine &= ~SOURCE(NMI_SRC_IPI);
	if (sources & SOURCE(NMI_SRC_HARDWARE))
		book_unknown(cpu, pc);
	else if (anonymous && !request && !mine && !supervisor)
		return attribute_anonymous(cpu, pc);
	else if (!anonymous && !mine && !supervisor)
		book_unknown(cpu, pc);
	/* Two reasons in one: either they met, or the second one's NMI is still to come. */
	else if (anonymous && request && (mine || supervisor))
		atomic_add_rlx(&cpu->nmi_expected, 1);

	if (anonymous && request & NMI_REQ_SCENARIO)
		mine |= SOURCE(NMI_SRC_IPI);
	return mine;
}

/*
 * A scenario's handler belongs to its job: only there does the supervisor watch it. An NMI
 * that arrives too late, or before the core has begun its share, is counted and no more.
 */
static bool handler_may_run(const struct cpu *cpu)
{
	return READ_ONCE(cpu->job_inside) && !READ_ONCE(cpu->job->ended);
}

static void run_handler(struct cpu *cpu, uintptr_t pc, u32 sources)
{
	nmi_handler_t fn = load_acquire(&handler);
	u32 cause = cpu->cause;
	u64 start;

	cpu->nmi.taken++;
	for (u32 rest = sources; rest; rest &= rest - 1)
		cpu->nmi.by_source[__builtin_ctz(rest)]++;
	if (!fn || !handler_may_run(cpu))
		return;

	start = time_counter();
	cpu->nmi_pc = pc;
	WRITE_ONCE(cpu->nmi_depth, 1);
	nmi_body_begin();
	fn(handler_arg, pc, sources);
	nmi_body_end();
	WRITE_ONCE(cpu->nmi_depth, 0);
	cpu->nmi.longest = MAX(cpu->nmi.longest, time_counter() - start);
	cpu->cause = cause;
}

/* As the hardware would: while one is being handled, one more waits and the rest are lost. */
static void latch(struct cpu *cpu, u32 sources)
{
	cpu->nmi.nested++;
	if (!cpu->nmi_latched)
		WRITE_ONCE(cpu->nmi_latched, sources);
	else if (!(sources & SOURCE(NMI_SRC_IPI)))
		cpu->nmi.dropped++;
}

static void handle(struct cpu *cpu, uintptr_t pc, u32 sources)
{
	if (READ_ONCE(cpu->nmi_busy) || cpu->nmi_level > MAX_LEVEL) {
		latch(cpu, sources);
		return;
	}
	/* One may be latched up to the moment we are no longer busy: look again after it. */
	while (sources) {
		WRITE_ONCE(cpu->nmi_busy, 1);
		run_handler(cpu, pc, sources);
		WRITE_ONCE(cpu->nmi_busy, 0);
		sources = READ_ONCE(cpu->nmi_latched);
		if (sources)
			sources = atomic_xchg_rlx(&cpu->nmi_latched, 0);
	}
}

struct trap_frame *kernel_nmi(struct trap_frame *f, u32 sources)
{
	struct cpu *cpu = this_cpu();
	u32 request = atomic_xchg_full(&cpu->nmi_request, 0);
	struct trap_frame *taken_back = NULL;

	cpu->nmi_level++;
	if (request & (NMI_REQ_SNAPSHOT | NMI_REQ_ABORT))
		taken_back = supervisor_nmi(f, request);
	else if (sources & SOURCE(NMI_SRC_WATCHDOG))
		taken_back = supervisor_tick(f);
	if (taken_back)
		return taken_back;

	sources = attribute(cpu, frame_pc(f), sources, request);
	if (sources)
		handle(cpu, frame_pc(f), sources);
	cpu->nmi_level--;
	return f;
}

bool kernel_nmi_wanted(const struct arch_cpu *cpu)
{
	return READ_ONCE(container_of(cpu, struct cpu, arch)->nmi_request) != 0;
}

/* The abandoned handlers of this core never end: forget them. */
void nmi_forget(struct cpu *cpu)
{
	cpu->nmi_depth = 0;
	cpu->nmi_level = 0;
	cpu->nmi_busy = 0;
	cpu->nmi_latched = 0;
}

/* What was sent and never came, from the core's books; valid when nothing is in flight. */
static void book_coalesced(struct cpu *cpu)
{
	u64 taken = cpu->nmi.by_source[NMI_SRC_IPI], sent = cpu->nmi.sent;

	cpu->nmi.coalesced = cpu->nmi.dropped + (sent > taken ? sent - taken : 0);
}

static u64 total_missing(void)
{
	u64 sum = 0;

	for (u32 i = 0; i < online.count; i++) {
		const struct nmi_counts *n = &online.cpu[i]->nmi;

		sum += READ_ONCE(n->sent) - READ_ONCE(n->by_source[NMI_SRC_IPI]);
	}
	return sum;
}

void nmi_settle(void)
{
	u64 start = clock_now_ns(), quiet_since = start, missing = total_missing();

	while (missing && clock_now_ns() - quiet_since < SETTLE_QUIET_NS &&
	       clock_now_ns() - start < SETTLE_MAX_NS) {
		u64 now_missing = total_missing();

		if (now_missing != missing)
			quiet_since = clock_now_ns();
		missing = now_missing;
		cpu_relax();
	}
	for (u32 i = 0; i < online.count; i++) {
		book_coalesced(online.cpu[i]);
		atomic_write_rlx(&online.cpu[i]->nmi_expected, 0);
	}
}

static void add_counts(struct nmi_counts *into, const struct nmi_counts *from)
{
	into->sent += from->sent;
	into->taken += from->taken;
	into->nested += from->nested;
	into->coalesced += from->coalesced;
	into->unknown += from->unknown;
	into->longest = MAX(into->longest, from->longest);
}

void nmi_counts_clear(void)
{
	for (u32 i = 0; i < online.count; i++) {
		struct nmi_counts *n = &online.cpu[i]->nmi;

		nmi_report_unknown(online.cpu[i]);
		add_counts(&totals, n);
		memset(n, 0, sizeof(*n));
	}
}

void nmi_report_unknown(struct cpu *cpu)
{
	const struct nmi_counts *n = &cpu->nmi;
	size_t offset = 0;
	const char *name;

	if (!n->unknown_pc)
		return;
	name = symbol_name(n->unknown_pc, &offset);
	klog("# warn nmi cpu=%u unknown=%llu first at %s+%#zx: nobody here asked for it", cpu->id,
	     (unsigned long long)n->unknown, name ? name : "?", offset);
	cpu->nmi.unknown_pc = 0;
}

struct nmi_counts nmi_totals(void)
{
	struct nmi_counts sum = totals;

	for (u32 i = 0; i < online.count; i++)
		add_counts(&sum, &online.cpu[i]->nmi);
	return sum;
}
