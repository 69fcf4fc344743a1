/* SPDX-License-Identifier: GPL-2.0-or-later */
/* arm64 half of arch/trap.h. */
#ifndef ASM_TRAP_H
#define ASM_TRAP_H

#include <arch/types.h>

/**
 * struct trap_frame - as trap.S saves it
 * @x: general registers
 * @sp: SP_EL0 for code that ran on the task stack, else SP_EL1 at the exception
 * @pc, @pstate: ELR, SPSR
 * @esr, @far: syndrome and fault address, valid for synchronous exceptions and SErrors
 * @vector: entry 0..15 of the vector table
 */
struct trap_frame {
	u64 x[31];
	u64 sp;
	u64 pc, pstate;
	u64 esr, far;
	u64 vector;
	u64 pad; /* the stack pointer stays a multiple of 16 */
};

/* What trap_call() stores in struct abort_point. */
struct abort_regs {
	u64 x19_28[10];
	u64 fp, sp, pc;
};

/* SPSR_EL1.M[0]: the interrupted code ran on SP_EL1, that is inside a handler. */
#define PSTATE_SPX (1u << 0)

static inline uintptr_t frame_pc(const struct trap_frame *f)
{
	return f->pc;
}

static inline uintptr_t frame_sp(const struct trap_frame *f)
{
	return f->sp;
}

static inline uintptr_t frame_fp(const struct trap_frame *f)
{
	return f->x[29];
}

#endif
