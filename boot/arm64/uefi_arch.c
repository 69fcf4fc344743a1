/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "door.h"
#include "../uefi.h"

/* Secondary cores start anywhere. */
const struct uefi_arch uefi_arch = {.low_pages = 0};

void uefi_leave(struct boot_info *bi)
{
	door_switch_stack(bi, door_finish);
}
