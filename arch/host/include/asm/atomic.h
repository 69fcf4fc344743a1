/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Host half of arch/atomic.h: the machine's own, unless a sanitizer must see it. */
#ifndef HOST_BUILTINS
#include_next <asm/atomic.h>
#elif !defined(ASM_ATOMIC_H)
#define ASM_ATOMIC_H

#include <arch/types.h>

#define ATOMIC_HANDOVER_SPINS	512
#define ATOMIC_CHECK_EVERY_PASS 0

static inline u32 atomic_fetch_set_bit_acq(u32 *p, u32 bit)
{
	return __atomic_fetch_or(p, 1u << bit, __ATOMIC_ACQUIRE);
}

#endif
