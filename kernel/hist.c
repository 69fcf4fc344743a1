/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "hist.h"
#include "string.h"

void hist_clear(struct hist *h)
{
	memset(h, 0, sizeof(*h));
}

u32 hist_bucket_of(u64 ns)
{
	u32 shift;

	if (ns < 1u << HIST_SUB_BITS)
		return (u32)ns;
	if (ns >> HIST_MAX_BITS)
		return HIST_BUCKETS - 1;
	shift = 63 - __builtin_clzll(ns) - HIST_SUB_BITS;
	return ((shift + 1) << HIST_SUB_BITS) + (u32)(ns >> shift) - (1u << HIST_SUB_BITS);
}

u64 hist_bucket_low(u32 i)
{
	u32 group = i >> HIST_SUB_BITS;
	u64 sub = i & ((1u << HIST_SUB_BITS) - 1);

	if (group == 0)
		return sub;
	return ((1u << HIST_SUB_BITS) + sub) << (group - 1);
}

void hist_add(struct hist *h, u64 ns)
{
	u32 *bucket = &h->bucket[hist_bucket_of(ns)];

	if (h->count == 0 || ns < h->min)
		h->min = ns;
	if (ns > h->max)
		h->max = ns;
	h->count++;
	h->sum += ns;
	if (*bucket != UINT32_MAX)
		(*bucket)++;
}

void hist_merge(struct hist *into, const struct hist *from)
{
	if (from->count == 0)
		return;
	if (into->count == 0 || from->min < into->min)
		into->min = from->min;
	into->max = MAX(into->max, from->max);
	into->count += from->count;
	into->sum += from->sum;
	for (u32 i = 0; i < HIST_BUCKETS; i++) {
		u32 room = UINT32_MAX - into->bucket[i];

		into->bucket[i] += MIN(from->bucket[i], room);
	}
}

u64 hist_percentile(const struct hist *h, u32 permyriad)
{
	u64 need, seen = 0;

	if (h->count == 0)
		return 0;
	/* ceil(count * permyriad / 10000), without overflow for any real count */
	need = h->count / 10000 * permyriad + (h->count % 10000 * permyriad + 9999) / 10000;
	need = MAX(need, 1ull);
	for (u32 i = 0; i < HIST_BUCKETS - 1; i++) {
		seen += h->bucket[i];
		if (seen >= need)
			return MIN(hist_bucket_low(i + 1) - 1, h->max);
	}
	return h->max;
}
