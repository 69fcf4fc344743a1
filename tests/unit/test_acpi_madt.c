/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * MADT: cores and interrupt controllers.
 * unit: boot/acpi.c boot/acpi_madt.c boot/acpi_tables.c boot/facts.c boot/fdt.c
 * unit: boot/fdt_read.c boot/options.c boot/match.c kernel/printf.c kernel/string.c
 * unit: tests/unit/memory.c tests/unit/acpi_build.c
 */
#include "unit.h"
#include "acpi_build.h"
#include "memory.h"

#include "../../boot/acpi.h"
#include "../../kernel/string.h"

TEST(madt_bad_checksum)
{
	start_with_madt();
	two_lapics();
	memory_at(MADT)[50]++;
	EXPECT_EQ(parse(), -EINVAL);
	EXPECT_HAS(note(0), "bad checksum");
	EXPECT_HAS(note(1), "no enabled core");
	EXPECT_EQ(bi.nr_cpus, 0);
}

TEST(madt_shorter_than_its_head)
{
	start_with_madt();
	table("APIC");
	put(0, 4);
	place(MADT);
	EXPECT_EQ(parse(), -EINVAL);
	EXPECT_HAS(note(0), "MADT: 40 bytes, at least 44 expected");
}

TEST(madt_without_entries)
{
	start_with_madt();
	madt();
	place(MADT);
	EXPECT_EQ(parse(), -EINVAL);
	EXPECT_HAS(note(0), "no enabled core");
}

TEST(madt_entry_of_length_zero)
{
	start_with_madt();
	madt();
	lapic(3, 1);
	PUT({MADT_LAPIC, 1}, {0, 7});
	place(MADT);
	EXPECT_EQ(parse(), 0);
	EXPECT_HAS(note(0), "MADT: entry at 52, type 0: bad length 0, the rest ignored");
	EXPECT_EQ(bi.nr_cpus, 1);
}

TEST(madt_entry_of_length_one)
{
	start_with_madt();
	madt();
	lapic(3, 1);
	PUT({0x55, 1}, {1, 1});
	place(MADT);
	EXPECT_EQ(parse(), 0);
	EXPECT_HAS(note(0), "bad length 1");
}

TEST(madt_entry_longer_than_the_table)
{
	start_with_madt();
	madt();
	lapic(3, 1);
	PUT({MADT_GICC, 1}, {80, 1}, {0, 40});
	place(MADT);
	EXPECT_EQ(parse(), 0);
	EXPECT_HAS(note(0), "entry at 52, type 11: bad length 80");
	EXPECT_EQ(bi.nr_cpus, 1);
}

TEST(madt_every_known_entry_one_byte_short)
{
	static const u8 kind[][2] = {{0x0, 8},	{0x1, 12}, {0x2, 10}, {0x5, 12},
				     {0x9, 16}, {0xb, 76}, {0xc, 24}, {0xe, 16}};

	for (u32 k = 0; k < ARRAY_SIZE(kind); k++) {
		start_with_madt();
		madt();
		lapic(3, 1);
		PUT({kind[k][0], 1}, {kind[k][1] - 1, 1});
		/* All ones: a field read past the entry's end would show. */
		for (u32 i = 2; i < kind[k][1] - 1u; i++)
			put(0xff, 1);
		place(MADT);
		EXPECT_EQ(parse(), 0);
		EXPECT_HAS(note(0), "expected");
		EXPECT_EQ(bi.nr_cpus_listed, 1);
		EXPECT_EQ(bi.nr_ioapics + bi.nr_gicrs + bi.gicd + bi.pit_gsi, 0);
		EXPECT_EQ(bi.lapic, 0xfee00000);
	}
}

TEST(madt_unknown_entries_are_skipped)
{
	start_with_madt();
	madt();
	PUT({0x80, 1}, {40, 1}, {0, 38});
	PUT({4, 1}, {6, 1}, {0xff, 1}, {0, 2}, {1, 1});
	lapic(3, 1);
	place(MADT);
	EXPECT_EQ(parse(), 0);
	EXPECT_EQ(bi.nr_cpus, 1);
	EXPECT_EQ(bi.nr_notes, 0);
}

TEST(madt_one_byte_left_over)
{
	start_with_madt();
	madt();
	lapic(3, 1);
	put(0, 1);
	place(MADT);
	EXPECT_EQ(parse(), 0);
	EXPECT_EQ(bi.nr_cpus, 1);
}

