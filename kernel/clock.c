/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "clock.h"
#include <arch/cpu.h>

typedef unsigned __int128 u128;

/* result = value * mult >> shift, with mult using all of its 63 bits */
struct factor {
	u64 mult;
	u32 shift;
};

static struct factor to_ns, to_ticks;
static u64 start_ticks;

/* numerator / denominator as a factor, by long division: no 128-bit divide here. */
static struct factor factor_of(u64 numerator, u64 denominator)
{
	struct factor f = {.mult = numerator / denominator};
	u64 rest = numerator % denominator;

	while (!(f.mult >> 62)) {
		rest <<= 1;
		f.mult <<= 1;
		if (rest >= denominator) {
			rest -= denominator;
			f.mult |= 1;
		}
		f.shift++;
	}
	return f;
}

static u64 scale(u64 value, const struct factor *f)
{
	return (u64)((u128)value * f->mult >> f->shift);
}

void clock_init(void)
{
	to_ns = factor_of(NSEC_PER_SEC, time_hz());
	to_ticks = factor_of(time_hz(), NSEC_PER_SEC);
	start_ticks = time_counter();
}

u64 clock_ticks_to_ns(u64 ticks)
{
	return scale(ticks, &to_ns);
}

u64 clock_ns_to_ticks(u64 ns)
{
	return scale(ns, &to_ticks);
}

u64 clock_now_ns(void)
{
	return clock_ticks_to_ns(time_counter() - start_ticks);
}

u64 clock_now_ns_ordered(void)
{
	return clock_ticks_to_ns(time_counter_ordered() - start_ticks);
}

struct cpu;

u64 clock_cpu_now(const struct cpu *cpu)
{
	return clock_now_ns();
}

void clock_delay_ns(u64 ns)
{
	u64 start = time_counter(), ticks = clock_ns_to_ticks(ns);

	while (time_counter() - start < ticks)
		cpu_relax();
}
