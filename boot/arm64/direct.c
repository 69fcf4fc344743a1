/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The direct door in C: a device tree and nothing else. */
#include <arch/time.h>
#include "door.h"

extern const char image_start[], image_end[];
__noreturn void direct_main(u64 fdt);

static struct boot_info info;

void direct_main(u64 fdt)
{
	info.entry_stamp = time_counter();
	info.door = DOOR_DIRECT;
	info.fdt = fdt;
	info.image_base = (uintptr_t)image_start;
	info.image_size = image_end - image_start;
	door_finish(&info);
}
