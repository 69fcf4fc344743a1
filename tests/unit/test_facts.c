/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * boot_info's lists and limits.
 * unit: boot/acpi.c boot/acpi_madt.c boot/acpi_tables.c boot/facts.c boot/fdt.c
 * unit: boot/fdt_read.c boot/options.c boot/match.c kernel/printf.c kernel/string.c
 */
#include "unit.h"

#include "../../boot/facts.h"
#include "../../kernel/string.h"

static struct boot_info bi;

static void start(void)
{
	memset(&bi, 0, sizeof(bi));
}

static void add(u64 hwid)
{
	struct boot_cpu cpu = {.hwid = hwid, .acpi_uid = hwid + 1000};

	facts_add_cpu(&bi, &cpu);
}

TEST(notes_are_cut_and_counted)
{
	char text[200];

	start();
	memset(text, 'x', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	for (u32 i = 0; i < BOOT_MAX_NOTES + 5; i++)
		boot_note(&bi, "%s", text);
	EXPECT_EQ(bi.nr_notes, BOOT_MAX_NOTES);
	EXPECT_EQ(bi.nr_notes_dropped, 5);
	EXPECT_EQ(strlen(bi.note[BOOT_MAX_NOTES - 1]), sizeof(bi.note[0]) - 1);
}

TEST(boot_core_comes_first)
{
	start();
	add(0);
	add(4);
	add(8);
	add(12);
	boot_info_complete(&bi, 8);
	EXPECT_EQ(bi.nr_cpus, 4);
	EXPECT_EQ(bi.cpu[0].hwid, 8);
	EXPECT_EQ(bi.cpu[0].acpi_uid, 1008);
	EXPECT_EQ(bi.cpu[1].hwid, 0);
	EXPECT_EQ(bi.cpu[2].hwid, 4);
	EXPECT_EQ(bi.cpu[3].hwid, 12);
}

TEST(boot_core_not_listed)
{
	start();
	add(0);
	add(4);
	boot_info_complete(&bi, 99);
	EXPECT_EQ(bi.nr_cpus, 3);
	EXPECT_EQ(bi.nr_cpus_listed, 3);
	EXPECT_EQ(bi.cpu[0].hwid, 99);
	EXPECT_EQ(bi.cpu[2].hwid, 4);
	EXPECT_HAS(bi.note[1], "the boot core 0x63 is not in the firmware's list");
}

TEST(nothing_known)
{
	start();
	strlcpy(bi.cmdline, "cpus=2 sed=4", sizeof(bi.cmdline));
	boot_info_complete(&bi, 0x100);
	EXPECT_EQ(bi.nr_cpus, 1);
	EXPECT_EQ(bi.cpu[0].hwid, 0x100);
	EXPECT_HAS(bi.note[0], "neither ACPI tables nor a device tree");
	EXPECT_EQ(bi.vtimer_irq, 27);
	EXPECT_EQ(bi.ptimer_irq, 30);
	EXPECT_EQ(bi.s5_type, 0xff);
	EXPECT_EQ(bi.options.cpus, 2);
	EXPECT_HAS(bi.options.error, "did you mean 'seed'");
}

TEST(pointers_to_what_is_not_readable)
{
	start();
	bi.rsdp = 0xfff0;
	facts_add_readable(&bi, 0x1000, 0xf000);
	bi.fdt = 1ull << 60;
	boot_info_complete(&bi, 3);
	EXPECT_EQ(bi.nr_cpus, 1);
	EXPECT_HAS(bi.note[0], "ACPI root pointer at 0xfff0: address is not readable");
	EXPECT_HAS(bi.note[1], "device tree at 0x1000000000000000: address is not readable");
	start();
	bi.rsdp = ~0ull - 8;
	boot_info_complete(&bi, 3);
	EXPECT_HAS(bi.note[0], "address is not readable");
}

/* What the parsers say of a root pointer that only [from, to) of its 20 bytes may be read of. */
static const char *rsdp_note(u32 from, u32 to)
{
	static u8 root[20];

	start();
	/* Highest first, as a firmware may list them. */
	facts_add_readable(&bi, (uintptr_t)root + 40, 100);
	facts_add_readable(&bi, (uintptr_t)root + from, to - from);
	bi.rsdp = (uintptr_t)root;
	boot_info_complete(&bi, 3);
	return bi.note[0];
}

TEST(tables_at_the_edge_of_the_readable)
{
	EXPECT_HAS(rsdp_note(0, 20), "no 'RSD PTR ' there");
	EXPECT_HAS(rsdp_note(0, 19), "address is not readable");
	EXPECT_HAS(rsdp_note(1, 21), "address is not readable");
}

TEST(holes_are_not_readable)
{
	static u8 root[20];
	u64 at = (uintptr_t)root;

	start();
	facts_add_readable(&bi, at + 11, 100);
	facts_add_readable(&bi, at - 100, 110);
	bi.rsdp = at;
	boot_info_complete(&bi, 3);
	EXPECT_EQ(bi.nr_readable, 2);
	EXPECT_HAS(bi.note[0], "address is not readable");
	start();
	facts_add_readable(&bi, at + 10, 100);
	facts_add_readable(&bi, at - 100, 110);
	bi.rsdp = at;
	boot_info_complete(&bi, 3);
	EXPECT_EQ(bi.nr_readable, 1);
	EXPECT_HAS(bi.note[0], "no 'RSD PTR ' there");
}

TEST(readable_regions_are_joined)
{
	start();
	facts_add_readable(&bi, 0x5000, 0x1000);
	facts_add_readable(&bi, 0x1000, 0x1000);
	facts_add_readable(&bi, 0x3000, 0x1000);
	EXPECT_EQ(bi.nr_readable, 3);
	facts_add_readable(&bi, 0x1800, 0x4000);
	EXPECT_EQ(bi.nr_readable, 1);
	EXPECT_EQ(bi.readable[0].base, 0x1000);
	EXPECT_EQ(bi.readable[0].size, 0x5000);
	facts_add_readable(&bi, 0x2000, 0x1000);
	EXPECT_EQ(bi.readable[0].size, 0x5000);
	facts_add_readable(&bi, 0x8000, 0);
	facts_add_readable(&bi, 0x8000, ~0ull);
	EXPECT_EQ(bi.nr_readable, 1);
}

TEST(too_many_readable_regions)
{
	start();
	for (u64 i = 0; i < BOOT_MAX_READABLE + 2; i++)
		facts_add_readable(&bi, i * 0x10000, 0x1000);
	EXPECT_EQ(bi.nr_readable, BOOT_MAX_READABLE);
	EXPECT_HAS(bi.note[0], "more than 128 regions of firmware memory, 0x800000 ignored");
	facts_add_readable(&bi, 0x1000, 0x1000);
	EXPECT_EQ(bi.readable[BOOT_MAX_READABLE - 1].base, 0);
	EXPECT_EQ(bi.readable[BOOT_MAX_READABLE - 1].size, 0x2000);
}

TEST(more_cores_than_fit)
{
	start();
	for (u32 i = 0; i < 2 * BOOT_MAX_CPUS; i++)
		add(2 * i);
	EXPECT_EQ(bi.nr_cpus, BOOT_MAX_CPUS);
	EXPECT_EQ(bi.nr_cpus_listed, 2 * BOOT_MAX_CPUS);
	boot_info_complete(&bi, 3 * BOOT_MAX_CPUS);
	EXPECT_EQ(bi.nr_cpus, BOOT_MAX_CPUS);
	EXPECT_EQ(bi.cpu[0].hwid, 3 * BOOT_MAX_CPUS);
	EXPECT_EQ(bi.cpu[1].hwid, 0);
	EXPECT_EQ(bi.cpu[BOOT_MAX_CPUS - 1].hwid, 2 * (BOOT_MAX_CPUS - 2));
	EXPECT_HAS(bi.note[1], "the firmware lists 2048 cores, the first 1024 are used");
}

TEST(memory_is_cut_to_pages)
{
	start();
	facts_add_mem(&bi, 0x1001, 0x2fff);
	EXPECT_EQ(bi.nr_mem, 1);
	EXPECT_EQ(bi.mem[0].base, 0x2000);
	EXPECT_EQ(bi.mem[0].size, 0x2000);
	facts_add_mem(&bi, 0x10001, 0x1ffe);
	EXPECT_EQ(bi.nr_mem, 1);
	facts_add_mem(&bi, 0x20000, 0);
	EXPECT_EQ(bi.nr_mem, 1);
}

TEST(memory_that_follows_is_joined)
{
	start();
	for (u64 at = 0x100000; at < 0x400000; at += 0x1000)
		facts_add_mem(&bi, at, 0x1000);
	EXPECT_EQ(bi.nr_mem, 1);
	EXPECT_EQ(bi.mem[0].size, 0x300000);
}

TEST(memory_listed_twice_counts_once)
{
	u64 total = 0;

	start();
	facts_add_mem(&bi, 0x100000, 0x100000);
	facts_add_mem(&bi, 0x100000, 0x100000);
	facts_add_mem(&bi, 0x180000, 0x100000);
	facts_add_mem(&bi, 0x110000, 0x1000);
	for (u32 i = 0; i < bi.nr_mem; i++)
		total += bi.mem[i].size;
	EXPECT_EQ(total, 0x180000);
}

TEST(memory_at_the_end_of_addresses)
{
	start();
	facts_add_mem(&bi, ~0ull - 0x1fff, 0x3000);
	facts_add_mem(&bi, ~0ull, 1);
	facts_add_mem(&bi, 0x1000, ~0ull);
	EXPECT_EQ(bi.nr_mem, 0);
	EXPECT_EQ(bi.nr_notes, 3);
	EXPECT_HAS(bi.note[0], "past the end of addresses");
}

TEST(too_many_memory_ranges)
{
	start();
	for (u64 i = 0; i < BOOT_MAX_MEM + 2; i++)
		facts_add_mem(&bi, i * 0x10000, 0x1000);
	EXPECT_EQ(bi.nr_mem, BOOT_MAX_MEM);
	EXPECT_HAS(bi.note[0], "more than 128 memory ranges, 0x800000 ignored");
}

TEST(reserve_cuts_holes)
{
	start();
	facts_add_mem(&bi, 0x100000, 0x100000);
	facts_reserve(&bi, 0x140001, 1);
	EXPECT_EQ(bi.nr_mem, 2);
	EXPECT_EQ(bi.mem[0].base, 0x100000);
	EXPECT_EQ(bi.mem[0].size, 0x40000);
	EXPECT_EQ(bi.mem[1].base, 0x141000);
	EXPECT_EQ(bi.mem[1].size, 0x200000 - 0x141000);
	facts_reserve(&bi, 0x1ff000, 0x10000);
	facts_reserve(&bi, 0xf0000, 0x11000);
	EXPECT_EQ(bi.nr_mem, 2);
	EXPECT_EQ(bi.mem[0].base + bi.mem[0].size, 0x1ff000);
	EXPECT_EQ(bi.mem[1].base, 0x101000);
	facts_reserve(&bi, 0x300000, 0);
	facts_reserve(&bi, 0, 0);
	EXPECT_EQ(bi.nr_mem, 2);
	facts_reserve(&bi, 0, ~0ull);
	EXPECT_EQ(bi.nr_mem, 0);
}

TEST(reserve_that_wraps_reaches_the_end)
{
	start();
	facts_add_mem(&bi, 0x100000, 0x100000);
	facts_reserve(&bi, 0x180000, ~0ull);
	EXPECT_EQ(bi.nr_mem, 1);
	EXPECT_EQ(bi.mem[0].size, 0x80000);
}

/* Random ranges against one flag a page. */
TEST(memory_against_a_bitmap)
{
	static bool page[256];
	u64 listed[256];

	for (u32 round = 0; round < 500; round++) {
		start();
		memset(page, 0, sizeof(page));
		for (u32 step = 0; step < 20; step++) {
			u64 first = unit_random() % 256, n = unit_random() % (257 - first);
			bool free = unit_random() & 1;

			if (free)
				facts_add_mem(&bi, first * 4096, n * 4096);
			else
				facts_reserve(&bi, first * 4096, n * 4096);
			memset(page + first, free, n);
		}
		memset(listed, 0, sizeof(listed));
		for (u32 i = 0; i < bi.nr_mem; i++)
			for (u64 p = 0; p < bi.mem[i].size / 4096; p++)
				listed[bi.mem[i].base / 4096 + p]++;
		for (u32 p = 0; p < 256; p++)
			EXPECT_EQ(listed[p], page[p]);
	}
}

TEST(readable_against_a_bitmap)
{
	static u8 page[256], listed[256];

	for (u32 round = 0; round < 500; round++) {
		start();
		memset(page, 0, sizeof(page));
		memset(listed, 0, sizeof(listed));
		for (u32 step = 0; step < 20; step++) {
			u64 first = unit_random() % 256, n = unit_random() % 8;

			n = MIN(n, 256 - first);
			facts_add_readable(&bi, first * 4096, n * 4096);
			memset(page + first, 1, n);
		}
		for (u32 i = 0; i < bi.nr_readable; i++) {
			EXPECT(bi.readable[i].size);
			for (u64 p = 0; p < bi.readable[i].size / 4096; p++)
				listed[bi.readable[i].base / 4096 + p]++;
		}
		EXPECT(!memcmp(listed, page, sizeof(page)));
	}
}
