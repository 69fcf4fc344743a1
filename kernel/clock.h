/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Counter ticks to nanoseconds. One conversion for all cores. */
#ifndef KERNEL_CLOCK_H
#define KERNEL_CLOCK_H

#include <arch/types.h>
#include <arch/time.h>

/* After arch_init(): derive the factors from time_hz(). */
void clock_init(void);

/* Nanoseconds of @ticks counter ticks; exact to 1 part in 2^32, no overflow for hours. */
u64 clock_ticks_to_ns(u64 ticks);
u64 clock_ns_to_ticks(u64 ns);

/* Nanoseconds since clock_init(). NMI-safe. */
u64 clock_now_ns(void);

/* As clock_now_ns(), ordered against surrounding memory accesses. NMI-safe. */
u64 clock_now_ns_ordered(void);

struct cpu;
/* struct cpu.now of real cores. */
u64 clock_cpu_now(const struct cpu *cpu);

/* Spin with cpu_relax() until the time has passed. NMI-safe. */
void clock_delay_ns(u64 ns);

#endif
