/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "rng.h"

#define GOLDEN 0x9e3779b97f4a7c15ull /* 2^64 / golden ratio, odd */

static u64 mix(u64 z)
{
	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ull;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebull;
	return z ^ (z >> 31);
}

u64 rng_next(u64 *state)
{
	*state += GOLDEN;
	return mix(*state);
}

/* Rejection keeps it uniform: draws below 2^64 mod n would favour small results. */
u64 rng_below(u64 *state, u64 n)
{
	u64 uneven = -n % n, x;

	do {
		x = rng_next(state);
	} while (x < uneven);
	return x % n;
}

u64 rng_seed(u64 seed, u64 stream)
{
	return mix(mix(seed) + GOLDEN * (stream + 1));
}
