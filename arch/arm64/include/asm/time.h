/* SPDX-License-Identifier: GPL-2.0-or-later */
/* arm64 half of arch/time.h: the virtual counter, whose offset we hold at zero. */
#ifndef ASM_TIME_H
#define ASM_TIME_H

#include <arch/types.h>

static inline u64 time_counter(void)
{
	u64 t;

	__asm__ volatile("mrs %0, cntvct_el0" : "=r"(t));
	return t;
}

/* The counter may be read speculatively; ISB on both sides pins it (Arm ARM, D11.2.1). */
static inline u64 time_counter_ordered(void)
{
	u64 t;

	__asm__ volatile("isb\n"
			 "	mrs %0, cntvct_el0\n"
			 "	isb"
			 : "=r"(t)::"memory");
	return t;
}

#endif
