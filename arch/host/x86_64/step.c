/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The stepping engine in a program: RFLAGS.TF and SIGTRAP for one instruction, a breakpoint
 * event of Linux for full speed, and a signal to itself as the NMI on an exact boundary.
 *
 * Some virtual machines take a breakpoint and never hit it. There the NOP that a STEP_TARGET
 * begins with is made a breakpoint instruction, for good; to any other place each instruction
 * on the way traps, which is as exact and slow.
 *
 * IRETQ to the same privilege enters a context with all its registers, TF among them. From
 * then on the handler of SIGTRAP looks at each boundary and lets the context go on; only a
 * stop brings the engine back, by resuming step_leave instead.
 *
 * An NMI lands like this: a breakpoint instruction takes the engine into the handler, which
 * has the signal blocked, sends it and resumes the context. What ends the blocking is the
 * return from the handler, so the signal is taken before the context's next instruction.
 */
#include "../internal.h"
#include "../../x86_64/step_common.h"
#include <arch/irq.h>
#include <linux/hw_breakpoint.h>
#include <linux/perf_event.h>
#include <sys/ioctl.h>
#include <sys/mman.h>

#define FLAGS_ONE     (1u << 1)
#define FLAGS_TF      (1u << 8)
#define FLAGS_RF      (1u << 16)
#define LANDING_TRIES 1000
/* Beyond enum step_stop: at the breakpoint, and an NMI is to land there. */
#define STOP_TO_LAND 100
/* step_stop of a context at full speed that met something. */
#define STOP_BREAK  101
#define STOP_RETURN 102

_Static_assert(offsetof(struct arch_cpu, step_sp) == 16, "step_enter.S");
_Static_assert(sizeof(struct trap_frame) == 176, "step_enter.S");

/* step_enter.S */
void step_enter(struct arch_cpu *home, struct trap_frame *f);
void step_enter_by_nmi(struct arch_cpu *home);
extern const char step_leave[], step_landing_trap[];

/* ---- Breakpoints: a processor's debug register, by way of perf_event_open(2) */

static bool events_fire;

/* @sigtrap: each hit is a signal; otherwise read(2) tells how many there were. */
static int break_event(uintptr_t at, bool sigtrap)
{
	struct perf_event_attr attr = {
		.type = PERF_TYPE_BREAKPOINT,
		.size = sizeof(attr),
		.sample_period = sigtrap,
		.bp_type = HW_BREAKPOINT_X,
		.bp_addr = at,
		.bp_len = sizeof(long),
		.exclude_kernel = 1,
		.exclude_hv = 1,
		.sigtrap = sigtrap,
		.remove_on_exec = 1,
	};

	return syscall(SYS_perf_event_open, &attr, 0, -1, -1, PERF_FLAG_FD_CLOEXEC);
}

/* ---- The same by an instruction, where no event fires */

#define INT3 0xcc
#define NOP  0x90

static uintptr_t soft_break; /* the one place where INT3 stands for NOP */

/*
 * Other cores may run there at any time: they get through, by trap, from now on. Nothing is held
 * meanwhile, for the supervisor may abandon a core right here.
 */
static void make_soft_break(uintptr_t at)
{
	const uintptr_t page = 4096;
	uintptr_t before = READ_ONCE(soft_break);

	if ((before && before != at) || *(volatile u8 *)at != NOP ||
	    mprotect((void *)ALIGN_DOWN(at, page), page, PROT_READ | PROT_WRITE | PROT_EXEC))
		return;
	before = 0;
	if (__atomic_compare_exchange_n(&soft_break, &before, at, false, __ATOMIC_SEQ_CST,
					__ATOMIC_SEQ_CST) ||
	    before == at)
		*(volatile u8 *)at = INT3;
}

