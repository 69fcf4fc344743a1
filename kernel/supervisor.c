/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Core 0 ends a job that misses its budget. If core 0 itself hangs in it, the watchdog's
 * NMI finds that out: its first tick after the deadline photographs everybody and asks loops to
 * end by themselves, the next one takes core 0 back. From there on all is ordinary code.
 */
#include <arch/nmi.h>
#include "clock.h"
#include "console.h"
#include "main.h"
#include "nmi.h"
#include "string.h"
#include "supervisor.h"
#include "symbols.h"

/* For loops that poll job_should_stop() to leave by themselves. */
#define GRACE_NS (5 * NSEC_PER_MSEC)

/*
 * How long a core may take to answer an NMI. On hardware it is microseconds; an emulator with
 * more cores than its host runs them in turn.
 */
#define ANSWER_NS	  (250 * NSEC_PER_MSEC)
#define ANSWER_PER_CPU_NS (10 * NSEC_PER_MSEC)

/* From the stop of the watchdog to the arrival of a tick that was under way. */
#define LATE_TICK_NS NSEC_PER_MSEC

/* What is known of the size of the boot core's stack, whatever its door gave it. */
#define BOOT_STACK_MIN 16384

#define TICK_NS	       (NSEC_PER_SEC / WATCHDOG_HZ)

static struct job *watched;
static u64 late_tick_until;
static u64 awake_at, standstill_ns;
static bool warned;

void supervisor_awake(void)
{
	awake_at = clock_now_ns();
}

void supervisor_look(u64 due_ns)
{
	u64 now = clock_now_ns(), late = now - awake_at;

	/* What an NMI between the two reads noted is newer than @now. */
	if ((s64)late > (s64)due_ns)
		standstill_ns = MAX(standstill_ns, late - due_ns);
	awake_at = now;
}

u64 job_standstill_ns(void)
{
	u64 ns = standstill_ns;

	standstill_ns = 0;
	return ns;
}

void supervisor_begin(struct job *job)
{
	supervisor_awake();
	store_release(&watched, job);
	if (!nmi_watchdog_start())
		return;
	if (!warned)
		klog("# warn supervisor no watchdog on cpu 0: should it hang, the run ends there");
	warned = true;
	store_release(&watched, NULL);
}

void supervisor_end(void)
{
	if (!watched)
		return;
	nmi_watchdog_stop();
	supervisor_look(TICK_NS);
	late_tick_until = clock_now_ns() + LATE_TICK_NS;
	store_release(&watched, NULL);
}

bool supervisor_late_tick(const struct cpu *cpu)
{
	bool may_be = cpu->id == 0 && clock_now_ns() < late_tick_until;

	if (may_be)
		late_tick_until = 0;
	return may_be;
}

/* ---- Looking */

/* Is [p, p + 16) inside one of this core's stacks? */
static bool on_stack(const struct cpu *cpu, uintptr_t p)
{
	if (p & 7)
		return false;
	for (u32 i = 0; i < ARCH_NR_STACKS; i++) {
		uintptr_t top = cpu->arch.stack[i];

		if (top && p >= top - ARCH_STACK_SIZE && p <= top - 16)
			return true;
	}
	return cpu->id == 0 && p >= boot_stack_top - BOOT_STACK_MIN && p < boot_stack_top;
}

/* Both architectures chain {caller's frame pointer, return address}. */
void supervisor_backtrace(const struct cpu *cpu, uintptr_t fp, uintptr_t *trace, u32 n)
{
	u32 i = 0;

	while (i < n && on_stack(cpu, fp)) {
		const uintptr_t *record = (const uintptr_t *)fp;

		if (!record[1])
			break;
		trace[i++] = record[1];
		fp = record[0];
	}
	if (i < n)
		trace[i] = 0;
}

static void take_snapshot(struct cpu *cpu, const struct trap_frame *f)
{
	struct snapshot *s = cpu->snapshot;

	s->in_job = READ_ONCE(cpu->job_inside);
	s->nmi_depth = cpu->nmi_depth;
	s->nmi_pc = cpu->nmi_pc;
	s->pc = frame_pc(f);
	s->sp = frame_sp(f);
	s->fp = frame_fp(f);
	s->at_ns = clock_now_ns();
	supervisor_backtrace(cpu, s->fp, s->backtrace, ARRAY_SIZE(s->backtrace));
	store_release(&s->valid, true);
}

static bool unfinished(const struct cpu *cpu)
{
	return READ_ONCE(cpu->state) == CPU_BUSY && load_acquire(&cpu->job_done) != cpu->job_seq;
}

static bool answered(const struct cpu *cpu)
{
	return load_acquire(&cpu->snapshot->valid) || !unfinished(cpu);
}

