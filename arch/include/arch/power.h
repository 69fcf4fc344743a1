/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * arch/power.h - the end of a run.
 */
#ifndef ARCH_POWER_H
#define ARCH_POWER_H

#include <arch/types.h>

/**
 * power_exit() - leave the emulator with a status, or switch the machine off
 * @status: 0 pass, 1 lock failed, 2 error, 3 crash
 *
 * x86: isa-debug-exit with value 0x10 + status (QEMU then exits 33 + 2 * status). arm64:
 * semihosting exit with 33 + 2 * status as well. Where there is neither: @off chooses
 * between power-off (ACPI S5, PSCI SYSTEM_OFF) and staying halted so that a person can
 * read the screen.
 */
__noreturn void power_exit(int status, bool off);

#endif
