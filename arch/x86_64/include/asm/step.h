/* SPDX-License-Identifier: GPL-2.0-or-later */
/* x86-64 half of arch/step.h: locked instructions need no reservation. */
#ifndef ASM_STEP_H
#define ASM_STEP_H

#include <arch/trap.h>

/* Aligned, because the processor pushes a context's frame right where it is kept. */
struct step_exclusive {
} __aligned(16);

/*
 * PF and AF: compilers do not ask for them, and BTS and logical instructions leave them
 * undefined (SDM volume 1, appendix A): an emulator gives now this, now that.
 */
static inline void step_forget_undefined(struct trap_frame *f)
{
	f->rflags &= ~0x14ull;
}

#endif
