/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Programs may read the counter; its rate is the processor's word, or Linux's clock says. */
#include <arch/time.h>
#include "internal.h"

#define MEASURE_NS (20 * NSEC_PER_MSEC)
#define TRIES	   10

static u64 hz;
static const char *source = "none";

static u64 clock_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC_RAW, &t);
	return (u64)t.tv_sec * NSEC_PER_SEC + t.tv_nsec;
}

/* Both clocks at one moment: the reading that took the shortest time. */
static void both(u64 *ticks, u64 *ns)
{
	u64 best = ~0ull;

	for (u32 i = 0; i < TRIES; i++) {
		u64 before = time_counter_ordered(), now = clock_ns();
		u64 took = time_counter_ordered() - before;

		if (took >= best)
			continue;
		best = took;
		*ticks = before + took / 2;
		*ns = now;
	}
}

void time_init(void)
{
	u64 ticks0 = 0, ns0 = 0, ticks = 0, ns = 0;

	hz = counter_hz();
	source = "cntfrq";
	if (hz)
		return;
	source = "monotonic";
	both(&ticks0, &ns0);
	do {
		both(&ticks, &ns);
	} while (ns - ns0 < MEASURE_NS);
	hz = (unsigned __int128)(ticks - ticks0) * NSEC_PER_SEC / (ns - ns0);
}

u64 time_hz(void)
{
	return hz;
}

const char *time_hz_source(void)
{
	return source;
}

void time_delay_ns(u64 ns)
{
	u64 start = clock_ns();

	while (clock_ns() - start < ns)
		cpu_relax();
}
