/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * FADT with the DSDT's _S5_, SPCR, GTDT, HPET.
 * unit: boot/acpi.c boot/acpi_madt.c boot/acpi_tables.c boot/facts.c boot/fdt.c
 * unit: boot/fdt_read.c boot/options.c boot/match.c kernel/printf.c kernel/string.c
 * unit: tests/unit/memory.c tests/unit/acpi_build.c
 */
#include "unit.h"
#include "acpi_build.h"
#include "memory.h"

#include "../../boot/acpi.h"
#include "../../kernel/string.h"

static void fadt(u32 len)
{
	table("FACP");
	put_at(len - 1, 0, 1);
	put_at(64, 0x604, 4);
	put_at(76, 0x608, 4);
	put_at(91, 4, 1);
	if (len >= 116)
		put_at(112, 1 << 8, 4);
	t.len = len;
}

TEST(fadt_of_acpi_1)
{
	start_with(FADT);
	fadt(116);
	place(FADT);
	EXPECT_EQ(parse(), 0);
	EXPECT_EQ(bi.pm1a_control, 0x604);
	EXPECT_EQ(bi.pm_timer, 0x608);
	EXPECT_EQ(bi.pm_timer_32bit, true);
	EXPECT_EQ(bi.psci, PSCI_NONE);
	EXPECT_EQ(bi.nr_notes, 0);
}

TEST(fadt_too_short)
{
	start_with(FADT);
	fadt(115);
	place(FADT);
	EXPECT_EQ(parse(), 0);
	EXPECT_EQ(bi.pm1a_control, 0);
	EXPECT_HAS(note(0), "FADT: 115 bytes, at least 116 expected");
}

TEST(fadt_bad_checksum)
{
	start_with(FADT);
	fadt(244);
	place(FADT);
	memory_at(FADT)[64]++;
	EXPECT_EQ(parse(), 0);
	EXPECT_EQ(bi.pm1a_control, 0);
	EXPECT_HAS(note(0), "ACPI FACP at 0x30001: bad checksum");
}

TEST(fadt_extended_addresses)
{
	start_with(FADT);
	fadt(276);
	put_at(172, ACPI_SPACE_IO, 4);
	put_at(176, 0x1804, 8);
	put_at(208, ACPI_SPACE_MEMORY, 4);
	put_at(212, 0xfed80808, 8);
	place(FADT);
	EXPECT_EQ(parse(), 0);
	EXPECT_EQ(bi.pm1a_control, 0x1804);
	EXPECT_EQ(bi.pm_timer, 0x608); /* a memory-mapped timer is not ours to read by port */
}

TEST(fadt_port_out_of_range)
{
	start_with(FADT);
	fadt(276);
	put_at(64, 0x10604, 4);
	put_at(208, ACPI_SPACE_IO, 4);
	put_at(212, 0x100000608, 8);
	place(FADT);
	EXPECT_EQ(parse(), 0);
	EXPECT_EQ(bi.pm1a_control, 0);
	EXPECT_EQ(bi.pm_timer, 0);
}

TEST(fadt_without_timer)
{
	start_with(FADT);
	fadt(276);
	put_at(91, 0, 1);
	place(FADT);
	EXPECT_EQ(parse(), 0);
	EXPECT_EQ(bi.pm_timer, 0);
}

TEST(fadt_psci)
{
	static const u8 flags[] = {0, 1, 2, 3};
	static const enum psci_conduit want[] = {PSCI_NONE, PSCI_SMC, PSCI_NONE, PSCI_HVC};

	for (u32 i = 0; i < 4; i++) {
		start_with(FADT);
		fadt(276);
		put_at(129, flags[i], 2);
		place(FADT);
		EXPECT_EQ(parse(), 0);
		EXPECT_EQ(bi.psci, want[i]);
	}
}

static void fadt_with_dsdt(void)
{
	start_with(FADT);
	fadt(276);
	put_at(40, 0xbad0000, 4);
	put_at(140, DSDT, 8);
	place(FADT);
}

static void dsdt_with(const void *aml, u32 len)
{
	fadt_with_dsdt();
	table("DSDT");
	put(0x1234, 2);
	memcpy(t.b + t.len, aml, len);
	t.len += len;
	place(DSDT);
}

#define AML(...)                                                                                   \
	do {                                                                                       \
		static const u8 aml[] = {__VA_ARGS__};                                             \
		dsdt_with(aml, sizeof(aml));                                                       \
	} while (0)

TEST(s5_byte)
{
	AML(8, '_', 'S', '5', '_', 0x12, 6, 4, 0x0a, 5, 0x0a, 5, 0, 0);
	EXPECT_EQ(parse(), 0);
	EXPECT_EQ(bi.s5_type, 5);
	EXPECT_EQ(bi.nr_notes, 0);
}

