/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Host half of arch/time.h: a counter that the test turns. */
#ifndef ASM_TIME_H
#define ASM_TIME_H

#include <arch/types.h>

/* tests/unit/host.c: read and written by tests; time_hz() returns host_hz. */
extern u64 host_counter, host_hz;

static inline u64 time_counter(void)
{
	return READ_ONCE(host_counter);
}

static inline u64 time_counter_ordered(void)
{
	return READ_ONCE(host_counter);
}

#endif