static void arm_breakpoint(struct arch_cpu *home, uintptr_t at)
{
	if (home->step_breakpoint == at)
		return;
	if (home->step_break_fd >= 0)
		close(home->step_break_fd);
	home->step_break_fd = -1;
	home->step_breakpoint = at;
	if (!at)
		return;
	if (!events_fire) {
		make_soft_break(at);
		return;
	}
	home->step_break_fd = break_event(at, true);
	if (home->step_break_fd < 0)
		trap_unexpected(&home->stepper->context->frame, "no breakpoint event left");
}

static __noinline void break_here(void)
{
	barrier();
}

static bool event_counts(int fd)
{
	u64 hits = 0;

	break_here();
	return read(fd, &hits, sizeof(hits)) == sizeof(hits) && hits == 1;
}

const char *step_missing(void)
{
	static const char *why;
	static bool asked;
	int fd;

	if (asked)
		return why;
	asked = true;
	why = sanitizer_steps_not();
	if (why)
		return why;
	fd = break_event((uintptr_t)break_here, false);
	if (fd >= 0) {
		events_fire = event_counts(fd);
		close(fd);
	}
	return NULL;
}

void step_off(struct arch_cpu *cpu)
{
	arm_breakpoint(cpu, 0);
	cpu->stepper = NULL;
	cpu->step_landing = false;
	base_write(cpu);
}

/* ---- Step by step */

/* Is this boundary one to stop at? Says why in home->step_stop. */
static bool stops(struct arch_cpu *home, struct stepper *s)
{
	uintptr_t pc = s->context->frame.rip;
	u32 *why = &home->step_stop;

	if (pc == (uintptr_t)step_return) {
		*why = STEP_RETURNED;
	} else if (pc == s->breakpoint && !home->step_at_break) {
		*why = s->nmi_at == STEP_NMI_AT_BREAK ? STOP_TO_LAND : STEP_BREAK;
	} else if (s->stop_at_wait && step_look_up(s, pc) == STEP_WAIT) {
		*why = STEP_AT_WAIT;
	} else if (!s->steps) {
		*why = STEP_LIMIT;
	} else if (s->stop_at_shared && step_look_up(s, pc) == STEP_SHARED) {
		*why = STEP_AT_SHARED;
	} else {
		return false;
	}
	return true;
}

/* Pass over waits, up to an instruction to execute (true) or a stop. */
static bool advance(struct arch_cpu *home, struct stepper *s, bool look)
{
	struct trap_frame *f = &s->context->frame;

	for (;; look = true) {
		if (look && stops(home, s))
			return false;
		home->step_at_break = false;
		step_book(s, f->rip);
		if (*(const u16 *)f->rip != PAUSE)
			return true;
		f->rip += PAUSE_SIZE;
	}
}

/* Resume the engine where it called step_enter(). */
static void leave(struct arch_cpu *home, struct trap_frame *f)
{
	f->rip = (uintptr_t)step_leave;
	f->rsp = home->step_sp;
	f->rflags = FLAGS_ONE;
}

/* What belongs to the context of the registers it was interrupted with. */
static void keep(struct stepper *s, const struct trap_frame *f)
{
	s->context->frame = *f;
	s->context->frame.rflags &= ~(u64)(FLAGS_TF | FLAGS_RF);
}

/* INT3 for NOP. Return: is it to be looked at as a boundary that was stepped to? */
static bool passes_soft_break(struct arch_cpu *home, struct trap_frame *f)
{
	const struct stepper *s = home->stepper;

	if (!s || !s->full_speed || home->step_breakpoint != soft_break)
		return true;
	f->rip--;
	return false;
}

bool step_trap(struct arch_cpu *home, struct trap_frame *f, int code)
{
	struct stepper *s = home->stepper;

	if (soft_break && code != TRAP_TRACE && f->rip == soft_break + 1 &&
	    passes_soft_break(home, f)) {
		if (!s || s->full_speed)
			return true;
		code = TRAP_TRACE;
	}
	if (home->step_landing && f->rip == (uintptr_t)step_landing_trap + 1) {
		signal_core(home, HOST_IPI);
		*f = s->context->frame;
		return true;
	}
	if (home->step_breakpoint && f->rip == home->step_breakpoint) {
		keep(s, f);
		home->step_stop = STOP_BREAK;
	} else if (code == TRAP_TRACE && s->full_speed) {
		return true; /* on the way to a breakpoint, with RFLAGS.TF still set */
	} else if (code == TRAP_TRACE) {
		keep(s, f);
		if (advance(home, s, true)) {
			*f = s->context->frame;
			f->rflags |= FLAGS_TF;
			return true;
		}
	} else if (f->rip == (uintptr_t)step_return + 1) {
		keep(s, f);
		s->context->frame.rip--;
		home->step_stop = STOP_RETURN;
	} else {
		return false;
	}
	leave(home, f);
	return true;
}

