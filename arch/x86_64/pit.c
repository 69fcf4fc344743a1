/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The 8254 interval timer: channel 0 as a periodic NMI through the I/O APIC. Its interrupt
 * is ISA IRQ 0, which nearly every machine overrides to GSI 2.
 */
#include "internal.h"

#define PIT_HZ	     1193182ull
#define PIT_CHANNEL0 0x40
#define PIT_COMMAND  0x43
#define PIT_RATE     0x34 /* channel 0, both bytes, mode 2 */
#define PIT_ONE_SHOT 0x30 /* channel 0, both bytes, mode 0: counts once, then silent */

static u32 gsi;
static bool present;
static const char *missing = "no PIT, or no I/O APIC to route it through";

static u32 read_counter(void)
{
	u32 low;

	outb(PIT_COMMAND, 0); /* latch channel 0 */
	low = inb(PIT_CHANNEL0);
	return low | (u32)inb(PIT_CHANNEL0) << 8;
}

/* A machine without a PIT reads the same from what should run. */
static bool counter_runs(void)
{
	u32 first;

	outb(PIT_COMMAND, PIT_RATE);
	outb(PIT_CHANNEL0, 0);
	outb(PIT_CHANNEL0, 0);
	first = read_counter();
	for (u32 i = 0; i < 64; i++) {
		if (read_counter() != first)
			return true;
	}
	return false;
}

void pit_init(const struct boot_info *bi)
{
	gsi = bi->pit_gsi;
	present = bi->nr_ioapics && counter_runs();
	pit_stop();
}

const char *pit_missing(void)
{
	return present ? NULL : missing;
}

void pit_give_up(void)
{
	if (present)
		missing = "the PIT's interrupt does not arrive as NMI";
	present = false;
}

s64 pit_start(u32 apic_id, u64 hz)
{
	u64 divisor = hz ? (PIT_HZ + hz / 2) / hz : 0;
	int error;

	if (!present)
		return -ENODEV;
	if (divisor < 2 || divisor > 65536)
		return -EINVAL;
	error = ioapic_route_nmi(gsi, apic_id);
	if (error)
		return error;
	outb(PIT_COMMAND, PIT_RATE);
	outb(PIT_CHANNEL0, divisor & 0xff);
	outb(PIT_CHANNEL0, divisor >> 8 & 0xff);
	return PIT_HZ * 1000 / divisor;
}

void pit_stop(void)
{
	ioapic_mask(gsi);
	/* Mode 0 with a full count raises its output once, into a masked pin. */
	outb(PIT_COMMAND, PIT_ONE_SHOT);
	outb(PIT_CHANNEL0, 0);
	outb(PIT_CHANNEL0, 0);
}
