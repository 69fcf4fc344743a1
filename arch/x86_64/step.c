/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The stepping engine: RFLAGS.TF for one instruction, DR0 for a breakpoint, and a real NMI
 * on an exact boundary.
 *
 * While step_run() works, #DB and #BP have the context's own frame as their stack, so
 * entering and leaving a context is one load and one store of its registers (entry.S).
 *
 * A real NMI lands like this: the engine sends one to itself and resumes the context at once,
 * with DR0 on the context's next instruction. An NMI goes before an instruction breakpoint
 * (SDM volume 3, 6.9), so there are three ways for it to come:
 * - on the boundary: well;
 * - before, in the engine: now further NMIs are blocked, so its handler sends a second one,
 *   which is latched, and resumes the context in its stead. IRETQ ends the blocking, and the
 *   latched one is taken before the context's next instruction (SDM volume 3, 6.7.1);
 * - late: then DR0 has stopped the context, and all is tried again.
 */
#include <arch/irq.h>
#include <arch/step.h>
#include "internal.h"
#include "step_common.h"

#define DR7_OFF	      0x400
#define DR7_EXEC_0    (DR7_OFF | 2) /* DR0, global, execution, length 1 */
#define LANDING_TRIES 1000
#define SOON	      100 /* passes in which an NMI comes that is not late */

_Static_assert(offsetof(struct arch_cpu, home) == 64, "entry.S");
_Static_assert(offsetof(struct arch_cpu, step_sp) == 72, "entry.S");
_Static_assert(offsetof(struct arch_cpu, step_landing) == 96, "entry.S");
_Static_assert(offsetof(struct arch_cpu, apic_id) == 100, "entry.S");
_Static_assert(sizeof(struct trap_frame) % 16 == 0, "the processor aligns interrupt stacks");

/* entry.S */
void step_enter(struct arch_cpu *home, struct trap_frame *f);
void step_enter_nmi(struct arch_cpu *home, struct trap_frame *f);
extern const char step_leave[];

const char *step_missing(void)
{
	return NULL;
}

/* ---- The machine's part */

/* Debug registers are slow to write, so a breakpoint stays until another one is wanted. */
static void arm_breakpoint(struct arch_cpu *home, uintptr_t at)
{
	uintptr_t was = home->step_breakpoint;

	if (was == at)
		return;
	home->step_breakpoint = at;
	if (at)
		write_dr0(at);
	if (!at || !was)
		write_dr7(at ? DR7_EXEC_0 : DR7_OFF);
}

bool step_stale_breakpoint(struct arch_cpu *cpu)
{
	if (!cpu->step_breakpoint)
		return false;
	arm_breakpoint(cpu, 0);
	return true;
}

void step_off(struct arch_cpu *cpu)
{
	arm_breakpoint(cpu, 0);
	cpu->stepper = NULL;
	cpu->step_sp = 0;
	cpu->step_landing = false;
	cpu->tss.ist[X86_IST(STACK_IST_DB) - 1] = cpu->stack[STACK_IST_DB];
}

static void begin(struct arch_cpu *home, struct stepper *s)
{
	struct trap_frame *f = &s->context->frame;

	home->tss.ist[X86_IST(STACK_IST_DB) - 1] = (uintptr_t)(f + 1);
	home->stepper = s;
	barrier();
	wrmsr(MSR_GS_BASE, (uintptr_t)s->base);
}

static void end(struct arch_cpu *home, struct stepper *s)
{
	struct trap_frame *f = &s->context->frame;

	f->vector = f->error = 0;
	f->rflags &= ~(u64)(X86_FLAGS_TF | X86_FLAGS_RF);
	wrmsr(MSR_GS_BASE, (uintptr_t)home);
	home->stepper = NULL;
	home->step_sp = 0;
	home->tss.ist[X86_IST(STACK_IST_DB) - 1] = home->stack[STACK_IST_DB];
}

/* ---- Landing an NMI */

/* Is the context interrupted just where it is to be? Anything else is still the engine. */
static bool landed(const struct trap_frame *at, const struct trap_frame *f)
{
	return f->rip == at->rip && f->rsp == at->rsp;
}

