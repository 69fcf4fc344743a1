/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Histograms against a sorted list of the same values.
 * unit: kernel/hist.c kernel/rng.c kernel/string.c
 */
#include "unit.h"

#include "../../kernel/hist.h"
#include "../../kernel/rng.h"

#define N 5000

static u64 value[N];

static void sort(u64 *v, u32 n)
{
	for (u32 gap = n / 2; gap; gap /= 2) {
		for (u32 i = gap; i < n; i++) {
			u64 x = v[i];
			u32 k = i;

			for (; k >= gap && v[k - gap] > x; k -= gap)
				v[k] = v[k - gap];
			v[k] = x;
		}
	}
}

TEST(hist_buckets_are_seamless)
{
	EXPECT_EQ(hist_bucket_low(0), 0);
	for (u32 i = 0; i + 1 < HIST_BUCKETS; i++) {
		u64 low = hist_bucket_low(i), next = hist_bucket_low(i + 1);

		EXPECT(next > low);
		EXPECT_EQ(hist_bucket_of(low), i);
		EXPECT_EQ(hist_bucket_of(next - 1), i);
		/* Exact below 32, then at most 1/32 wide. */
		EXPECT(next - low == 1 || (next - low) * 32 <= low);
	}
	EXPECT_EQ(hist_bucket_of((1ull << HIST_MAX_BITS) - 1), HIST_BUCKETS - 1);
	EXPECT_EQ(hist_bucket_of(1ull << HIST_MAX_BITS), HIST_BUCKETS - 1);
	EXPECT_EQ(hist_bucket_of(~0ull), HIST_BUCKETS - 1);
}

static void check_percentiles(struct hist *h, u32 n)
{
	static const u32 p[] = {1, 100, 5000, 9000, 9900, 9990, 9999, 10000};

	sort(value, n);
	for (size_t i = 0; i < ARRAY_SIZE(p); i++) {
		u32 rank = ((u64)n * p[i] + 9999) / 10000;
		u64 exact = value[rank - 1], got = hist_percentile(h, p[i]);

		/* The upper bound of its bucket, and never above the largest value. */
		EXPECT(got >= exact);
		EXPECT(got - exact <= exact / 32);
		EXPECT(got <= value[n - 1]);
	}
	EXPECT_EQ(hist_percentile(h, 10000), value[n - 1]);
	EXPECT_EQ(h->max, value[n - 1]);
	EXPECT_EQ(h->min, value[0]);
	EXPECT_EQ(h->count, n);
}

TEST(hist_percentiles_match_sorted)
{
	u64 s = unit_random();

	for (int round = 0; round < 60; round++) {
		static struct hist h;
		u32 n = round < 20 ? round + 1u : 1 + (u32)rng_below(&s, N), bits = round % 37;

		hist_clear(&h);
		for (u32 i = 0; i < n; i++) {
			value[i] = rng_next(&s) >> (63 - rng_below(&s, bits + 1));
			hist_add(&h, value[i]);
		}
		check_percentiles(&h, n);
	}
}

TEST(hist_merge_is_adding)
{
	static struct hist a, b, both;
	u64 s = unit_random();

	hist_clear(&a);
	hist_clear(&b);
	hist_clear(&both);
	for (u32 i = 0; i < N; i++) {
		u64 v = rng_next(&s) >> (27 + rng_below(&s, 37));

		hist_add(i % 3 ? &a : &b, v);
		hist_add(&both, v);
	}
	hist_merge(&a, &b);
	EXPECT_EQ(a.count, both.count);
	EXPECT_EQ(a.sum, both.sum);
	EXPECT_EQ(a.min, both.min);
	EXPECT_EQ(a.max, both.max);
	for (u32 i = 0; i < HIST_BUCKETS; i++)
		EXPECT_EQ(a.bucket[i], both.bucket[i]);
}

TEST(hist_empty_and_huge)
{
	static struct hist h, other;

	hist_clear(&h);
	hist_clear(&other);
	EXPECT_EQ(hist_percentile(&h, 5000), 0);
	hist_add(&h, 300 * NSEC_PER_SEC);
	EXPECT_EQ(hist_percentile(&h, 5000), 300 * NSEC_PER_SEC);
	hist_merge(&h, &other);
	EXPECT_EQ(h.min, 300 * NSEC_PER_SEC);
	hist_merge(&other, &h);
	EXPECT_EQ(other.min, 300 * NSEC_PER_SEC);
}

TEST(hist_buckets_saturate)
{
	static struct hist h, one;

	hist_clear(&h);
	hist_clear(&one);
	h.bucket[5] = UINT32_MAX;
	h.count = UINT32_MAX;
	h.max = 5;
	hist_add(&h, 5);
	EXPECT_EQ(h.bucket[5], UINT32_MAX);
	EXPECT_EQ(h.count, 1ull << 32);
	hist_add(&one, 5);
	hist_merge(&h, &one);
	EXPECT_EQ(h.bucket[5], UINT32_MAX);
}