TEST(s5_zero_and_one)
{
	AML(8, '_', 'S', '5', '_', 0x12, 6, 4, 0, 0, 0, 0);
	EXPECT_EQ(parse(), 0);
	EXPECT_EQ(bi.s5_type, 0);
	AML(8, '_', 'S', '5', '_', 0x12, 6, 4, 1, 0, 0, 0);
	EXPECT_EQ(parse(), 0);
	EXPECT_EQ(bi.s5_type, 1);
}

TEST(s5_with_root_prefix_and_long_length)
{
	AML(8, '\\', '_', 'S', '5', '_', 0x12, 0x4a, 0, 4, 0x0a, 7, 0x0a, 7, 0, 0);
	EXPECT_EQ(parse(), 0);
	EXPECT_EQ(bi.s5_type, 7);
}

TEST(s5_lookalike_is_skipped)
{
	AML('x', '_', 'S', '5', '_', 0x12, 6, 4, 0x0a, 3, 8, '_', 'S', '5', '_', 0x12, 6, 4, 0x0a,
	    5);
	EXPECT_EQ(parse(), 0);
	EXPECT_EQ(bi.s5_type, 5);
}

TEST(s5_of_another_shape)
{
	AML(8, '_', 'S', '5', '_', 0x14, 6, 4, 0x0a, 5);
	EXPECT_EQ(parse(), 0);
	EXPECT_EQ(bi.s5_type, 0xff);
	AML(8, '_', 'S', '5', '_', 0x12, 6, 4, 0x0a, 8); /* SLP_TYP has three bits */
	EXPECT_EQ(parse(), 0);
	EXPECT_EQ(bi.s5_type, 0xff);
	AML(8, '_', 'S', '5', '_', 0x12, 6, 4, 0x0b, 5, 0);
	EXPECT_EQ(parse(), 0);
	EXPECT_EQ(bi.s5_type, 0xff);
}

TEST(s5_cut_off_at_every_byte)
{
	static const u8 aml[] = {8, '_', 'S', '5', '_', 0x12, 0xc6, 0, 0, 0, 4, 0x0a, 5};

	for (u32 n = 0; n < sizeof(aml); n++) {
		dsdt_with(aml, n);
		EXPECT_EQ(parse(), 0);
		EXPECT_EQ(bi.s5_type, 0xff);
	}
	dsdt_with(aml, sizeof(aml));
	EXPECT_EQ(parse(), 0);
	EXPECT_EQ(bi.s5_type, 5);
}

TEST(dsdt_at_the_very_start)
{
	fadt_with_dsdt();
	table("DSDT");
	PUT({'_', 1}, {'S', 1}, {'5', 1}, {'_', 1}, {0x12, 1});
	place(DSDT);
	EXPECT_EQ(parse(), 0);
	EXPECT_EQ(bi.s5_type, 0xff);
}

TEST(dsdt_bad)
{
	AML(8, '_', 'S', '5', '_', 0x12, 6, 4, 0x0a, 5, 0x0a, 5, 0, 0);
	memory_at(DSDT)[37]++;
	EXPECT_EQ(parse(), 0);
	EXPECT_EQ(bi.s5_type, 0xff);
	EXPECT_HAS(note(0), "ACPI DSDT at 0x70000: bad checksum");
	EXPECT_EQ(bi.pm1a_control, 0x604);
}

static void spcr(u32 interface, u32 space, u32 bits, u32 access, u64 base)
{
	start_with(SPCR);
	table("SPCR");
	put(interface, 4);
	PUT({space, 1}, {bits, 1}, {0, 1}, {access, 1}, {base, 8});
	put(0, 28);
	place(SPCR);
}

TEST(spcr_pl011)
{
	static const u32 interface[] = {SPCR_PL011, SPCR_SBSA, SPCR_SBSA_32BIT};

	for (u32 i = 0; i < 3; i++) {
		spcr(interface[i], ACPI_SPACE_MEMORY, 32, ACPI_ACCESS_DWORD, 0x9000000);
		EXPECT_EQ(parse(), 0);
		EXPECT_EQ(bi.uart.type, UART_PL011);
		EXPECT_EQ(bi.uart.base, 0x9000000);
		EXPECT_EQ(bi.uart.mmio, true);
		EXPECT_EQ(bi.uart.stride, 4);
		EXPECT_EQ(bi.uart.width, 4);
		EXPECT_EQ(bi.nr_notes, 0);
	}
}

TEST(spcr_16550_by_port)
{
	spcr(SPCR_16550, ACPI_SPACE_IO, 8, ACPI_ACCESS_BYTE, 0x3f8);
	EXPECT_EQ(parse(), 0);
	EXPECT_EQ(bi.uart.type, UART_NS16550);
	EXPECT_EQ(bi.uart.mmio, false);
	EXPECT_EQ(bi.uart.base, 0x3f8);
	EXPECT_EQ(bi.uart.stride, 1);
	EXPECT_EQ(bi.uart.width, 1);
}

