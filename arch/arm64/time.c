/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The generic timer's counter. Its rate is the firmware's word in CNTFRQ_EL0. */
#include <arch/cpu.h>
#include <arch/time.h>
#include "internal.h"

/* Where the firmware left CNTFRQ_EL0 empty: the rate Armv8.6 fixes. */
#define FALLBACK_HZ  1000000000ull
#define MMIO_WAIT_NS (100 * NSEC_PER_MSEC)

u64 time_hz(void)
{
	u64 hz = sysreg_read(cntfrq_el0);

	return hz ? hz : FALLBACK_HZ;
}

const char *time_hz_source(void)
{
	return sysreg_read(cntfrq_el0) ? "cntfrq" : "assumed";
}

void time_delay_ns(u64 ns)
{
	u64 t0 = time_counter_ordered();
	u64 ticks = ns * (time_hz() / 1000) / 1000000 + 1;

	while (time_counter_ordered() - t0 < ticks)
		cpu_relax();
}

bool mmio_wait32(u64 address, u32 mask, u32 want)
{
	u64 t0 = time_counter_ordered();
	u64 ticks = time_hz() / 1000 * (MMIO_WAIT_NS / NSEC_PER_MSEC);

	while ((mmio_read32(address) & mask) != want) {
		if (time_counter_ordered() - t0 > ticks)
			return false;
		cpu_relax();
	}
	return true;
}
