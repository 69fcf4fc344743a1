/* SPDX-License-Identifier: GPL-2.0-or-later */
/* x86-64 half of arch/time.h: the time stamp counter. */
#ifndef ASM_TIME_H
#define ASM_TIME_H

#include <arch/types.h>

static inline u64 time_counter(void)
{
	u32 low, high;

	__asm__ volatile("rdtsc" : "=a"(low), "=d"(high));
	return (u64)high << 32 | low;
}

/* LFENCE waits for earlier loads and holds back later ones (SDM, RDTSC). */
static inline u64 time_counter_ordered(void)
{
	u32 low, high;

	__asm__ volatile("lfence; rdtsc; lfence" : "=a"(low), "=d"(high)::"memory");
	return (u64)high << 32 | low;
}

#endif
