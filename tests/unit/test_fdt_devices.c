/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Memory, console and devices from a device tree, and QEMU's trees.
 * unit: boot/acpi.c boot/acpi_madt.c boot/acpi_tables.c boot/facts.c boot/fdt.c
 * unit: boot/fdt_read.c boot/options.c boot/match.c kernel/printf.c kernel/string.c
 * unit: tests/unit/memory.c tests/unit/fdt_build.c
 */
#include "unit.h"
#include "fdt_build.h"
#include "memory.h"

#include "../../kernel/string.h"

#define CORPUS "tests/unit/corpus/fdt/"

/* ---- memory ---- */

TEST(memory_and_what_is_reserved)
{
	u64 total = 0;

	tree_begin();
	reserve(0x40000000, 0x1000);
	tree_cpu();
	memory("memory@40000000", 0x40000000, 0x1000000);
	memory("memory@80000000", 0x80000000, 0x1000000);
	node("secram@e000000");
	string("device_type", "memory");
	string("status", "disabled");
	cells("reg", 4, 0, 0xe000000, 0, 0x1000000);
	end_node();
	node("reserved-memory");
	cells("#address-cells", 1, 2);
	cells("#size-cells", 1, 2);
	node("fw@80000000");
	cells("reg", 4, 0, 0x80000000, 0, 0x2000);
	end_node();
	node("dynamic");
	cells("size", 2, 0, 0x1000);
	end_node();
	end_node();
	bi.image_base = 0x40200000;
	bi.image_size = 0x10001;
	EXPECT_EQ(tree_parse_at(0x40800000), 0);
	for (u32 i = 0; i < bi.nr_mem; i++) {
		EXPECT(bi.mem[i].base >= 0x40001000);
		EXPECT(bi.mem[i].base < 0x80000000 || bi.mem[i].base >= 0x80002000);
		total += bi.mem[i].size;
	}
	/* Two ranges less page, image, the tree itself (a page), firmware. */
	EXPECT_EQ(total, 0x2000000 - 0x1000 - 0x11000 - 0x1000 - 0x2000);
	EXPECT_EQ(bi.nr_notes, 0);
}

TEST(memory_of_the_door_is_left_alone)
{
	tree_with_one_cpu();
	memory("memory@40000000", 0x40000000, 0x1000000);
	bi.mem[0] = (struct boot_mem){0x1000, 0x1000};
	bi.nr_mem = 1;
	EXPECT_EQ(tree_parse(), 0);
	EXPECT_EQ(bi.nr_mem, 1);
	EXPECT_EQ(bi.mem[0].base, 0x1000);
}

TEST(memory_past_the_end)
{
	tree_with_one_cpu();
	memory("memory@x", ~0ull - 0xfff, 0x2000);
	EXPECT_EQ(tree_parse(), 0);
	EXPECT_EQ(bi.nr_mem, 0);
	EXPECT_HAS(bi.note[0], "past the end of addresses");
}

/* ---- chosen, console, devices ---- */

static void uart(const char *name, const char *compatible, u32 base)
{
	node(name);
	string("compatible", compatible);
	cells("reg", 4, 0, base, 0, 0x1000);
	end_node();
}

TEST(bootargs)
{
	tree_with_one_cpu();
	node("chosen");
	string("bootargs", "cpus=2 lock=mcs");
	end_node();
	EXPECT_EQ(tree_parse(), 0);
	EXPECT_STR(bi.cmdline, "cpus=2 lock=mcs");
}

TEST(bootargs_do_not_replace_a_line)
{
	tree_with_one_cpu();
	node("chosen");
	string("bootargs", "cpus=2");
	end_node();
	strlcpy(bi.cmdline, "seed=1", BOOT_CMDLINE);
	EXPECT_EQ(tree_parse(), 0);
	EXPECT_STR(bi.cmdline, "seed=1");
}

TEST(bootargs_too_long_or_endless)
{
	static char line[2 * BOOT_CMDLINE];

	memset(line, 'a', sizeof(line));
	tree_with_one_cpu();
	node("chosen");
	strings("bootargs", line, sizeof(line));
	end_node();
	EXPECT_EQ(tree_parse(), 0);
	EXPECT_STR(bi.cmdline, "");

	line[sizeof(line) - 1] = '\0';
	tree_with_one_cpu();
	node("chosen");
	strings("bootargs", line, sizeof(line));
	end_node();
	EXPECT_EQ(tree_parse(), 0);
	EXPECT_EQ(strlen(bi.cmdline), BOOT_CMDLINE - 1);
	EXPECT_HAS(bi.note[0], "bootargs longer than 2047 characters");
}

