/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What both arm64 doors need: QEMU's fw_cfg in memory, and the last steps before C proper. */
#ifndef ARM64_DOOR_H
#define ARM64_DOOR_H

#include "../boot_info.h"

/* Add the fw_cfg file opt/barelock to the options, where bi->fw_cfg is one. */
void fw_cfg_add_options(struct boot_info *bi);

/* boot_info_complete(), what fw_cfg says, then kernel_main(). Runs on the boot stack. */
__noreturn void door_finish(struct boot_info *bi);

/* Assembly: mask interrupts, switch to the boot stack and call fn(bi). */
__noreturn void door_switch_stack(struct boot_info *bi, void (*fn)(struct boot_info *));

#endif
