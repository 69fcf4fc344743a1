/* SPDX-License-Identifier: GPL-2.0-or-later */
/* x86-64 half of arch/atomic.h. */
#ifndef ASM_ATOMIC_H
#define ASM_ATOMIC_H

#include <arch/types.h>

#define ATOMIC_HANDOVER_SPINS	512
#define ATOMIC_CHECK_EVERY_PASS 0

static inline u32 atomic_fetch_set_bit_acq(u32 *p, u32 bit)
{
	bool was;

	__asm__ volatile("lock; btsl %2, %0" : "+m"(*p), "=@ccc"(was) : "Ir"(bit) : "memory");
	return ((u32)was << bit) | (READ_ONCE(*p) & ~(1u << bit));
}

#endif