TEST(stdout_by_path)
{
	tree_with_one_cpu();
	uart("pl011@9000000", "arm,pl011", 0x9000000);
	uart("pl011@9040000", "arm,pl011", 0x9040000);
	node("chosen");
	string("stdout-path", "/pl011@9040000:115200n8");
	end_node();
	EXPECT_EQ(tree_parse(), 0);
	EXPECT_EQ(bi.uart.type, UART_PL011);
	EXPECT_EQ(bi.uart.base, 0x9040000);
	EXPECT_EQ(bi.uart.mmio, true);
}

TEST(stdout_by_alias)
{
	tree_with_one_cpu();
	uart("serial@1000", "ns16550a", 0x1000);
	node("chosen");
	string("stdout-path", "serial1:115200n8");
	end_node();
	uart("serial@2000", "ns16550a", 0x2000);
	node("aliases");
	string("serial0", "/serial@1000");
	string("serial1", "/serial@2000");
	end_node();
	EXPECT_EQ(tree_parse(), 0);
	EXPECT_EQ(bi.uart.type, UART_NS16550);
	EXPECT_EQ(bi.uart.base, 0x2000);
	EXPECT_EQ(bi.uart.stride, 1);
	EXPECT_EQ(bi.uart.width, 1);
}

TEST(stdout_unknown_or_missing)
{
	tree_with_one_cpu();
	uart("serial@1000", "ns16550a", 0x1000);
	uart("serial@2000", "ns16550a", 0x2000);
	EXPECT_EQ(tree_parse(), 0);
	EXPECT_EQ(bi.uart.base, 0x1000);

	tree_with_one_cpu();
	uart("serial@1000", "ns16550a", 0x1000);
	node("chosen");
	string("stdout-path", "serial7");
	end_node();
	EXPECT_EQ(tree_parse(), 0);
	EXPECT_EQ(bi.uart.base, 0x1000);
	EXPECT_HAS(bi.note[0], "stdout-path names 'serial7', which is no alias");
}

TEST(stdout_of_a_kind_we_cannot_drive)
{
	tree_with_one_cpu();
	uart("serial@1000", "ns16550a", 0x1000);
	uart("serial@2000", "vendor,magic-uart", 0x2000);
	node("chosen");
	string("stdout-path", "/serial@2000");
	end_node();
	EXPECT_EQ(tree_parse(), 0);
	EXPECT_EQ(bi.uart.type, UART_NONE);
}

TEST(uart_register_layout)
{
	tree_with_one_cpu();
	node("serial@1000");
	string("compatible", "snps,dw-apb-uart");
	cells("reg", 4, 0, 0x1000, 0, 0x100);
	cells("reg-shift", 1, 2);
	cells("reg-io-width", 1, 4);
	end_node();
	EXPECT_EQ(tree_parse(), 0);
	EXPECT_EQ(bi.uart.stride, 4);
	EXPECT_EQ(bi.uart.width, 4);
}

/* As on a Raspberry Pi: bus addresses below /soc, a mini UART behind two aliases' worth. */
static void raspberry(u32 uart_bus_address)
{
	tree_with_one_cpu();
	node("aliases");
	string("serial1", "/soc/serial@7e215040");
	end_node();
	node("chosen");
	string("stdout-path", "serial1:115200n8");
	end_node();
	node("soc");
	cells("#address-cells", 1, 1);
	cells("#size-cells", 1, 1);
	cells("ranges", 8, 0x7e000000, 0, 0xfe000000, 0x01800000, 0xff800000, 0, 0xff800000,
	      0x800000);
	node("serial@7e215040");
	string("compatible", "brcm,bcm2835-aux-uart");
	cells("reg", 2, uart_bus_address, 0x40);
	end_node();
	node("intc@ff841000");
	string("compatible", "arm,gic-400");
	cells("reg", 4, 0xff841000, 0x1000, 0xff842000, 0x2000);
	end_node();
	end_node();
}

