/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Host half of arch/trap.h: a frame for code that only reads frames. */
#ifndef ASM_TRAP_H
#define ASM_TRAP_H

#include <arch/types.h>

struct trap_frame {
	uintptr_t pc, sp, fp;
};

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
	return f->fp;
}

#endif
