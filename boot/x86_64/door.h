/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What both x86-64 doors need: QEMU's fw_cfg by ports, and the last steps before C proper. */
#ifndef X86_DOOR_H
#define X86_DOOR_H

#include "../boot_info.h"

/* Add the fw_cfg file opt/barelock to the options, where there is a fw_cfg. */
void fw_cfg_add_options(struct boot_info *bi);

/*
 * Add what fw_cfg says, then boot_info_complete() and kernel_main(). Runs on the boot stack,
 * after trap_early_init().
 */
__noreturn void door_finish(struct boot_info *bi);

/* Assembly: switch to the boot stack and call fn(bi). */
__noreturn void door_switch_stack(struct boot_info *bi, void (*fn)(struct boot_info *));

#endif
