/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Linux counts no System Management Interrupts for programs; it knows the microcode. */
#include "internal.h"
#include <arch/probe.h>

bool probe_smi_count(u64 *count)
{
	return false;
}

u64 probe_revision(void)
{
	char line[32];

	if (!read_line("/sys/devices/system/cpu/cpu0/microcode/version", line, sizeof(line)) &&
	    !read_line("/sys/devices/system/cpu/cpu0/regs/identification/revidr_el1", line,
		       sizeof(line)))
		return 0;
	return strtoull(line, NULL, 16);
}