/* Without the breakpoint: the handler may run the code it interrupted. */
static void call_on_nmi(struct arch_cpu *home, struct stepper *s)
{
	write_dr7(DR7_OFF);
	s->on_nmi(s);
	write_dr7(DR7_EXEC_0);
}

struct trap_frame *step_nmi(struct arch_cpu *cpu, struct trap_frame *f)
{
	struct stepper *s = cpu->stepper;
	struct trap_frame *at = &s->context->frame;

	if (!landed(at, f)) {
		apic_nmi_self(cpu);
		apic_wait_sent();
		return at;
	}
	cpu->step_landing = false;
	/* What was loaded from it is in it still. */
	at->vector = VECTOR_NMI;
	if (s->on_nmi)
		call_on_nmi(cpu, s);
	f->rip = (uintptr_t)step_leave;
	f->rsp = cpu->step_sp;
	f->rflags = X86_FLAGS_ONE;
	return f;
}

/* Return: true if the caller is to be told. */
static bool land_nmi(struct arch_cpu *home, struct stepper *s)
{
	struct trap_frame *f = &s->context->frame;
	u64 flags = f->rflags;
	u32 tries = 0;

	f->rflags &= ~(u64)(X86_FLAGS_TF | X86_FLAGS_RF);
	arm_breakpoint(home, f->rip);
	do {
		if (tries++ == LANDING_TRIES)
			trap_unexpected(f);
		step_enter_nmi(home, f);
	} while (READ_ONCE(f->vector) != VECTOR_NMI);
	f->rflags = flags;
	s->nmi_at = STEP_NMI_NONE;
	/* Someone else's NMI may have met ours. If so it is sent again, to be taken here. */
	if (kernel_nmi_wanted(home))
		apic_send(home->apic_id, ICR_NMI);
	return !s->on_nmi;
}

/* ---- At full speed */

static enum step_stop run_free(struct arch_cpu *home, struct stepper *s)
{
	struct trap_frame *f = &s->context->frame;

	if (f->rip == s->breakpoint)
		f->rflags |= X86_FLAGS_RF;
	for (;;) {
		arm_breakpoint(home, s->breakpoint);
		step_enter(home, f);
		if (f->vector == VECTOR_BP && f->rip == (uintptr_t)step_return + 1) {
			f->rip--;
			return STEP_RETURNED;
		}
		if (f->vector != VECTOR_DB || f->rip != s->breakpoint)
			trap_unexpected(f);
		if (s->break_skip)
			s->break_skip--;
		else if (s->nmi_at != STEP_NMI_AT_BREAK)
			return STEP_BREAK;
		else if (land_nmi(home, s))
			return STEP_NMI;
		f->rflags |= X86_FLAGS_RF;
	}
}

/* ---- Step by step */

static void one_step(struct arch_cpu *home, struct stepper *s, struct trap_frame *f)
{
	uintptr_t pc = f->rip;

	step_book(s, pc);
	if (*(const u16 *)pc == PAUSE) {
		f->rip += PAUSE_SIZE;
		return;
	}
	step_enter(home, f);
	if (f->vector != VECTOR_DB)
		trap_unexpected(f);
}

static enum step_stop run_steps(struct arch_cpu *home, struct stepper *s)
{
	struct trap_frame *f = &s->context->frame;

	arm_breakpoint(home, 0);
	f->rflags |= X86_FLAGS_TF;
	for (;;) {
		one_step(home, s, f);
		if (f->rip == (uintptr_t)step_return)
			return STEP_RETURNED;
		if (f->rip == s->breakpoint) {
			if (s->nmi_at != STEP_NMI_AT_BREAK)
				return STEP_BREAK;
			if (land_nmi(home, s))
				return STEP_NMI;
			arm_breakpoint(home, 0);
		}
		if (s->stop_at_wait && step_look_up(s, f->rip) == STEP_WAIT)
			return STEP_AT_WAIT;
		if (!s->steps)
			return STEP_LIMIT;
		if (s->stop_at_shared && step_look_up(s, f->rip) == STEP_SHARED)
			return STEP_AT_SHARED;
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
	bool open = !irq_disabled();
	enum step_stop stop;

	/* An interrupt between two loads from the context's frame would overwrite it. */
	if (open)
		irq_disable();
	begin(home, s);
	stop = run(home, s);
	end(home, s);
	if (open)
		irq_enable();
	return stop;
}
