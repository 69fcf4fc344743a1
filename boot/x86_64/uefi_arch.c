/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "door.h"
#include "../uefi.h"
#include "../../arch/x86_64/internal.h"

/* The trampoline and its page table root, see smp_prepare(). */
const struct uefi_arch uefi_arch = {.low_pages = 2, .low_limit = 0xfffff};

static void on_own_stack(struct boot_info *bi)
{
	trap_early_init();
	door_finish(bi);
}

void uefi_leave(struct boot_info *bi)
{
	door_switch_stack(bi, on_own_stack);
}
