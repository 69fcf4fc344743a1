/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Host half of arch/atomic.h. */
#ifndef ASM_ATOMIC_H
#define ASM_ATOMIC_H

#include <arch/types.h>

#define ATOMIC_HANDOVER_SPINS	512
#define ATOMIC_CHECK_EVERY_PASS 1

extern _Thread_local void (*host_relax)(void); /* tests/unit/host.c */

/* Others may come first: between the look that led here and the operation. */
static inline u32 atomic_fetch_set_bit_acq(u32 *p, u32 bit)
{
	if (host_relax)
		host_relax();
	return __atomic_fetch_or(p, 1u << bit, __ATOMIC_ACQUIRE);
}

#endif
