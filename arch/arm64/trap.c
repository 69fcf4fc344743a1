/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Exceptions in C: which handler, what it was, and which frame goes on. */
#include <arch/mmu.h>
#include "internal.h"
#include "../../kernel/printf.h"
#include "../../kernel/string.h"

_Static_assert(sizeof(struct trap_frame) == FRAME_SIZE, "entry.h");
_Static_assert(offsetof(struct trap_frame, sp) == FRAME_SP, "entry.h");
_Static_assert(offsetof(struct trap_frame, pc) == FRAME_PC, "entry.h");
_Static_assert(offsetof(struct trap_frame, pstate) == FRAME_PSTATE, "entry.h");
_Static_assert(offsetof(struct trap_frame, esr) == FRAME_ESR, "entry.h");
_Static_assert(offsetof(struct trap_frame, vector) == FRAME_VECTOR, "entry.h");

_Static_assert(sizeof(struct abort_regs) <= sizeof(((struct abort_point *)0)->regs), "trap_call.S");
_Static_assert(offsetof(struct abort_point, armed) == 128, "trap_call.S");

extern const char semihosting_hlt[], semihosting_absent[];

#define CLASS_INSTRUCTION_ABORT 0x21
#define CLASS_DATA_ABORT	0x25

/* From the task stack; four more from the trap stack. */
enum { VECTOR_SYNC, VECTOR_IRQ, VECTOR_FIQ, VECTOR_SERROR };

/* Exception classes of ESR_EL1 (Arm ARM, D19.2.37) that we can meet. */
static const struct {
	u8 class;
	const char *name;
} classes[] = {
	{0x00, "undefined instruction"},
	{0x07, "floating point used"},
	{0x0d, "branch target"},
	{0x0e, "illegal execution state"},
	{0x15, "SVC"},
	{0x18, "trapped system register"},
	{0x1c, "pointer authentication failure"},
	{CLASS_INSTRUCTION_ABORT, "instruction abort"},
	{0x22, "misaligned PC"},
	{CLASS_DATA_ABORT, "data abort"},
	{0x26, "misaligned SP"},
	{0x2f, "SError"},
	{CLASS_BREAKPOINT, "breakpoint"},
	{CLASS_STEP, "software step"},
	{0x35, "watchpoint"},
	{CLASS_BRK, "BRK"},
};

static const char *class_name(u32 class)
{
	for (size_t i = 0; i < ARRAY_SIZE(classes); i++) {
		if (classes[i].class == class)
			return classes[i].name;
	}
	return "synchronous exception of unknown class";
}

/* Why an access to @address failed, as far as the address tells. */
static const char *abort_name(u64 address, const char *otherwise)
{
	const struct arch_cpu *cpu = percpu_base();

	if (cpu_stack_guard(cpu, STACK_TASK) == ALIGN_DOWN(address, PAGE_SIZE))
		return "task stack overflow";
	if (cpu_stack_guard(cpu, STACK_TRAP) == ALIGN_DOWN(address, PAGE_SIZE))
		return "handler stack overflow";
	return otherwise;
}

static __noreturn void unexpected(struct trap_frame *f)
{
	u32 class = f->esr >> ESR_CLASS_SHIFT;
	char what[96];

	if (class == CLASS_DATA_ABORT || class == CLASS_INSTRUCTION_ABORT)
		snprintf(what, sizeof(what), "%s address=0x%llx",
			 abort_name(f->far, class_name(class)), (unsigned long long)f->far);
	else
		snprintf(what, sizeof(what), "%s esr=0x%llx", class_name(class),
			 (unsigned long long)f->esr);
	kernel_bad_trap(f, what);
}

static struct trap_frame *trap_sync(struct trap_frame *f)
{
	struct trap_frame *next = step_trap(f, f->esr >> ESR_CLASS_SHIFT);
	struct arch_cpu *core;

	if (next)
		return next;
	core = step_leave_core();
	if (f->esr >> ESR_CLASS_SHIFT == 0 && f->pc == (uintptr_t)semihosting_hlt) {
		f->pc = (uintptr_t)semihosting_absent;
		step_enter_core(core);
		return f;
	}
	unexpected(f);
}

/*
 * Where the frame that is to be resumed must lie: code on the task stack finds the trap
 * stack empty after the return, whichever frame is chosen; a handler goes on where it was.
 */
static struct trap_frame *place(struct trap_frame *to)
{
	struct arch_cpu *cpu = percpu_base();
	struct trap_frame *slot = (struct trap_frame *)cpu->stack[STACK_TRAP] - 1;

	if (to->pstate & PSTATE_SPX || to == slot)
		return to;
	memmove(slot, to, sizeof(*slot));
	return slot;
}

/* Called by trap.S. */
struct trap_frame *trap_entry(struct trap_frame *f, u64 vector);

struct trap_frame *trap_entry(struct trap_frame *f, u64 vector)
{
	if (vector == VECTOR_SYNC || vector == VECTOR_SYNC + 4)
		return place(trap_sync(f));
	if (vector == VECTOR_IRQ || vector == VECTOR_IRQ + 4)
		return place(nmi_dispatch(f));
	step_leave_core();
	if (vector >= 8)
		kernel_bad_trap(f, "exception from a lower level");
	kernel_bad_trap(f, (vector & 3) == VECTOR_FIQ ? "FIQ" : "SError");
}

struct trap_frame *trap_abort_frame(struct trap_frame *f, struct abort_point *ap)
{
	const struct abort_regs *regs = (const struct abort_regs *)ap->regs;

	ap->armed = 0;
	step_off(percpu_base());
	nmi_end_all();
	irq_disable();
	memcpy(&f->x[19], regs->x19_28, sizeof(regs->x19_28));
	f->x[29] = regs->fp;
	f->sp = regs->sp;
	f->pc = regs->pc;
	/* On the task stack, with what an exception masked open again. */
	f->pstate = (sysreg_read(CurrentEL) & 0xc) | nmi_task_daif();
	return f;
}

void frame_print(const struct trap_frame *f, struct text *out)
{
	text_printf(out, "# reg pc=%016llx sp=%016llx pstate=%08llx\n", (unsigned long long)f->pc,
		    (unsigned long long)f->sp, (unsigned long long)f->pstate);
	text_printf(out, "# reg esr=%08llx far=%016llx vector=%llu\n", (unsigned long long)f->esr,
		    (unsigned long long)f->far, (unsigned long long)f->vector);
	for (u32 i = 0; i < 31; i += 4) {
		text_printf(out, "# reg");
		for (u32 n = i; n < MIN(i + 4, 31u); n++)
			text_printf(out, " x%u=%016llx", n, (unsigned long long)f->x[n]);
		text_printf(out, "\n");
	}
}
