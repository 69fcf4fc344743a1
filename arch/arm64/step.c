/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * arch/step.h by MDSCR_EL1.SS, one hardware breakpoint, and a software interrupt to this
 * core itself (Arm ARM, D2.12 and D2.8).
 *
 * Debug exceptions come only where PSTATE.D is clear: in contexts. So the machinery can
 * stay on while handlers and the engine run.
 */
#include <arch/step.h>
#include "internal.h"
#include "../../kernel/string.h"

#define MDSCR_SS  (1u << 0)
#define MDSCR_KDE (1u << 13) /* from the level that debugs, too */
#define MDSCR_MDE (1u << 15)
#define STEPPING  (MDSCR_KDE | MDSCR_SS)
#define RUNNING	  (MDSCR_KDE | MDSCR_MDE)
#define FREE	  MDSCR_KDE

/* DBGBCR_EL1: one whole instruction at EL1, or at EL2 (HMC). */
#define BREAK_EL1    (0xfu << 5 | 1 << 1 | 1)
#define BREAK_EL2    (1u << 13 | BREAK_EL1)

#define MDCR_EL2_TDE (1u << 8)
#define DAIF_DEBUG   (1u << 9)
#define PSTATE_IRQ   (1u << 7)
#define ALLINT_BIT   (1u << 13)
#define ISR_IRQ	     (1u << 10 | 1u << 7) /* with superpriority, or without */

/* A software interrupt to this very core is there after so many looks. */
#define NMI_LOOKS 100000

/* What look() says when the context may go on. */
#define GO_ON -1

extern const char step_return[];
int step_enter(const struct trap_frame *f, uintptr_t *sp);
__noreturn void step_leave(int stop, uintptr_t sp, uintptr_t trap_stack);
/* Called by step.S. */
bool step_goes_on(uintptr_t pc);

const char *step_missing(void)
{
	if (!gic)
		return "no GIC";
	/* ID_AA64DFR0_EL1.DebugVer */
	return id_field(sysreg_read(id_aa64dfr0_el1), 0) < 6 ? "no debug architecture" : NULL;
}

void step_cpu_start(void)
{
	sysreg_write(mdscr_el1, 0);
	sysreg_write(oslar_el1, 0);
	if (cpu_at_el2())
		sysreg_write(mdcr_el2, sysreg_read(mdcr_el2) | MDCR_EL2_TDE);
	isb();
}

void step_cpu_init(struct arch_cpu *virtual_core)
{
	struct arch_cpu *home = percpu_base();

	*virtual_core = *home;
	virtual_core->home = home;
}

void step_call(struct step_context *c, uintptr_t stack, uintptr_t fn, const void *arg)
{
	memset(c, 0, sizeof(*c));
	c->frame.x[0] = (uintptr_t)arg;
	c->frame.x[30] = (uintptr_t)step_return;
	c->frame.sp = ALIGN_DOWN(stack, 16);
	c->frame.pc = fn;
	c->frame.pstate = (sysreg_read(CurrentEL) & 0xc) | (nmi_task_daif() & ~DAIF_DEBUG);
}

int step_result(const struct step_context *c)
{
	return c->frame.x[0];
}

void step_interrupted(struct step_context *c)
{
	c->exclusive = (struct step_exclusive){0};
}

bool step_can_take_nmi(const struct step_context *c)
{
	return !(c->frame.pstate & (nmi_superpriority ? ALLINT_BIT : PSTATE_IRQ));
}

/* ---- The base register */

struct arch_cpu *step_leave_core(void)
{
	struct arch_cpu *core = percpu_base();

	if (!core->home)
		return NULL;
	sysreg_write(tpidr_el1, core->home);
	return core;
}

void step_enter_core(struct arch_cpu *core)
{
	if (core && core->home->stepper)
		sysreg_write(tpidr_el1, core);
}

static __noreturn void broken(struct trap_frame *f, const char *what)
{
	step_leave_core();
	kernel_bad_trap(f, what);
}

/* ---- Debug registers: writing one costs, so they are written when they change */

static void set_mdscr(struct arch_cpu *home, u64 mdscr)
{
	if (home->step.mdscr == mdscr)
		return;
	home->step.mdscr = mdscr;
	sysreg_write(mdscr_el1, mdscr);
}

static void set_breakpoint(struct arch_cpu *home, uintptr_t address)
{
	if (home->step.armed == address)
		return;
	home->step.armed = address;
	if (address)
		sysreg_write(dbgbvr0_el1, address);
	sysreg_write(dbgbcr0_el1, !address ? 0 : cpu_at_el2() ? BREAK_EL2 : BREAK_EL1);
}

void step_off(struct arch_cpu *cpu)
{
	cpu->stepper = NULL;
	cpu->step.stray = cpu->step.nmi_pc;
	cpu->step.nmi_pc = 0;
	set_breakpoint(cpu, 0);
	set_mdscr(cpu, 0);
}

