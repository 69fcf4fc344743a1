/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * arch/time.h - the free-running counter: TSC, CNTVCT_EL0.
 */
#ifndef ARCH_TIME_H
#define ARCH_TIME_H

#include <arch/types.h>

/* Counter now; may be read early relative to surrounding code. NMI-safe. */
static inline u64 time_counter(void);

/* Counter now, not before earlier loads and not after later ones. NMI-safe. */
static inline u64 time_counter_ordered(void);

/* Counter rate in Hz; valid after arch_init(). */
u64 time_hz(void);

/* Where the rate came from: "cpuid", "pit", "pmtimer", "hpet", "cntfrq". */
const char *time_hz_source(void);

/* Busy-wait; for hardware protocols. NMI-safe. Works before arch_init() only roughly. */
void time_delay_ns(u64 ns);

#include <asm/time.h>

#endif