TEST(addresses_behind_a_bus)
{
	raspberry(0x7e215040);
	EXPECT_EQ(tree_parse(), 0);
	EXPECT_EQ(bi.uart.type, UART_NS16550);
	EXPECT_EQ(bi.uart.base, 0xfe215040);
	EXPECT_EQ(bi.uart.stride, 4);
	EXPECT_EQ(bi.uart.width, 4);
	EXPECT_EQ(bi.gicd, 0xff841000);
	EXPECT_EQ(bi.gicc, 0xff842000);
}

TEST(address_outside_the_ranges)
{
	raspberry(0x7d000000);
	EXPECT_EQ(tree_parse(), 0);
	EXPECT_EQ(bi.uart.type, UART_NONE);
}

TEST(ranges_with_half_an_entry)
{
	tree_with_one_cpu();
	node("soc");
	cells("#address-cells", 1, 1);
	cells("#size-cells", 1, 1);
	/* What follows the fifth cell is no part of a second entry. */
	cells("ranges", 5, 0x7e000000, 0, 0xfe000000, 0x1000000, 0x7d000000);
	node("serial@7d000000");
	string("compatible", "ns16550a");
	cells("reg", 2, 0x7d000000, 0x40);
	end_node();
	end_node();
	EXPECT_EQ(tree_parse(), 0);
	EXPECT_EQ(bi.uart.type, UART_NONE);
}

TEST(bus_without_ranges_is_closed)
{
	tree_with_one_cpu();
	node("i2c");
	cells("#address-cells", 1, 1);
	cells("#size-cells", 1, 0);
	node("serial@48");
	string("compatible", "ns16550a");
	cells("reg", 1, 0x48);
	end_node();
	end_node();
	node("soc");
	cells("#address-cells", 1, 1);
	cells("#size-cells", 1, 1);
	cells("ranges", 0);
	node("serial@49");
	string("compatible", "ns16550a");
	cells("reg", 2, 0x49, 8);
	end_node();
	end_node();
	EXPECT_EQ(tree_parse(), 0);
	EXPECT_EQ(bi.uart.base, 0x49);
}

TEST(fw_cfg)
{
	tree_with_one_cpu();
	node("fw-cfg@9020000");
	string("compatible", "qemu,fw-cfg-mmio");
	cells("reg", 4, 0, 0x9020000, 0, 0x18);
	end_node();
	EXPECT_EQ(tree_parse(), 0);
	EXPECT_EQ(bi.fw_cfg, 0x9020000);
}

/* ---- QEMU's machines ---- */

static int parse_file(const char *path)
{
	size_t len;
	u8 *dtb = unit_read_file(path, &len);
	int rc;

	memory_reset();
	memset(&bi, 0, sizeof(bi));
	bi.fdt = 0x48000000;
	memory_put(bi.fdt, dtb, len);
	unit_free(dtb);
	rc = fdt_parse(&bi, memory_reader());
	for (u32 i = 0; i < bi.nr_notes; i++)
		unit_fail(path, 0, "unexpected note: %s", bi.note[i]);
	return rc;
}

TEST(qemu_virt_gicv3)
{
	EXPECT_EQ(parse_file(CORPUS "virt-gicv3-4.dtb"), 0);
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
	EXPECT_EQ(bi.fw_cfg, 0x9020000);
	EXPECT_EQ(bi.nr_mem, 1);
	EXPECT_EQ(bi.mem[0].base, 0x40000000);
	EXPECT_EQ(bi.mem[0].size, 128 << 20);
}

TEST(qemu_virt_variants)
{
	EXPECT_EQ(parse_file(CORPUS "virt-gicv2-2.dtb"), 0);
	EXPECT_EQ(bi.gic_version, 2);
	EXPECT_EQ(bi.gicc, 0x8010000);
	EXPECT_EQ(parse_file(CORPUS "virt-el2-secure-2.dtb"), 0);
	EXPECT_EQ(bi.nr_mem, 2); /* 6 GiB, the tree cut out; not the secure RAM */
	EXPECT_EQ(bi.uart.base, 0x9000000);
	EXPECT_EQ(parse_file(CORPUS "virt-gicv3-130.dtb"), 0);
	EXPECT_EQ(bi.nr_cpus, 130);
	EXPECT_EQ(bi.nr_gicrs, 2);
	EXPECT_EQ(bi.cpu[16].hwid, 0x100);
}
