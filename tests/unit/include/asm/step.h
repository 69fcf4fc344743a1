/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Host half of arch/step.h: contexts as data; nothing steps here. */
#ifndef ASM_STEP_H
#define ASM_STEP_H

struct step_exclusive {
	int none;
};

static inline void step_forget_undefined(struct trap_frame *f)
{
}

#endif
