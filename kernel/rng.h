/* SPDX-License-Identifier: GPL-2.0-or-later */
/* splitmix64 (Steele, Lea, Flood 2014): seeded, one state word per core, reproducible. */
#ifndef KERNEL_RNG_H
#define KERNEL_RNG_H

#include <arch/types.h>

u64 rng_next(u64 *state);
/* Uniform in [0, n), n > 0. */
u64 rng_below(u64 *state, u64 n);
/* State for stream @stream of run seed @seed. */
u64 rng_seed(u64 seed, u64 stream);

#endif
