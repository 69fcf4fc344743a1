/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Ticks to nanoseconds and back, for the rates of real counters.
 * unit: kernel/clock.c kernel/rng.c tests/unit/host.c
 */
#include "unit.h"

#include <arch/cpu.h>
#include "../../kernel/clock.h"
#include "../../kernel/rng.h"

extern u64 host_counter, host_hz;

static const u64 rates[] = {1000000,	62500000,   24000000,	19200000,  54000000,
			    1000000000, 2596122000, 3600000001, 5000000000};

typedef unsigned __int128 u128;

static void check_value(u64 hz, u64 v)
{
	u64 ns = (u64)((u128)v * NSEC_PER_SEC / hz), ticks = (u64)((u128)v * hz / NSEC_PER_SEC);

	/* Rounded down; the factor itself is good to 2^-62. */
	EXPECT(ns - clock_ticks_to_ns(v) <= 1 + ns / (1ull << 40));
	EXPECT(ticks - clock_ns_to_ticks(v) <= 1 + ticks / (1ull << 40));
}

TEST(clock_conversion_is_exact)
{
	u64 s = unit_random();

	for (size_t i = 0; i < ARRAY_SIZE(rates); i++) {
		host_hz = rates[i];
		clock_init();
		check_value(rates[i], 0);
		check_value(rates[i], 1);
		for (int k = 0; k < 2000; k++)
			check_value(rates[i], rng_next(&s) >> (14 + rng_below(&s, 50)));
	}
}

TEST(clock_lasts_for_days)
{
	host_hz = 5000000000;
	clock_init();
	EXPECT(30 * 86400 * NSEC_PER_SEC - clock_ticks_to_ns(30ull * 86400 * host_hz) < 1000000);
}

TEST(clock_starts_at_zero)
{
	host_counter = 123456789;
	host_hz = NSEC_PER_SEC;
	clock_init();
	EXPECT_EQ(clock_now_ns(), 0);
	host_counter += 1000;
	EXPECT(clock_now_ns() >= 999 && clock_now_ns() <= 1000);
	EXPECT_EQ(clock_cpu_now(NULL), clock_now_ns());
}

static void let_time_pass(void)
{
	host_counter += 7;
}

TEST(clock_delay_waits)
{
	u64 before;

	host_hz = NSEC_PER_SEC;
	clock_init();
	host_relax = let_time_pass;
	before = host_counter;
	clock_delay_ns(1000);
	EXPECT(host_counter - before >= 999 && host_counter - before < 1010);
	host_relax = NULL;
}
