/* SPDX-License-Identifier: GPL-2.0-or-later */
/* QEMU's fw_cfg device in memory (QEMU docs/specs/fw_cfg): one file with options. */
#include <asm/sysreg.h>
#include "door.h"
#include "../cmdline.h"
#include "../../kernel/string.h"

#define FW_CFG_DATA	 0
#define FW_CFG_SELECT	 8
#define FW_CFG_SIGNATURE 0
#define FW_CFG_DIRECTORY 0x19
#define FILE_NAME	 "opt/barelock"
#define MAX_FILES	 1024

/* A directory entry; numbers are big-endian, and so is the selector register. */
struct fw_cfg_file {
	u32 size;
	u16 select, reserved;
	char name[56];
};

static void select(u64 base, u16 key)
{
	mmio_write16(base + FW_CFG_SELECT, __builtin_bswap16(key));
}

static void read_bytes(u64 base, void *to, size_t n)
{
	for (u8 *p = to; n; n--)
		*p++ = mmio_read8(base + FW_CFG_DATA);
}

static bool present(u64 base)
{
	char signature[4];

	select(base, FW_CFG_SIGNATURE);
	read_bytes(base, signature, sizeof(signature));
	return !memcmp(signature, "QEMU", sizeof(signature));
}

static bool find_file(u64 base, struct fw_cfg_file *file)
{
	u32 count;

	select(base, FW_CFG_DIRECTORY);
	read_bytes(base, &count, sizeof(count));
	count = MIN(__builtin_bswap32(count), (u32)MAX_FILES);
	while (count--) {
		read_bytes(base, file, sizeof(*file));
		file->name[sizeof(file->name) - 1] = '\0';
		if (!strcmp(file->name, FILE_NAME))
			return true;
	}
	return false;
}

void fw_cfg_add_options(struct boot_info *bi)
{
	u64 base = bi->fw_cfg;
	struct fw_cfg_file file;
	char text[BOOT_CMDLINE];
	size_t size;

	if (!base || !present(base) || !find_file(base, &file))
		return;
	size = MIN((size_t)__builtin_bswap32(file.size), sizeof(text));
	select(base, __builtin_bswap16(file.select));
	read_bytes(base, text, size);
	cmdline_add(bi, text, size, "fw_cfg");
}
