/* SPDX-License-Identifier: GPL-2.0-or-later */
/* arm64 half of arch/step.h: what an exclusive load reserved (Arm ARM, B2.9). */
#ifndef ASM_STEP_H
#define ASM_STEP_H

#include <arch/trap.h>

/**
 * struct step_exclusive - a context's exclusive monitor, as the stepper keeps it
 * @address: granule reserved, 0: none
 * @size: bytes of the access
 * @value: what was loaded; the store fails when memory no longer holds it
 */
struct step_exclusive {
	uintptr_t address;
	u32 size;
	u64 value;
};

static inline void step_forget_undefined(struct trap_frame *f)
{
}

#endif