/* ---- Boundaries */

/* Where the class of the instruction at @pc is kept; @outside if it is not in s->text. */
static u8 *class_at(const struct stepper *s, uintptr_t pc, u8 *outside)
{
	size_t offset = pc - s->text;
	u8 *class = offset < s->text_size ? &s->text_class[offset] : outside;

	if (!(*class & STEP_CLASS_MASK))
		*class |= step_classify(*(const u32 *)pc);
	if (class == outside && (*class & STEP_CLASS_MASK) == STEP_SHARED)
		*class ^= STEP_SHARED ^ STEP_PRIVATE;
	return class;
}

static void trace(struct stepper *s, uintptr_t pc)
{
	if (s->trace_len < s->trace_max)
		s->trace[s->trace_len] = pc;
	s->trace_len++;
}

/* Does the context stop before the instruction at @pc? */
static int look(struct stepper *s, uintptr_t pc, u8 class)
{
	if (pc == (uintptr_t)step_return)
		return STEP_RETURNED;
	if (pc == s->breakpoint) {
		if (!s->full_speed || !s->break_skip)
			return STEP_BREAK;
		s->break_skip--;
	}
	if (s->full_speed)
		return GO_ON;
	class &= STEP_CLASS_MASK;
	if (class == STEP_WAIT && s->stop_at_wait)
		return STEP_AT_WAIT;
	if (!s->steps)
		return STEP_LIMIT;
	if (class == STEP_SHARED && s->stop_at_shared)
		return STEP_AT_SHARED;
	return GO_ON;
}

static __always_inline void book(struct stepper *s, uintptr_t pc, u8 *class)
{
	if (s->steps && !s->full_speed)
		s->steps--;
	s->taken++;
	*class |= STEP_SEEN;
	if (s->trace)
		trace(s, pc);
}

static struct trap_frame *step_on(struct trap_frame *f)
{
	f->pstate |= PSTATE_SS;
	return f;
}

/*
 * At full speed instructions are stepped to get over a breakpoint, and to the end of what
 * began with an exclusive load: the step has cleared the monitor. With a breakpoint between
 * an exclusive load and its store everything is: at full speed no pass would get through.
 */
static bool may_run(const struct arch_cpu *home, const struct trap_frame *f)
{
	const struct stepper *s = home->stepper;

	return s->full_speed && !s->context->exclusive.address && f->pc != s->breakpoint &&
	       !home->step.in_pair;
}

static int run_on(struct arch_cpu *home, struct trap_frame *f)
{
	f->pstate &= ~PSTATE_SS;
	set_breakpoint(home, home->stepper->breakpoint);
	set_mdscr(home, RUNNING);
	return GO_ON;
}

/*
 * Go on from f->pc, the first instruction without a look: performs what is not to be
 * executed, up to an instruction that is, or a stop.
 */
static int go_on(struct arch_cpu *home, struct trap_frame *f, bool first)
{
	struct stepper *s = home->stepper;

	for (;; first = false) {
		u8 outside = 0, *class = class_at(s, f->pc, &outside);
		int stop = first ? GO_ON : look(s, f->pc, *class);

		if (stop != GO_ON)
			return stop;
		if (may_run(home, f))
			return run_on(home, f);
		book(s, f->pc, class);
		if (!(*class & STEP_PERFORMED))
			break;
		if (!step_perform(f, &s->context->exclusive, *(const u32 *)f->pc))
			broken(f, "exclusive pair: cannot be stepped");
	}
	set_mdscr(home, STEPPING);
	step_on(f);
	return GO_ON;
}

/* ---- A real NMI */

/*
 * Interrupts are masked and the next exception return opens them: what is pending by then
 * is taken before the next instruction (Arm ARM, D1.3.6). If a debug exception comes
 * first, or the NMI elsewhere, it was not.
 */
static void send_nmi(struct arch_cpu *home, struct trap_frame *f)
{
	struct arch_cpu *core = home->stepper->base;

	home->step.nmi_pc = f->pc;
	core->stepper = NULL;
	gic->send(home, SGI_SCENARIO);
	for (u32 i = 0; i < NMI_LOOKS && !(sysreg_read(isr_el1) & ISR_IRQ); i++)
		;
	step_on(f);
}

/* What the frame holds up to PSTATE is the context's, the rest is not. */
static void keep(struct step_context *c, const struct trap_frame *f)
{
	u64 *to = (u64 *)&c->frame;
	const u64 *from = (const u64 *)f;

	_Static_assert(FRAME_ESR == 34 * sizeof(u64), "pairs to copy");
	__asm__ volatile(".rept 17\n"
			 "	ldp x9, x10, [%1], #16\n"
			 "	stp x9, x10, [%0], #16\n"
			 "	.endr"
			 : "+r"(to), "+r"(from)::"x9", "x10", "memory");
	c->frame.pstate &= ~(u64)PSTATE_SS;
	c->frame.esr = c->frame.far = c->frame.vector = c->frame.pad = 0;
}

