/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <arch/cpu.h>
#include "door.h"
#include "../../kernel/string.h"

/* Where QEMU's "virt" machine has fw_cfg; its ACPI tables say so only in bytecode. */
#define VIRT_FW_CFG   0x09020000

#define RSDP_OEM      9 /* offset of the OEM's name */
#define RSDP_OEM_QEMU "BOCHS "

static bool is_virt(const struct boot_info *bi)
{
	return bi->rsdp && !memcmp((const char *)bi->rsdp + RSDP_OEM, RSDP_OEM_QEMU, 6);
}

void door_finish(struct boot_info *bi)
{
	boot_info_complete(bi, cpu_hwid());
	if (!bi->fw_cfg && is_virt(bi))
		bi->fw_cfg = VIRT_FW_CFG;
	/* Only the tables tell where fw_cfg is, so its words are parsed in a second pass. */
	if (bi->fw_cfg) {
		fw_cfg_add_options(bi);
		options_default(&bi->options);
		options_parse(&bi->options, bi->cmdline);
	}
	kernel_main(bi);
}