/* ---- Landing an NMI */

void step_nmi(struct arch_cpu *home, struct trap_frame *f)
{
	struct stepper *s = home->stepper;
	struct trap_frame *at = &s->context->frame;

	/* Somebody else's signal came first: ours is still to be sent. */
	if (f->rip != at->rip || f->rsp != at->rsp)
		return;
	home->step_landing = false;
	if (s->on_nmi)
		s->on_nmi(s);
	leave(home, f);
}

/* Return: true if the caller is to be told. */
static bool land_nmi(struct arch_cpu *home, struct stepper *s)
{
	u32 tries = 0;

	arm_breakpoint(home, 0);
	WRITE_ONCE(home->step_landing, true);
	do {
		if (tries++ == LANDING_TRIES)
			trap_unexpected(&s->context->frame, "an NMI does not land");
		step_enter_by_nmi(home);
	} while (READ_ONCE(home->step_landing));
	s->nmi_at = STEP_NMI_NONE;
	/* Someone else's NMI may have met ours. If so it is sent again, to be taken here. */
	if (kernel_nmi_wanted(home))
		signal_core(home, HOST_IPI);
	return !s->on_nmi;
}

/* ---- The engine */

static enum step_stop run_free(struct arch_cpu *home, struct stepper *s)
{
	struct trap_frame *f = &s->context->frame;
	bool at_break = f->rip == s->breakpoint;

	for (;;) {
		struct trap_frame entry = *f;

		arm_breakpoint(home, s->breakpoint);
		if (at_break && s->breakpoint == soft_break)
			entry.rip++;
		else if (at_break)
			entry.rflags |= FLAGS_RF;
		if (s->breakpoint && !events_fire && s->breakpoint != soft_break)
			entry.rflags |= FLAGS_TF;
		step_enter(home, &entry);
		if (home->step_stop == STOP_RETURN)
			return STEP_RETURNED;
		at_break = true;
		if (s->break_skip)
			s->break_skip--;
		else if (s->nmi_at != STEP_NMI_AT_BREAK)
			return STEP_BREAK;
		else if (land_nmi(home, s))
			return STEP_NMI;
	}
}

static enum step_stop run_steps(struct arch_cpu *home, struct stepper *s)
{
	struct trap_frame entry;

	arm_breakpoint(home, 0);
	home->step_at_break = false;
	for (bool look = false;; look = true) {
		if (advance(home, s, look)) {
			entry = s->context->frame;
			entry.rflags |= FLAGS_TF;
			step_enter(home, &entry);
		}
		if (home->step_stop != STOP_TO_LAND)
			return home->step_stop;
		if (land_nmi(home, s))
			return STEP_NMI;
		home->step_at_break = true;
	}
}

static enum step_stop run(struct arch_cpu *home, struct stepper *s)
{
	if (s->context->frame.rip == (uintptr_t)step_return)
		return STEP_RETURNED;
	if (s->nmi_at == STEP_NMI_NOW && land_nmi(home, s))
		return STEP_NMI;
	return s->full_speed ? run_free(home, s) : run_steps(home, s);
}

enum step_stop step_run(struct stepper *s)
{
	struct arch_cpu *home = percpu_base();
	enum step_stop stop;

	home->stepper = s;
	barrier();
	base_write(s->base);
	stop = run(home, s);
	base_write(home);
	home->stepper = NULL;
	return stop;
}
