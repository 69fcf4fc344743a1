/* SPDX-License-Identifier: GPL-2.0-or-later */
/* x86-64 half of arch/step.h: locked instructions need no reservation. */
#ifndef ASM_STEP_H
#define ASM_STEP_H

#include <arch/types.h>

/* Aligned, because the processor pushes a context's frame right where it is kept. */
struct step_exclusive {
} __aligned(16);

#endif
