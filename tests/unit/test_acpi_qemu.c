/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Tables of QEMU's machines, whole and damaged.
 * unit: boot/acpi.c boot/acpi_madt.c boot/acpi_tables.c boot/facts.c boot/fdt.c
 * unit: boot/fdt_read.c boot/options.c boot/match.c kernel/printf.c kernel/string.c
 * unit: tests/unit/memory.c tests/unit/acpi_build.c
 */
#include "unit.h"
#include "acpi_build.h"
#include "memory.h"

#include "../../boot/acpi.h"
#include "../../kernel/string.h"

#define CORPUS "tests/unit/corpus/acpi/"

static int parse_file(const char *path)
{
	size_t len;
	u8 *image = unit_read_file(path, &len);
	int rc;

	memory_reset();
	memset(&bi, 0, sizeof(bi));
	bi.rsdp = memory_load(image, len, false);
	unit_free(image);
	rc = parse();
	/* Most images lack the DSDT, which is large. */
	for (u32 i = 0; i < bi.nr_notes; i++)
		if (strncmp(bi.note[i], "ACPI DSDT", 9))
			unit_fail(path, 0, "unexpected note: %s", bi.note[i]);
	return rc;
}

TEST(qemu_q35)
{
	EXPECT_EQ(parse_file(CORPUS "q35-4.acpi"), 0);
	EXPECT_EQ(bi.nr_cpus, 4);
	EXPECT_EQ(bi.cpu[3].hwid, 3);
	EXPECT_EQ(bi.lapic, 0xfee00000);
	EXPECT_EQ(bi.nr_ioapics, 1);
	EXPECT_EQ(bi.ioapic[0].base, 0xfec00000);
	EXPECT_EQ(bi.pit_gsi, 2);
	EXPECT_EQ(bi.hpet, 0xfed00000);
	EXPECT_EQ(bi.pm_timer, 0x608);
	EXPECT_EQ(bi.pm1a_control, 0x604);
	EXPECT_EQ(bi.s5_type, 0);
	EXPECT_EQ(bi.gic_version, 0);
}

TEST(qemu_pc)
{
	EXPECT_EQ(parse_file(CORPUS "pc-2.acpi"), 0);
	EXPECT_EQ(bi.nr_cpus, 2);
	EXPECT_EQ(bi.pm_timer, 0x608);
	EXPECT_EQ(bi.s5_type, 0);
}

TEST(qemu_q35_variants)
{
	EXPECT_EQ(parse_file(CORPUS "q35-nohpet-1.acpi"), 0);
	EXPECT_EQ(bi.nr_cpus, 1);
	EXPECT_EQ(bi.hpet, 0);
	EXPECT_EQ(parse_file(CORPUS "q35-sparse-6.acpi"), 0);
	EXPECT_EQ(bi.nr_cpus, 6);
	EXPECT_EQ(bi.cpu[3].hwid, 4);
	EXPECT_EQ(bi.cpu[5].hwid, 6);
	EXPECT_EQ(parse_file(CORPUS "q35-offline-2.acpi"), 0);
	EXPECT_EQ(bi.nr_cpus, 2);
	EXPECT_EQ(parse_file(CORPUS "q35-255.acpi"), 0);
	EXPECT_EQ(bi.nr_cpus, 255);
	EXPECT_EQ(parse_file(CORPUS "q35-uefi-2.acpi"), 0);
	EXPECT_EQ(bi.nr_cpus, 2);
}

TEST(qemu_q35_x2apic)
{
	EXPECT_EQ(parse_file(CORPUS "q35-x2apic-260.acpi"), 0);
	EXPECT_EQ(bi.nr_cpus, 260);
	EXPECT_EQ(bi.cpu[259].hwid, 259);
}

TEST(qemu_virt_gicv3)
{
	EXPECT_EQ(parse_file(CORPUS "virt-gicv3-4.acpi"), 0);
	EXPECT_EQ(bi.nr_cpus, 4);
	EXPECT_EQ(bi.gic_version, 3);
	EXPECT_EQ(bi.gicd, 0x8000000);
	EXPECT_EQ(bi.nr_gicrs, 1);
	EXPECT_EQ(bi.gicr[0].base, 0x80a0000);
	EXPECT_EQ(bi.psci, PSCI_HVC);
	EXPECT_EQ(bi.vtimer_irq, 27);
	EXPECT_EQ(bi.ptimer_irq, 30);
	EXPECT_EQ(bi.pmu_irq, 23);
	EXPECT_EQ(bi.uart.type, UART_PL011);
	EXPECT_EQ(bi.uart.base, 0x9000000);
}

TEST(qemu_virt_variants)
{
	EXPECT_EQ(parse_file(CORPUS "virt-gicv2-2.acpi"), 0);
	EXPECT_EQ(bi.gic_version, 2);
	EXPECT_EQ(bi.gicc, 0x8010000);
	EXPECT_EQ(parse_file(CORPUS "virt-el2-2.acpi"), 0);
	EXPECT_EQ(bi.psci, PSCI_SMC);
	EXPECT_EQ(parse_file(CORPUS "virt-gicv3-130.acpi"), 0);
	EXPECT_EQ(bi.nr_cpus, 130);
	EXPECT_EQ(bi.nr_gicrs, 2);
	EXPECT_EQ(bi.cpu[16].hwid, 0x100);
}

/* Every image cut at every place, and with every byte changed: never a fault. */
TEST(qemu_images_damaged)
{
	static const char *const path[] = {CORPUS "q35-uefi-2.acpi", CORPUS "virt-gicv3-4.acpi"};

	for (u32 f = 0; f < ARRAY_SIZE(path); f++) {
		size_t len;
		u8 *image = unit_read_file(path[f], &len);

		for (size_t i = 8; i < len; i++) {
			memory_reset();
			memset(&bi, 0, sizeof(bi));
			bi.rsdp = memory_load(image, i, true);
			EXPECT(parse() == 0 || bi.nr_notes);

			image[i] ^= 1 << i % 8;
			memory_reset();
			memset(&bi, 0, sizeof(bi));
			bi.rsdp = memory_load(image, len, i & 1);
			EXPECT(parse() == 0 || bi.nr_notes);
			image[i] ^= 1 << i % 8;
		}
		unit_free(image);
	}
	memory_reset();
}
