/* SPDX-License-Identifier: GPL-2.0-or-later */
/* From any door to the exit status. */
#include <arch/mmu.h>
#include <arch/power.h>
#include "clock.h"
#include "console.h"
#include "cpu.h"
#include "main.h"
#include "mem.h"
#include "report.h"

const struct boot_info *boot;
struct boot_times boot_times;
uintptr_t boot_stack_top;

/* A person can read a screen that stays; elsewhere a machine that is off says "done". */
static bool switch_off(const struct boot_info *bi)
{
	u32 columns, rows;

	screen_size(&columns, &rows);
	return bi->options.end == END_OFF || (bi->options.end == END_AUTO && !columns);
}

void kernel_main(const struct boot_info *bi)
{
	u64 first_line;
	int status;

	boot = bi;
	boot_stack_top = (uintptr_t)__builtin_frame_address(0) + 16;
	boot_times.entry_ticks = bi->entry_stamp;

	console_init(bi);
	report_begin(bi);
	first_line = time_counter();

	if (arch_init(bi))
		panic("this machine cannot be used; the line above says why");
	clock_init();
	mem_init(bi);
	console_init_screen(bi);
	smp_boot_cpu(bi);
	smp_bring_up(bi);

	boot_times.first_line_ns = clock_ticks_to_ns(first_line - boot_times.entry_ticks);
	report_env(bi);
	status = testbed_main(bi);
	power_exit(status, switch_off(bi));
}
