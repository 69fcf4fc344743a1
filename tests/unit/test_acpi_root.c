/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The way from the root pointer to the tables.
 * unit: boot/acpi.c boot/acpi_madt.c boot/acpi_tables.c boot/facts.c boot/fdt.c
 * unit: boot/fdt_read.c boot/options.c boot/match.c kernel/printf.c kernel/string.c
 * unit: tests/unit/memory.c tests/unit/acpi_build.c
 */
#include "unit.h"
#include "acpi_build.h"
#include "memory.h"

#include "../../boot/acpi.h"
#include "../../kernel/string.h"

TEST(xsdt_is_used)
{
	start_with_madt();
	two_lapics();
	EXPECT_EQ(parse(), 0);
	EXPECT_EQ(bi.nr_cpus, 2);
	EXPECT_EQ(bi.cpu[1].hwid, 1);
	EXPECT_EQ(bi.lapic, 0xfee00000);
	EXPECT_EQ(bi.nr_notes, 0);
	EXPECT_EQ(bi.s5_type, 0xff);
}

TEST(rsdp_revision_0_uses_rsdt)
{
	static const u64 only_madt[] = {MADT};

	start();
	place_rsdp(0, XSDT, RSDT);
	root("RSDT", RSDT, 4, only_madt, 1);
	two_lapics();
	EXPECT_EQ(parse(), 0);
	EXPECT_EQ(bi.nr_cpus, 2);
	EXPECT_EQ(bi.nr_notes, 0);
}

TEST(rsdp_not_readable)
{
	start();
	EXPECT_EQ(parse(), -EINVAL);
	EXPECT_HAS(note(0), "root pointer at 0xe0000: address is not readable");
	EXPECT_EQ(bi.nr_notes, 1);
}

TEST(rsdp_wrong_signature)
{
	start_with_madt();
	two_lapics();
	*memory_at(RSDP) = 'r';
	EXPECT_EQ(parse(), -EINVAL);
	EXPECT_HAS(note(0), "no 'RSD PTR '");
}

TEST(rsdp_bad_checksum)
{
	start_with_madt();
	two_lapics();
	memory_at(RSDP)[10]++;
	EXPECT_EQ(parse(), -EINVAL);
	EXPECT_HAS(note(0), "root pointer at 0xe0000: bad checksum");
}

TEST(rsdp_bad_extended_checksum_falls_back_to_rsdt)
{
	start_with_roots();
	two_lapics();
	memory_at(RSDP)[33]++;
	EXPECT_EQ(parse(), 0);
	EXPECT_HAS(note(0), "bad second half");
	EXPECT_EQ(bi.nr_cpus, 2);
}

TEST(rsdp_truncated_behind_the_first_half)
{
	start_with_roots();
	two_lapics();
	memory_cut(RSDP, 20);
	EXPECT_EQ(parse(), 0);
	EXPECT_HAS(note(0), "bad second half");
}

TEST(rsdp_truncated)
{
	start_with_roots();
	memory_cut(RSDP, 19);
	EXPECT_EQ(parse(), -EINVAL);
	EXPECT_HAS(note(0), "not readable");
}

TEST(xsdt_bad_checksum_falls_back_to_rsdt)
{
	start_with_roots();
	two_lapics();
	memory_at(XSDT)[20]++;
	EXPECT_EQ(parse(), 0);
	EXPECT_HAS(note(0), "ACPI XSDT at 0x10000: bad checksum");
	EXPECT_EQ(bi.nr_cpus, 2);
}

TEST(xsdt_unreadable_falls_back_to_rsdt)
{
	static const u64 only_madt[] = {MADT};

	start();
	place_rsdp(2, 0xdead0000dead, RSDT);
	root("RSDT", RSDT, 4, only_madt, 1);
	two_lapics();
	EXPECT_EQ(parse(), 0);
	EXPECT_HAS(note(0), "ACPI XSDT at 0xdead0000dead: address is not readable");
	EXPECT_EQ(bi.nr_cpus, 2);
}

TEST(xsdt_without_cores_falls_back_to_rsdt)
{
	static const u64 nothing[] = {0, 0}, only_madt[] = {MADT};

	start();
	place_rsdp(2, XSDT, RSDT);
	root("XSDT", XSDT, 8, nothing, 2);
	root("RSDT", RSDT, 4, only_madt, 1);
	two_lapics();
	EXPECT_EQ(parse(), 0);
	EXPECT_EQ(bi.nr_cpus, 2);
}

TEST(both_roots_bad)
{
	start_with_roots();
	two_lapics();
	memory_at(XSDT)[20]++;
	memory_at(RSDT)[20]++;
	EXPECT_EQ(parse(), -EINVAL);
	EXPECT_EQ(bi.nr_notes, 3);
	EXPECT_HAS(note(2), "neither XSDT nor RSDT is usable");
}