TEST(only_enabled_cores_count)
{
	start_with_madt();
	madt();
	lapic(0, 1);
	lapic(1, 0);
	lapic(2, 2); /* online capable: an empty socket */
	lapic(3, 3);
	x2apic(300, 2);
	x2apic(301, 1);
	place(MADT);
	EXPECT_EQ(parse(), 0);
	EXPECT_EQ(bi.nr_cpus, 3);
	EXPECT_EQ(bi.cpu[1].hwid, 3);
	EXPECT_EQ(bi.cpu[2].hwid, 301);
}

TEST(cores_are_sorted_and_unique)
{
	start_with_madt();
	madt();
	x2apic(0x200, 1);
	lapic(9, 1);
	lapic(4, 1);
	x2apic(9, 1);
	x2apic(4, 1);
	lapic(9, 1);
	place(MADT);
	EXPECT_EQ(parse(), 0);
	EXPECT_EQ(bi.nr_cpus, 3);
	EXPECT_EQ(bi.nr_cpus_listed, 3);
	EXPECT_EQ(bi.cpu[0].hwid, 4);
	EXPECT_EQ(bi.cpu[1].hwid, 9);
	EXPECT_EQ(bi.cpu[2].hwid, 0x200);
}

TEST(broadcast_ids_are_no_cores)
{
	start_with_madt();
	madt();
	lapic(0xff, 1);
	lapic(0xfe, 1);
	x2apic(0xff, 1);
	x2apic(0xffffffff, 1);
	lapic(0xff, 0);
	place(MADT);
	EXPECT_EQ(parse(), 0);
	EXPECT_EQ(bi.nr_cpus, 2);
	EXPECT_HAS(note(0), "broadcast id 0xff");
	EXPECT_HAS(note(1), "broadcast id 0xffffffff");
	EXPECT_EQ(bi.nr_notes, 2);
}

TEST(no_enabled_core)
{
	start_with_madt();
	madt();
	lapic(0, 0);
	place(MADT);
	EXPECT_EQ(parse(), -EINVAL);
	EXPECT_HAS(note(0), "no enabled core");
}

TEST(five_thousand_cores)
{
	start_with_madt();
	madt();
	for (u32 i = 0; i < 5000; i++)
		x2apic(2 * (4999 - i), 1);
	place(MADT);
	EXPECT_EQ(parse(), 0);
	EXPECT_EQ(bi.nr_cpus, BOOT_MAX_CPUS);
	EXPECT_EQ(bi.nr_cpus_listed, 5000);
}

TEST(io_apics)
{
	start_with_madt();
	madt();
	lapic(0, 1);
	ioapic(0xfec00000, 0);
	ioapic(0xfec10000, 24);
	ioapic(0xfec00000, 0);
	place(MADT);
	EXPECT_EQ(parse(), 0);
	EXPECT_EQ(bi.nr_ioapics, 2);
	EXPECT_EQ(bi.ioapic[1].base, 0xfec10000);
	EXPECT_EQ(bi.ioapic[1].gsi_base, 24);
	EXPECT_EQ(bi.nr_notes, 0);
}

TEST(too_many_io_apics)
{
	start_with_madt();
	madt();
	lapic(0, 1);
	for (u32 i = 0; i < 9; i++)
		ioapic(0xfec00000 + i * 0x1000, i * 24);
	ioapic(0, 0);
	place(MADT);
	EXPECT_EQ(parse(), 0);
	EXPECT_EQ(bi.nr_ioapics, BOOT_MAX_IOAPICS);
	EXPECT_HAS(note(0), "IO-APIC at 0xfec08000 ignored: too many");
	EXPECT_HAS(note(1), "IO-APIC at 0x0 ignored: no address");
}

TEST(pit_override_and_lapic_address)
{
	start_with_madt();
	madt();
	lapic(0, 1);
	PUT({MADT_OVERRIDE, 1}, {10, 1}, {0, 1}, {9, 1}, {9, 4}, {0xd, 2});
	PUT({MADT_OVERRIDE, 1}, {10, 1}, {0, 1}, {0, 1}, {2, 4}, {0, 2});
	PUT({MADT_OVERRIDE, 1}, {10, 1}, {1, 1}, {0, 1}, {7, 4}, {0, 2});
	PUT({MADT_LAPIC_ADDRESS, 1}, {12, 1}, {0, 2}, {0x1fee00000, 8});
	place(MADT);
	EXPECT_EQ(parse(), 0);
	EXPECT_EQ(bi.pit_gsi, 2);
	EXPECT_EQ(bi.lapic, 0x1fee00000);
}

