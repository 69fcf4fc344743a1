/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Device trees from the fuzzer.
 * unit: boot/acpi.c boot/acpi_madt.c boot/acpi_tables.c boot/facts.c boot/fdt.c
 * unit: boot/fdt_read.c boot/options.c boot/match.c kernel/printf.c kernel/string.c
 * unit: tests/unit/memory.c
 */
#include "fuzz.h"
#include "memory.h"

#define FDT_AT	 0x48000000
#define MIN_SIZE 8

static struct boot_info bi;

static void parse(const u8 *data, size_t size, bool fix)
{
	memory_reset();
	memset(&bi, 0, sizeof(bi));
	bi.fdt = FDT_AT;
	bi.image_base = 0x40200000;
	bi.image_size = 0x80000;
	memory_put(FDT_AT, data, size);
	if (fix && size >= MIN_SIZE) {
		u8 *total = memory_at(FDT_AT) + 4;

		for (u32 i = 0; i < 4; i++)
			total[i] = size >> (24 - 8 * i);
	}
	must_be_sound(&bi, fdt_parse(&bi, memory_reader()));
	must(strnlen(bi.cmdline, BOOT_CMDLINE) < BOOT_CMDLINE);
}

int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
	parse(data, size, false);
	/* The total size is right again after the fuzzer has added or removed something. */
	parse(data, size, true);
	return 0;
}
