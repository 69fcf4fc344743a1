/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The random numbers are those of the published algorithm.
 * unit: kernel/rng.c
 */
#include "unit.h"

#include "../../kernel/rng.h"

/* First outputs of splitmix64 for two seeds, from the reference implementation. */
TEST(rng_reference_values)
{
	u64 s = 0, t = 1234567;

	EXPECT_EQ(rng_next(&s), 0xe220a8397b1dcdafull);
	EXPECT_EQ(rng_next(&s), 0x6e789e6aa1b965f4ull);
	EXPECT_EQ(rng_next(&s), 0x06c45d188009454full);
	EXPECT_EQ(rng_next(&t), 6457827717110365317ull);
	EXPECT_EQ(rng_next(&t), 3203168211198807973ull);
}

TEST(rng_below_stays_below)
{
	static const u64 limits[] = {1, 2, 3, 7, 1000, 1ull << 32, (1ull << 63) + 1, ~0ull};
	u64 s = unit_random();

	for (size_t i = 0; i < ARRAY_SIZE(limits); i++) {
		for (int k = 0; k < 2000; k++)
			EXPECT(rng_below(&s, limits[i]) < limits[i]);
	}
}

/* 60000 throws of a die: each face within five standard deviations (91). */
TEST(rng_below_is_even)
{
	u64 s = 42;
	u32 face[6] = {0};

	for (int i = 0; i < 60000; i++)
		face[rng_below(&s, 6)]++;
	for (int i = 0; i < 6; i++)
		EXPECT(face[i] > 10000 - 457 && face[i] < 10000 + 457);
}

TEST(rng_streams_differ)
{
	EXPECT(rng_seed(1, 0) != rng_seed(1, 1));
	EXPECT(rng_seed(1, 0) != rng_seed(2, 0));
	EXPECT_EQ(rng_seed(7, 3), rng_seed(7, 3));
	/* Streams of one seed do not follow each other in the generator's own order. */
	for (u64 n = 0; n < 64; n++) {
		u64 a = rng_seed(1, n), b = rng_seed(1, n + 1);

		rng_next(&a);
		EXPECT(a != b);
	}
}