static bool back(const struct cpu *cpu)
{
	return !unfinished(cpu);
}

/* Wait for all of @job's other cores, as long as a core may take. */
static void await(const struct job *job, bool (*met)(const struct cpu *cpu), u64 limit)
{
	u64 end = clock_now_ns() + limit;

	for (u32 i = job->first; i < job->first + job->cpus; i++) {
		const struct cpu *cpu = online.cpu[i];

		if (cpu == this_cpu())
			continue;
		while (!met(cpu) && clock_now_ns() < end)
			cpu_relax();
	}
}

static u64 answer_limit(const struct job *job)
{
	return ANSWER_NS + job->cpus * ANSWER_PER_CPU_NS;
}

void supervisor_photograph(struct job *job)
{
	for (u32 i = job->first; i < job->first + job->cpus; i++) {
		struct cpu *cpu = online.cpu[i];

		if (cpu != this_cpu() && !answered(cpu))
			nmi_request_supervisor(cpu, NMI_REQ_SNAPSHOT);
	}
	await(job, answered, answer_limit(job));
	WRITE_ONCE(job->ended, 1);
}

/* ---- Taking back */

static void lose(struct cpu *cpu)
{
	WRITE_ONCE(cpu->state, CPU_LOST);
	klog("# error cpu=%u hwid=%#llx lost: it answers no NMI; the run goes on without it",
	     cpu->id, (unsigned long long)cpu->hwid);
}

void supervisor_take_back(struct job *job)
{
	await(job, back, GRACE_NS);
	for (u32 i = job->first; i < job->first + job->cpus; i++) {
		struct cpu *cpu = online.cpu[i];

		if (cpu != this_cpu() && unfinished(cpu))
			nmi_request_supervisor(cpu, NMI_REQ_ABORT);
	}
	await(job, back, answer_limit(job));
	for (u32 i = job->first; i < job->first + job->cpus; i++) {
		if (unfinished(online.cpu[i]))
			lose(online.cpu[i]);
	}
}

static struct trap_frame *abandon(struct cpu *cpu, struct trap_frame *f)
{
	if (!READ_ONCE(cpu->job_inside))
		return NULL;
	nmi_forget(cpu);
	return trap_abort_frame(f, &cpu->abort);
}

struct trap_frame *supervisor_nmi(struct trap_frame *f, u32 request)
{
	struct cpu *cpu = this_cpu();

	if (request & NMI_REQ_SNAPSHOT)
		take_snapshot(cpu, f);
	return request & NMI_REQ_ABORT ? abandon(cpu, f) : NULL;
}

struct trap_frame *supervisor_tick(struct trap_frame *f)
{
	struct cpu *cpu = this_cpu();
	struct job *job = watched;

	if (job)
		supervisor_look(TICK_NS);
	if (!job || !READ_ONCE(cpu->job_inside) || clock_now_ns() < job->deadline_ns)
		return NULL;
	if (READ_ONCE(job->ended))
		return abandon(cpu, f);
	take_snapshot(cpu, f);
	supervisor_photograph(job);
	return NULL;
}

/* ---- Telling */

void supervisor_print_pc(struct text *out, uintptr_t pc)
{
	size_t offset = 0;
	const char *name = symbol_name(pc, &offset);
	int window = symbol_window(pc);

	if (name)
		text_printf(out, "%s+%#zx", name, offset);
	else
		text_printf(out, "%#llx", (unsigned long long)pc);
	if (window >= 0)
		text_printf(out, " W%d", window);
}

void supervisor_describe(u32 id, struct text *out)
{
	const struct cpu *cpu = online.cpu[id];
	const struct snapshot *s = cpu->snapshot;

	if (cpu->state == CPU_LOST && !s->valid) {
		text_printf(out, "# hang cpu=%u answered no NMI", id);
		return;
	}
	if (!s->valid) {
		text_printf(out, "# hang cpu=%u had finished its share", id);
		return;
	}
	text_printf(out, "# hang cpu=%u ctx=%s pc=", id, s->nmi_depth ? "nmi" : "task");
	supervisor_print_pc(out, s->pc);
	if (s->nmi_depth) {
		text_printf(out, " interrupted=");
		supervisor_print_pc(out, s->nmi_pc);
	}
	text_printf(out, " sp=%#llx", (unsigned long long)s->sp);
	if (!s->backtrace[0])
		return;
	text_printf(out, " from");
	for (u32 i = 0; i < ARRAY_SIZE(s->backtrace) && s->backtrace[i]; i++) {
		text_printf(out, "%s", i ? " < " : " ");
		/* The byte before a return address is inside the call. */
		supervisor_print_pc(out, s->backtrace[i] - 1);
	}
}
