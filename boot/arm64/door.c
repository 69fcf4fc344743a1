/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <arch/cpu.h>
#include "door.h"

void door_finish(struct boot_info *bi)
{
	boot_info_complete(bi, cpu_hwid());
	/* Only the tables tell where fw_cfg is, so its words are parsed in a second pass. */
	if (bi->fw_cfg) {
		fw_cfg_add_options(bi);
		options_default(&bi->options);
		options_parse(&bi->options, bi->cmdline);
	}
	kernel_main(bi);
}
