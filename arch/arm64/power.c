/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The end of a run: semihosting, PSCI, or a halted core. */
#include <arch/console.h>
#include <arch/power.h>
#include "internal.h"

/* Arm semihosting for AArch64: SYS_EXIT_EXTENDED with "application exit" and a code. */
#define SYS_EXIT_EXTENDED	     0x20
#define ADP_STOPPED_APPLICATION_EXIT 0x20026

void power_exit(int status, bool off)
{
	const u64 block[2] = {ADP_STOPPED_APPLICATION_EXIT, 33 + 2 * status};

	uart_drain();
	__asm__ volatile("msr daifset, #0xf" ::: "memory");
	dsb(sy);
	semihosting_call(SYS_EXIT_EXTENDED, block);
	if (off)
		psci_system_off();
	for (;;)
		__asm__ volatile("wfi" ::: "memory");
}