TEST(gicv3)
{
	start_with_madt();
	madt();
	gicd(0x8000000, 3);
	gicc(0x100, 0, 0x80a0000, 23, 1);
	gicc(0x80000001, 0, 0, 23, 1); /* bit 31 of MPIDR is no part of the name */
	gicc(0x2, 0, 0, 23, 0);
	gicr(0x80a0000, 0xf60000);
	gicr(0x80a0000, 0xf60000);
	gicr(0x4000000000, 0x4000000);
	place(MADT);
	EXPECT_EQ(parse(), 0);
	EXPECT_EQ(bi.nr_cpus, 2);
	EXPECT_EQ(bi.cpu[0].hwid, 1);
	EXPECT_EQ(bi.cpu[1].hwid, 0x100);
	EXPECT_EQ(bi.cpu[1].gicr, 0x80a0000);
	EXPECT_EQ(bi.cpu[1].pmu_irq, 23);
	EXPECT_EQ(bi.pmu_irq, 23);
	EXPECT_EQ(bi.gic_version, 3);
	EXPECT_EQ(bi.gicd, 0x8000000);
	EXPECT_EQ(bi.nr_gicrs, 2);
	EXPECT_EQ(bi.gicr[1].size, 0x4000000);
	EXPECT_EQ(bi.nr_notes, 0);
}

TEST(gicv2_with_own_interfaces)
{
	start_with_madt();
	madt();
	gicd(0x8000000, 2);
	gicc(0, 0x8010000, 0, 23, 1);
	gicc(1, 0x8010000, 0, 23, 1);
	gicc(2, 0x8020000, 0, 23, 1);
	place(MADT);
	EXPECT_EQ(parse(), 0);
	EXPECT_EQ(bi.gic_version, 2);
	EXPECT_EQ(bi.gicc, 0x8010000);
	EXPECT_EQ(bi.cpu[1].gicc, 0);
	EXPECT_EQ(bi.cpu[2].gicc, 0x8020000);
}

TEST(gic_version_not_told)
{
	start_with_madt();
	madt();
	gicc(0, 0x8010000, 0, 23, 1);
	gicd(0x8000000, 0);
	place(MADT);
	EXPECT_EQ(parse(), 0);
	EXPECT_EQ(bi.gic_version, 2);

	start_with_madt();
	madt();
	gicc(0, 0, 0x80a0000, 23, 1);
	gicd(0x8000000, 0);
	place(MADT);
	EXPECT_EQ(parse(), 0);
	EXPECT_EQ(bi.gic_version, 3);

	start_with_madt();
	madt();
	gicc(0, 0, 0, 23, 1);
	gicr(0x80a0000, 0xf60000);
	gicd(0x8000000, 99);
	place(MADT);
	EXPECT_EQ(parse(), 0);
	EXPECT_EQ(bi.gic_version, 3);
}

/* After a @good distributor (0: none) the one at @base is ignored, with its version. */
static void ignores_distributor(u64 good, u32 version, u64 base, const char *why)
{
	start_with_madt();
	madt();
	gicc(0, 0x8010000, 0, 23, 1);
	if (good)
		gicd(good, version);
	gicd(base, 7);
	place(MADT);
	EXPECT_EQ(parse(), 0);
	EXPECT_EQ(bi.gicd, good);
	EXPECT_EQ(bi.gic_version, version);
	EXPECT_HAS(note(0), why);
}

TEST(ignored_distributors)
{
	ignores_distributor(0x8000000, 2, 0x9000000,
			    "GIC distributor at 0x9000000 ignored: the second one");
	ignores_distributor(0x8000000, 2, 0, "GIC distributor at 0x0 ignored: no address");
	ignores_distributor(0, 0, 0, "GIC distributor at 0x0 ignored: no address");
}

TEST(gicv2_without_interface)
{
	start_with_madt();
	madt();
	gicc(0, 0, 0, 23, 1);
	gicd(0x8000000, 2);
	place(MADT);
	EXPECT_EQ(parse(), 0);
	EXPECT_HAS(note(0), "GICv2 without a CPU interface");
}

TEST(too_many_redistributor_regions)
{
	start_with_madt();
	madt();
	gicc(0, 0, 0, 23, 1);
	for (u32 i = 0; i < 20; i++)
		gicr(0x80a0000 + i * 0x1000000, 0x20000);
	place(MADT);
	EXPECT_EQ(parse(), 0);
	EXPECT_EQ(bi.nr_gicrs, BOOT_MAX_GICRS);
	EXPECT_EQ(bi.nr_notes, 4);
	EXPECT_HAS(note(0), "more than 16 GIC redistributor regions");
}
