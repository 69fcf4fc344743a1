/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The end of a run: QEMU's isa-debug-exit, ACPI S5, or a halted machine. */
#include <arch/console.h>
#include <arch/power.h>
#include <arch/time.h>
#include "internal.h"

#define DEBUG_EXIT_PORT 0xf4
#define DEBUG_EXIT_BASE 0x10 /* QEMU exits with 2 * value + 1, which must not be 1 */
#define SLP_EN		(1u << 13)
#define SLP_TYP(t)	((t) << 10)
#define S5_UNKNOWN	0xff
#define OFF_WAIT_NS	(500 * NSEC_PER_MSEC)

static u16 pm1a_control;
static u8 s5_type = S5_UNKNOWN;

void power_init(const struct boot_info *bi)
{
	pm1a_control = bi->pm1a_control;
	s5_type = bi->s5_type;
}

void power_exit(int status, bool off)
{
	uart_drain();
	/* The port belongs to nobody on a PC; only emulators are asked. */
	if (cpuid(1, 0).ecx & CPUID1_ECX_HYPERVISOR)
		outl(DEBUG_EXIT_PORT, DEBUG_EXIT_BASE + status);
	if (off && pm1a_control && s5_type != S5_UNKNOWN) {
		outw(pm1a_control, SLP_TYP(s5_type) | SLP_EN);
		time_delay_ns(OFF_WAIT_NS);
	}
	for (;;)
		__asm__ volatile("cli; hlt");
}
