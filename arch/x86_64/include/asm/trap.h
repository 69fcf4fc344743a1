/* SPDX-License-Identifier: GPL-2.0-or-later */
/* x86-64 half of arch/trap.h: the frame that entry.S builds. */
#ifndef ASM_TRAP_H
#define ASM_TRAP_H

#include <arch/types.h>

/* General registers as entry.S pushes them, then what the processor pushed. */
struct trap_frame {
	u64 r15, r14, r13, r12, r11, r10, r9, r8;
	u64 rdi, rsi, rbp, rbx, rdx, rcx, rax;
	u64 vector, error;
	u64 rip, cs, rflags, rsp, ss;
};

static inline uintptr_t frame_pc(const struct trap_frame *f)
{
	return f->rip;
}

static inline uintptr_t frame_sp(const struct trap_frame *f)
{
	return f->rsp;
}

static inline uintptr_t frame_fp(const struct trap_frame *f)
{
	return f->rbp;
}

#endif
