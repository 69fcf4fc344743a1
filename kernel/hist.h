/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Log-linear histograms of nanoseconds (after HdrHistogram): exact below 32, then 32
 * buckets per power of two (error at most 1/32), up to 2^37 ns (137 s); larger values
 * land in the last bucket and still count in max. Fixed size, no allocation. Pure.
 */
#ifndef KERNEL_HIST_H
#define KERNEL_HIST_H

#include <arch/types.h>

#define HIST_SUB_BITS 5
#define HIST_MAX_BITS 37
#define HIST_BUCKETS  ((HIST_MAX_BITS - HIST_SUB_BITS + 1) << HIST_SUB_BITS)

struct hist {
	u64 count, sum, min, max; /* min is valid only if count > 0 */
	u32 bucket[HIST_BUCKETS]; /* saturating */
};

void hist_clear(struct hist *h);
/* One writer per histogram; an NMI on the same core must use another one. NMI-safe so. */
void hist_add(struct hist *h, u64 ns);
void hist_merge(struct hist *into, const struct hist *from);

/**
 * hist_percentile() - smallest bucket bound that at least @permyriad / 10000 of the
 * values do not exceed
 * @permyriad: 5000 = p50, 9999 = p99.99
 *
 * Return: upper bound of the bucket, capped by max; 0 for an empty histogram.
 */
u64 hist_percentile(const struct hist *h, u32 permyriad);

/* Lower bound of bucket @i, and the bucket of a value. */
u64 hist_bucket_low(u32 i);
u32 hist_bucket_of(u64 ns);

#endif
