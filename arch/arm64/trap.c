/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Exceptions in C: which handler, what it was, and which frame goes on. */
#include "internal.h"
#include "../../kernel/printf.h"
#include "../../kernel/string.h"

_Static_assert(sizeof(struct trap_frame) == FRAME_SIZE, "entry.h");
_Static_assert(offsetof(struct trap_frame, sp) == FRAME_SP, "entry.h");
_Static_assert(offsetof(struct trap_frame, pc) == FRAME_PC, "entry.h");
_Static_assert(offsetof(struct trap_frame, pstate) == FRAME_PSTATE, "entry.h");
_Static_assert(offsetof(struct trap_frame, esr) == FRAME_ESR, "entry.h");
_Static_assert(offsetof(struct trap_frame, vector) == FRAME_VECTOR, "entry.h");

/* What trap_call() stores in struct abort_point. */
struct abort_regs {
	u64 x19_28[10];
	u64 fp, sp, pc;
};
_Static_assert(sizeof(struct abort_regs) <= sizeof(((struct abort_point *)0)->regs), "trap.S");
_Static_assert(offsetof(struct abort_point, armed) == 128, "trap.S");

extern const char semihosting_hlt[], semihosting_absent[];

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
	{0x21, "instruction abort"},
	{0x22, "misaligned PC"},
	{0x25, "data abort"},
	{0x26, "misaligned SP"},
	{0x2f, "SError"},
	{0x31, "breakpoint"},
	{0x33, "software step"},
	{0x35, "watchpoint"},
	{0x3c, "BRK"},
};

static const char *class_name(u32 class)
{
	for (size_t i = 0; i < ARRAY_SIZE(classes); i++) {
		if (classes[i].class == class)
			return classes[i].name;
	}
	return "synchronous exception of unknown class";
}

/* Does @addr lie in the guard page below the stack whose top is @top? */
static bool in_guard(u64 addr, uintptr_t top)
{
	u64 bottom = top - ARCH_STACK_SIZE;

	return top && addr < bottom && bottom - addr <= 4096;
}

static const char *sync_name(const struct trap_frame *f)
{
	const struct arch_cpu *cpu = percpu_base();
	u32 class = f->esr >> 26;

	if (class == 0x25) {
		if (in_guard(f->far, cpu->stack[STACK_TASK]))
			return "task stack overflow";
		if (in_guard(f->far, cpu->stack[STACK_TRAP]))
			return "handler stack overflow";
		if (f->far < 4096)
			return "data abort near address 0";
	}
	return class_name(class);
}

static struct trap_frame *trap_sync(struct trap_frame *f)
{
	if (f->esr >> 26 == 0 && f->pc == (uintptr_t)semihosting_hlt) {
		f->pc = (uintptr_t)semihosting_absent;
		return f;
	}
	kernel_bad_trap(f, sync_name(f));
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
	if (vector >= 8)
		kernel_bad_trap(f, "exception from a lower level");
	switch (vector & 3) {
	case VECTOR_IRQ:
		return place(nmi_dispatch(f));
	case VECTOR_SYNC:
		return place(trap_sync(f));
	case VECTOR_FIQ:
		kernel_bad_trap(f, "FIQ");
	default:
		kernel_bad_trap(f, "SError");
	}
}

struct trap_frame *trap_abort_frame(struct trap_frame *f, struct abort_point *ap)
{
	const struct abort_regs *regs = (const struct abort_regs *)ap->regs;

	ap->armed = 0;
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
