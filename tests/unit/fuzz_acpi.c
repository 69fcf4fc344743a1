/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ACPI tables from the fuzzer: an image as dump_corpus.py writes it.
 * unit: boot/acpi.c boot/acpi_madt.c boot/acpi_tables.c boot/facts.c boot/fdt.c
 * unit: boot/fdt_read.c boot/options.c boot/match.c kernel/printf.c kernel/string.c
 * unit: tests/unit/memory.c
 */
#include "fuzz.h"
#include "memory.h"

static struct boot_info bi;

static void parse(const u8 *data, size_t size, bool fix)
{
	memory_reset();
	memset(&bi, 0, sizeof(bi));
	bi.rsdp = memory_load(data, size, fix);
	must_be_sound(&bi, acpi_parse(&bi, memory_reader()));
}

int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
	parse(data, size, false);
	/* A fuzzer never guesses a checksum. */
	parse(data, size, true);
	return 0;
}