TEST(root_of_the_wrong_kind)
{
	start();
	place_rsdp(2, MADT, 0);
	two_lapics();
	EXPECT_EQ(parse(), -EINVAL);
	EXPECT_HAS(note(0), "ACPI XSDT at 0x20003: signature is 'APIC'");
}

TEST(root_length_below_header)
{
	start_with_madt();
	memory_at(XSDT)[4] = 35;
	EXPECT_EQ(parse(), -EINVAL);
	EXPECT_HAS(note(0), "ACPI XSDT at 0x10000: bad length 35");
}

TEST(root_length_beyond_memory)
{
	start_with_madt();
	memory_at(XSDT)[5] = 1;
	EXPECT_EQ(parse(), -EINVAL);
	EXPECT_HAS(note(0), "truncated, 300 bytes are not all readable");
}

TEST(root_length_of_gigabytes)
{
	start_with_madt();
	memory_at(XSDT)[7] = 0xff;
	EXPECT_EQ(parse(), -EINVAL);
	EXPECT_HAS(note(0), "bad length 4278190124");
}

TEST(root_without_entries)
{
	start();
	place_rsdp(2, XSDT, 0);
	root("XSDT", XSDT, 8, NULL, 0);
	EXPECT_EQ(parse(), -EINVAL);
	EXPECT_HAS(note(0), "no enabled core is listed");
}

TEST(root_with_half_a_pointer)
{
	start();
	place_rsdp(2, XSDT, 0);
	table("XSDT");
	put(MADT, 8);
	put(FADT, 4);
	place(XSDT);
	two_lapics();
	EXPECT_EQ(parse(), 0);
	EXPECT_HAS(note(0), "ACPI XSDT: 4 bytes after the last whole pointer");
	EXPECT_EQ(bi.nr_cpus, 2);
}

TEST(root_pointing_at_itself)
{
	static const u64 loop[] = {XSDT, MADT, XSDT};

	start();
	place_rsdp(2, XSDT, 0);
	root("XSDT", XSDT, 8, loop, 3);
	two_lapics();
	EXPECT_EQ(parse(), 0);
	EXPECT_HAS(note(0), "entry 0 points back at the table itself");
	EXPECT_EQ(bi.nr_cpus, 2);
}

TEST(root_with_wild_pointers)
{
	static const u64 wild[] = {~0ull, 0xffffffff, 0, MADT};

	start();
	place_rsdp(2, XSDT, 0);
	root("XSDT", XSDT, 8, wild, 4);
	two_lapics();
	EXPECT_EQ(parse(), 0);
	EXPECT_HAS(note(0), "entry 0, 0xffffffffffffffff, is not readable");
	EXPECT_EQ(bi.nr_notes, 2);
	EXPECT_EQ(bi.nr_cpus, 2);
}

TEST(root_with_100000_pointers)
{
	start();
	place_rsdp(2, 0x1000000, 0);
	table("XSDT");
	for (int i = 0; i < 100000; i++)
		put(i ? 0 : MADT, 8);
	place(0x1000000);
	two_lapics();
	EXPECT_EQ(parse(), 0);
	EXPECT_HAS(note(0), "100000 pointers, looking at the first 1024");
	EXPECT_EQ(bi.nr_cpus, 2);
}

TEST(overlapping_tables)
{
	static const u64 overlap[] = {MADT, MADT + 4};

	start();
	place_rsdp(2, XSDT, 0);
	root("XSDT", XSDT, 8, overlap, 2);
	two_lapics();
	EXPECT_EQ(parse(), 0);
	EXPECT_EQ(bi.nr_cpus, 2);
}

TEST(second_madt_is_noted)
{
	static const u64 twice[] = {MADT, MADT};

	start();
	place_rsdp(2, XSDT, 0);
	root("XSDT", XSDT, 8, twice, 2);
	two_lapics();
	EXPECT_EQ(parse(), 0);
	EXPECT_HAS(note(0), "ACPI APIC at 0x20003: second one of its kind");
	EXPECT_EQ(bi.nr_cpus_listed, 2);
}

TEST(second_madt_serves_when_the_first_is_bad)
{
	static const u64 two[] = {0x80000, MADT};

	start();
	place_rsdp(2, XSDT, 0);
	root("XSDT", XSDT, 8, two, 2);
	two_lapics();
	madt();
	lapic(7, 1);
	place(0x80000);
	memory_at(0x80000)[30]++;
	EXPECT_EQ(parse(), 0);
	EXPECT_HAS(note(0), "ACPI APIC at 0x80000: bad checksum, ignored");
	EXPECT_EQ(bi.nr_cpus, 2);
}
