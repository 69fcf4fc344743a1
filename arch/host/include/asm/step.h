/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Host half of arch/step.h: the machine's own. */
#include_next <asm/step.h>

#ifndef HOST_ASM_STEP_H
#define HOST_ASM_STEP_H

/* It begins with a NOP: x86_64/step.c. */
#define STEP_TARGET __attribute__((__patchable_function_entry__(1)))

#endif
