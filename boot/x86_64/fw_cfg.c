/* SPDX-License-Identifier: GPL-2.0-or-later */
/* QEMU's fw_cfg device by ports (QEMU docs/specs/fw_cfg): one file with options. */
#include <asm/x86.h>
#include "door.h"
#include "../cmdline.h"
#include "../../kernel/string.h"

#define FW_CFG_SELECT	 0x510
#define FW_CFG_DATA	 0x511
#define FW_CFG_SIGNATURE 0
#define FW_CFG_DIRECTORY 0x19
#define FILE_NAME	 "opt/barelock"
#define MAX_FILES	 1024

/* A directory entry; numbers are big-endian. */
struct fw_cfg_file {
	u32 size;
	u16 select, reserved;
	char name[56];
};

static void read_bytes(void *to, size_t n)
{
	for (u8 *p = to; n; n--)
		*p++ = inb(FW_CFG_DATA);
}

static bool present(void)
{
	char signature[4];

	outw(FW_CFG_SELECT, FW_CFG_SIGNATURE);
	read_bytes(signature, sizeof(signature));
	return !memcmp(signature, "QEMU", sizeof(signature));
}

static bool find_file(struct fw_cfg_file *file)
{
	u32 count;

	outw(FW_CFG_SELECT, FW_CFG_DIRECTORY);
	read_bytes(&count, sizeof(count));
	count = MIN(__builtin_bswap32(count), (u32)MAX_FILES);
	while (count--) {
		read_bytes(file, sizeof(*file));
		file->name[sizeof(file->name) - 1] = '\0';
		if (!strcmp(file->name, FILE_NAME))
			return true;
	}
	return false;
}

void fw_cfg_add_options(struct boot_info *bi)
{
	struct fw_cfg_file file;
	char text[BOOT_CMDLINE];
	size_t size;

	/* Only emulators have it; on a PC these ports belong to nobody. */
	if (!(cpuid(1, 0).ecx & CPUID1_ECX_HYPERVISOR) || !present() || !find_file(&file))
		return;
	size = MIN((size_t)__builtin_bswap32(file.size), sizeof(text));
	outw(FW_CFG_SELECT, __builtin_bswap16(file.select));
	read_bytes(text, size);
	cmdline_add(bi, text, size, "fw_cfg");
}
