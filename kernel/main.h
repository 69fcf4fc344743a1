/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What kernel_main() leaves for the layers above, and the one call it makes into them. */
#ifndef KERNEL_MAIN_H
#define KERNEL_MAIN_H

#include <arch/types.h>
#include "../boot/boot_info.h"

/* The run's facts and options; valid for the whole run, read-only. */
extern const struct boot_info *boot;

/* Stamps of the boot order, in ns since kernel_main(): printed as "# boot ..." */
struct boot_times {
	u64 entry_ticks; /* counter at the door */
	u64 first_line_ns;
	u64 all_online_ns; /* all cores online, since entry */
};
extern struct boot_times boot_times;

/* Frame of kernel_main(): the boot core's task stack lies below. */
extern uintptr_t boot_stack_top;

/* Make the boot core core 0 of the online group (kernel/smp.c). Panics without memory. */
void smp_boot_cpu(const struct boot_info *bi);

/**
 * smp_bring_up() - bring up the secondary cores (kernel/smp.c)
 *
 * At most options.cpus in all. Those that stay away are reported; the others get dense
 * ids in the firmware's order. Return: how many cores are online.
 */
u32 smp_bring_up(const struct boot_info *bi);

/**
 * testbed_main() - choose locks and scenarios, run them, report (tests/main.c)
 *
 * The report has begun when it is called; it ends it with report_end() and returns that
 * status: 0 pass, 1 a lock failed, 2 error.
 */
int testbed_main(const struct boot_info *bi);

/* Print "Bail out! ..." and end the run with status 3. Context: any. */
__noreturn void panic(const char *fmt, ...) __printf(1, 2);

#endif