/* Out of the handler into the engine. */
static __noreturn void stop(struct arch_cpu *home, const struct trap_frame *f, enum step_stop why)
{
	keep(home->stepper->context, f);
	sysreg_write(tpidr_el1, home);
	step_leave(why, home->step.sp, home->stack[STACK_TRAP]);
}

static struct trap_frame *go_on_or_stop(struct arch_cpu *home, struct trap_frame *f, bool first)
{
	int why = go_on(home, f, first);

	if (why == STEP_BREAK && home->stepper->nmi_at == STEP_NMI_AT_BREAK)
		send_nmi(home, f);
	else if (why != GO_ON)
		stop(home, f, why);
	return f;
}

struct trap_frame *step_nmi(struct trap_frame *f, struct arch_cpu *home)
{
	struct stepper *s = home->stepper;
	struct arch_cpu *core = s->base;
	bool used_up;

	if (f->pc != home->step.nmi_pc || f->pstate & PSTATE_SPX)
		broken(f, "stepper: the NMI missed its boundary");
	used_up = s->full_speed && s->nmi_at == STEP_NMI_AT_BREAK && !home->step.in_pair;
	home->step.nmi_pc = 0;
	core->stepper = s;
	s->nmi_at = STEP_NMI_NONE;
	step_interrupted(s->context);
	nmi_body_begin();
	if (!s->on_nmi) {
		nmi_body_end();
		stop(home, f, STEP_NMI);
	}
	keep(s->context, f);
	s->on_nmi(s);
	nmi_body_end();
	nmi_end_last(home);
	if (!used_up)
		return go_on_or_stop(home, f, true);
	set_mdscr(home, FREE);
	f->pstate &= ~(u64)PSTATE_SS;
	return f;
}

void step_nmi_end(struct stepper *s)
{
	struct arch_cpu *home = percpu_base();

	if (home->nr_active)
		nmi_end_last(home);
}

/* ---- Exceptions of a context */

bool step_goes_on(uintptr_t pc)
{
	const struct arch_cpu *core = percpu_base();
	struct stepper *s = core->stepper;
	size_t offset;
	u8 class;

	if (unlikely(!s || s->full_speed || !s->steps))
		return false;
	offset = pc - s->text;
	if (unlikely(offset >= s->text_size || pc == s->breakpoint || pc == (uintptr_t)step_return))
		return false;
	class = s->text_class[offset];
	if (class & STEP_PERFORMED || !(class & STEP_CLASS_MASK) ||
	    (s->stop_at_shared && (class & STEP_CLASS_MASK) == STEP_SHARED))
		return false;
	book(s, pc, &s->text_class[offset]);
	return true;
}

struct trap_frame *step_trap(struct trap_frame *f, u32 class)
{
	const struct arch_cpu *core = percpu_base();
	struct arch_cpu *home = core->home;

	if (!home || !home->stepper || f->pstate & PSTATE_SPX)
		return NULL;
	if (home->step.nmi_pc)
		broken(f, "stepper: the NMI did not come");
	switch (class) {
	case CLASS_STEP:
	case CLASS_BREAKPOINT:
		return go_on_or_stop(home, f, false);
	case CLASS_BRK:
		if (f->pc == (uintptr_t)step_return)
			stop(home, f, STEP_RETURNED);
		return NULL;
	default:
		return NULL;
	}
}

/* ---- The engine's side */

static enum step_stop run_context(struct arch_cpu *home, struct stepper *s)
{
	struct trap_frame *f = &s->context->frame;
	struct arch_cpu *core = s->base;

	home->stepper = core->stepper = s;
	if (home->step.judged != s->breakpoint) {
		home->step.judged = s->breakpoint;
		home->step.in_pair = s->breakpoint && step_in_pair(s->breakpoint);
	}
	if (s->nmi_at == STEP_NMI_NOW) {
		set_mdscr(home, STEPPING);
		send_nmi(home, f);
	} else {
		int why = go_on(home, f, true);

		if (why == STEP_BREAK && s->nmi_at == STEP_NMI_AT_BREAK)
			send_nmi(home, f);
		else if (why != GO_ON)
			return why;
	}
	sysreg_write(tpidr_el1, core);
	return step_enter(f, &home->step.sp);
}

enum step_stop step_run(struct stepper *s)
{
	struct arch_cpu *home = percpu_base();
	u64 daif = sysreg_read(daif), allint = nmi_superpriority ? sysreg_read(SYS_ALLINT) : 0;
	enum step_stop why;

	__asm__ volatile("msr daifset, #2" ::: "memory");
	if (nmi_superpriority)
		sysreg_write(SYS_ALLINT, ALLINT_BIT);
	why = run_context(home, s);
	home->stepper = NULL;
	if (nmi_superpriority)
		sysreg_write(SYS_ALLINT, allint);
	sysreg_write(daif, daif);
	return why;
}