TEST(spcr_16550_in_memory)
{
	spcr(SPCR_16550_GAS, ACPI_SPACE_MEMORY, 32, ACPI_ACCESS_DWORD, 0x10000000);
	EXPECT_EQ(parse(), 0);
	EXPECT_EQ(bi.uart.stride, 4);
	EXPECT_EQ(bi.uart.width, 4);
	spcr(SPCR_16550_GAS, ACPI_SPACE_MEMORY, 32, ACPI_ACCESS_BYTE, 0x10000000);
	EXPECT_EQ(parse(), 0);
	EXPECT_EQ(bi.uart.stride, 4);
	EXPECT_EQ(bi.uart.width, 1);
	spcr(SPCR_16450, ACPI_SPACE_MEMORY, 8, ACPI_ACCESS_BYTE, 0x10000000);
	EXPECT_EQ(parse(), 0);
	EXPECT_EQ(bi.uart.stride, 1);
	EXPECT_EQ(bi.uart.width, 1);
}

TEST(spcr_without_console)
{
	spcr(SPCR_16550, ACPI_SPACE_IO, 8, ACPI_ACCESS_BYTE, 0);
	EXPECT_EQ(parse(), 0);
	EXPECT_EQ(bi.uart.type, UART_NONE);
	EXPECT_EQ(bi.nr_notes, 0);
}

TEST(spcr_unsupported)
{
	spcr(0x10, ACPI_SPACE_MEMORY, 32, ACPI_ACCESS_DWORD, 0x10000000);
	EXPECT_EQ(parse(), 0);
	EXPECT_EQ(bi.uart.type, UART_NONE);
	EXPECT_HAS(note(0), "SPCR: interface type 16 is not supported");
	spcr(SPCR_16550, 0x7f, 8, 1, 0x3f8);
	EXPECT_EQ(parse(), 0);
	EXPECT_HAS(note(0), "SPCR: address space 127 is not supported");
	spcr(SPCR_16550, ACPI_SPACE_IO, 8, 1, 0x103f8);
	EXPECT_EQ(parse(), 0);
	EXPECT_EQ(bi.uart.type, UART_NONE);
	EXPECT_HAS(note(0), "SPCR: port 0x103f8 is out of range");
}

TEST(spcr_too_short)
{
	start_with(SPCR);
	table("SPCR");
	put(0, 15);
	place(SPCR);
	EXPECT_EQ(parse(), 0);
	EXPECT_HAS(note(0), "SPCR: 51 bytes, at least 52 expected");
}

static void gtdt(u32 physical, u32 virtual)
{
	start_with(GTDT);
	table("GTDT");
	put(0, 12 + 8);
	PUT({physical, 4}, {0, 4}, {virtual, 4}, {0, 4});
	put(0, 24);
	place(GTDT);
}

TEST(gtdt_timers)
{
	gtdt(30, 27);
	EXPECT_EQ(parse(), 0);
	EXPECT_EQ(bi.ptimer_irq, 30);
	EXPECT_EQ(bi.vtimer_irq, 27);
	EXPECT_EQ(bi.nr_notes, 0);
}

TEST(gtdt_timer_that_is_not_private)
{
	gtdt(32, 15);
	EXPECT_EQ(parse(), 0);
	EXPECT_EQ(bi.ptimer_irq, 0);
	EXPECT_EQ(bi.vtimer_irq, 0);
	EXPECT_HAS(note(0), "GTDT: virtual timer interrupt 15 is not a private one");
	EXPECT_HAS(note(1), "GTDT: physical timer interrupt 32 is not a private one");
}

TEST(gtdt_too_short)
{
	start_with(GTDT);
	table("GTDT");
	put(0, 35);
	place(GTDT);
	EXPECT_EQ(parse(), 0);
	EXPECT_HAS(note(0), "GTDT: 71 bytes, at least 72 expected");
}

TEST(hpet)
{
	start_with(HPET);
	table("HPET");
	PUT({0x8086a201, 4}, {ACPI_SPACE_MEMORY, 4}, {0xfed00000, 8}, {0, 4});
	place(HPET);
	EXPECT_EQ(parse(), 0);
	EXPECT_EQ(bi.hpet, 0xfed00000);
	memory_at(HPET)[40] = ACPI_SPACE_IO;
	fix(HPET);
	bi.hpet = 0;
	EXPECT_EQ(parse(), 0);
	EXPECT_EQ(bi.hpet, 0);
	EXPECT_HAS(note(0), "HPET: no memory address");
}

TEST(hpet_too_short)
{
	start_with(HPET);
	table("HPET");
	put(0, 15);
	place(HPET);
	EXPECT_EQ(parse(), 0);
	EXPECT_HAS(note(0), "HPET: 51 bytes, at least 52 expected");
}
