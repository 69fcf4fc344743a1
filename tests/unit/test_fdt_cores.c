/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Cores, interrupt controller and timers from a device tree.
 * unit: boot/acpi.c boot/acpi_madt.c boot/acpi_tables.c boot/facts.c boot/fdt.c
 * unit: boot/fdt_read.c boot/options.c boot/match.c kernel/printf.c kernel/string.c
 * unit: tests/unit/memory.c tests/unit/fdt_build.c
 */
#include "unit.h"
#include "fdt_build.h"
#include "memory.h"

#include "../../kernel/string.h"

/* ---- cores ---- */

TEST(cores)
{
	tree_begin();
	node("cpus");
	cells("#address-cells", 1, 2);
	cells("#size-cells", 1, 0);
	node("cpu-map");
	end_node();
	cpu("cpu@100", 2, 0, 0x100, "psci");
	cpu("cpu@0", 2, 0, 0, "psci");
	cpu("cpu@80000001", 2, 1, 0x80000001, "psci");
	end_node();
	EXPECT_EQ(tree_parse(), 0);
	EXPECT_EQ(bi.nr_cpus, 3);
	EXPECT_EQ(bi.cpu[0].hwid, 0);
	EXPECT_EQ(bi.cpu[1].hwid, 0x100);
	EXPECT_EQ(bi.cpu[2].hwid, 0x100000001 & 0xff00ffffff);
	EXPECT_EQ(bi.nr_notes, 0);
}

TEST(cores_with_one_cell)
{
	tree_begin();
	node("cpus");
	cells("#address-cells", 1, 1);
	cells("#size-cells", 1, 0);
	cpu("cpu@3", 1, 3, 0, NULL);
	end_node();
	EXPECT_EQ(tree_parse(), 0);
	EXPECT_EQ(bi.nr_cpus, 1);
	EXPECT_EQ(bi.cpu[0].hwid, 3);
}

TEST(disabled_core)
{
	tree_with_one_cpu();
	node("cpus");
	cells("#address-cells", 1, 1);
	cells("#size-cells", 1, 0);
	node("cpu@1");
	cells("reg", 1, 1);
	string("status", "disabled");
	end_node();
	node("cpu@2");
	cells("reg", 1, 2);
	string("status", "okay");
	end_node();
	end_node();
	EXPECT_EQ(tree_parse(), 0);
	EXPECT_EQ(bi.nr_cpus, 2);
	EXPECT_EQ(bi.cpu[1].hwid, 2);
}

TEST(core_without_reg)
{
	tree_with_one_cpu();
	node("cpus");
	node("cpu@1");
	end_node();
	node("cpu@2");
	cells("reg", 2, 2, 2); /* three cells by default */
	end_node();
	end_node();
	EXPECT_EQ(tree_parse(), 0);
	EXPECT_EQ(bi.nr_cpus, 1);
	EXPECT_HAS(bi.note[0], "core 'cpu@1' has no usable reg");
	EXPECT_HAS(bi.note[1], "core 'cpu@2' has no usable reg");
}

/* A note is a line of the report: a name from the firmware may not end it. */
TEST(name_that_is_no_text)
{
	tree_with_one_cpu();
	node("cpus");
	node("cpu@\n\x1b[2J\xff");
	end_node();
	end_node();
	EXPECT_EQ(tree_parse(), 0);
	EXPECT_HAS(bi.note[0], "core 'cpu@??[2J?' has no usable reg");
}

TEST(cells_of_a_lying_parent)
{
	tree_with_one_cpu();
	node("cpus");
	cells("#address-cells", 1, 0xffffffff);
	cells("#size-cells", 1, 0x40000000);
	cpu("cpu@1", 1, 1, 0, NULL);
	end_node();
	node("cpus");
	cells("#address-cells", 1, 0);
	cpu("cpu@1", 1, 1, 0, NULL);
	end_node();
	EXPECT_EQ(tree_parse(), 0);
	EXPECT_EQ(bi.nr_cpus, 1);
	EXPECT_EQ(bi.nr_notes, 2);
}

TEST(no_core)
{
	tree_begin();
	node("cpus");
	end_node();
	EXPECT_EQ(tree_parse(), -EINVAL);
	EXPECT_HAS(bi.note[0], "device tree at 0x48000000: no enabled core is listed");
}

TEST(spin_table)
{
	tree_begin();
	node("cpus");
	cells("#address-cells", 1, 1);
	cells("#size-cells", 1, 0);
	string("enable-method", "spin-table"); /* for all that say nothing themselves */
	node("cpu@0");
	cells("reg", 1, 0);
	cells("cpu-release-addr", 2, 0, 0xd8);
	end_node();
	node("cpu@1");
	cells("reg", 1, 1);
	cells("cpu-release-addr", 1, 0x10e0);
	end_node();
	node("cpu@2");
	cells("reg", 1, 2);
	end_node();
	cpu("cpu@3", 1, 3, 0, "brcm,bcm2836-smp");
	end_node();
	memory("memory@0", 0, 0x100000);
	EXPECT_EQ(tree_parse(), 0);
	EXPECT_EQ(bi.nr_cpus, 4);
	EXPECT_EQ(bi.cpu[0].park, 0xd8);
	EXPECT_EQ(bi.cpu[1].park, 0x10e0);
	EXPECT_EQ(bi.cpu[2].park, 0);
	EXPECT_HAS(bi.note[0], "core 0x2 has no cpu-release-addr");
	EXPECT_HAS(bi.note[1], "core 0x3: enable-method 'brcm,bcm2836-smp' is not known");
	/* Nobody may get the pages that parked cores look at. */
	EXPECT_EQ(bi.nr_mem, 1);
	EXPECT_EQ(bi.mem[0].base, 0x2000);
}

TEST(thousands_of_cores)
{
	tree_begin();
	node("cpus");
	cells("#address-cells", 1, 1);
	cells("#size-cells", 1, 0);
	for (u32 i = 0; i < 5000; i++)
		cpu("cpu@x", 1, i ^ 0x55, 0, NULL);
	end_node();
	EXPECT_EQ(tree_parse(), 0);
	EXPECT_EQ(bi.nr_cpus, BOOT_MAX_CPUS);
	EXPECT_EQ(bi.nr_cpus_listed, 5000);
}

TEST(psci)
{
	static const char *const method[] = {"hvc", "smc"};

	for (u32 i = 0; i < 2; i++) {
		tree_with_one_cpu();
		node("psci");
		strings("compatible", "arm,psci-1.0\0arm,psci-0.2\0arm,psci", 34);
		string("method", method[i]);
		end_node();
		EXPECT_EQ(tree_parse(), 0);
		EXPECT_EQ(bi.psci, i ? PSCI_SMC : PSCI_HVC);
	}
}

TEST(psci_that_we_cannot_use)
{
	tree_with_one_cpu();
	node("psci");
	string("compatible", "arm,psci-0.2");
	string("method", "hv");
	end_node();
	EXPECT_EQ(tree_parse(), 0);
	EXPECT_EQ(bi.psci, PSCI_NONE);
	EXPECT_HAS(bi.note[0], "/psci has neither method hvc nor smc");

	tree_with_one_cpu();
	node("psci");
	string("compatible", "arm,psci"); /* 0.1: function numbers of its own */
	string("method", "hvc");
	end_node();
	EXPECT_EQ(tree_parse(), 0);
	EXPECT_EQ(bi.psci, PSCI_NONE);
}

/* ---- interrupt controller and timers ---- */

static void gicv3(u32 regions)
{
	node("intc@8000000");
	string("compatible", "arm,gic-v3");
	cells("reg", 12, 0, 0x8000000, 0, 0x10000, 0, 0x80a0000, 0, 0xf60000, 0x40, 0, 0,
	      0x4000000);
	cells("#interrupt-cells", 1, 3);
	if (regions)
		cells("#redistributor-regions", 1, regions);
	end_node();
}

TEST(gic_v3)
{
	tree_with_one_cpu();
	gicv3(2);
	EXPECT_EQ(tree_parse(), 0);
	EXPECT_EQ(bi.gic_version, 3);
	EXPECT_EQ(bi.gicd, 0x8000000);
	EXPECT_EQ(bi.nr_gicrs, 2);
	EXPECT_EQ(bi.gicr[0].base, 0x80a0000);
	EXPECT_EQ(bi.gicr[0].size, 0xf60000);
	EXPECT_EQ(bi.gicr[1].base, 0x4000000000);
	EXPECT_EQ(bi.nr_notes, 0);
}

TEST(gic_v3_with_one_region)
{
	tree_with_one_cpu();
	gicv3(0);
	EXPECT_EQ(tree_parse(), 0);
	EXPECT_EQ(bi.nr_gicrs, 1);
}

TEST(gic_v3_lying_about_regions)
{
	tree_with_one_cpu();
	gicv3(0xffffffff);
	EXPECT_EQ(tree_parse(), 0);
	EXPECT_EQ(bi.nr_gicrs, 2);
	EXPECT_HAS(bi.note[0], "GICv3 names 4294967295 redistributor regions, has 2");
}

/* The ITS below a GIC has a name that begins like the GIC's. */
TEST(gic_its_is_no_gic)
{
	tree_with_one_cpu();
	node("its@8080000");
	string("compatible", "arm,gic-v3-its");
	cells("reg", 8, 0, 0x8080000, 0, 0x20000, 0, 0x8090000, 0, 0x20000);
	end_node();
	node("other@1");
	string("compatible", "xarm,gic-v3");
	cells("reg", 8, 0, 0x1, 0, 0x20000, 0, 0x2, 0, 0x20000);
	end_node();
	EXPECT_EQ(tree_parse(), 0);
	EXPECT_EQ(bi.gic_version, 0);
}

TEST(gic_v2)
{
	tree_with_one_cpu();
	node("intc@8000000");
	strings("compatible", "vendor,gic\0arm,cortex-a15-gic", 30);
	cells("reg", 8, 0, 0x8000000, 0, 0x10000, 0, 0x8010000, 0, 0x10000);
	end_node();
	EXPECT_EQ(tree_parse(), 0);
	EXPECT_EQ(bi.gic_version, 2);
	EXPECT_EQ(bi.gicd, 0x8000000);
	EXPECT_EQ(bi.gicc, 0x8010000);
}

TEST(gic_without_reg)
{
	tree_with_one_cpu();
	node("a@1");
	string("compatible", "arm,gic-400");
	cells("reg", 4, 0, 0x8000000, 0, 0x10000);
	end_node();
	node("b@1");
	string("compatible", "arm,gic-v3");
	cells("reg", 4, 0, 0x8000000, 0, 0x10000);
	end_node();
	node("c@1");
	string("compatible", "arm,gic-v3");
	string("status", "disabled");
	end_node();
	EXPECT_EQ(tree_parse(), 0);
	EXPECT_EQ(bi.gic_version, 0);
	EXPECT_EQ(bi.nr_notes, 2);
	EXPECT_HAS(bi.note[0], "GICv2 'a@1' has no usable reg");
	EXPECT_HAS(bi.note[1], "GICv3 'b@1' has no usable reg");
}

TEST(timers_and_pmu)
{
	tree_with_one_cpu();
	node("timer");
	strings("compatible", "arm,armv8-timer\0arm,armv7-timer", 32);
	cells("interrupts", 12, 1, 13, 4, 1, 14, 4, 1, 11, 4, 1, 10, 4);
	end_node();
	node("pmu");
	string("compatible", "arm,armv8-pmuv3");
	cells("interrupts", 3, 1, 7, 4);
	end_node();
	gicv3(1); /* last: the others cannot be read before it is seen */
	EXPECT_EQ(tree_parse(), 0);
	EXPECT_EQ(bi.ptimer_irq, 30);
	EXPECT_EQ(bi.vtimer_irq, 27);
	EXPECT_EQ(bi.pmu_irq, 23);
	EXPECT_EQ(bi.cpu[0].pmu_irq, 23);
}

TEST(timers_by_name)
{
	tree_with_one_cpu();
	gicv3(1);
	node("timer");
	string("compatible", "arm,armv8-timer");
	cells("interrupts", 9, 1, 11, 4, 1, 14, 4, 1, 12, 4);
	strings("interrupt-names", "virt\0phys\0hyp-virt", 19);
	end_node();
	EXPECT_EQ(tree_parse(), 0);
	EXPECT_EQ(bi.vtimer_irq, 27);
	EXPECT_EQ(bi.ptimer_irq, 30);
}

TEST(interrupt_names_without_end)
{
	tree_with_one_cpu();
	gicv3(1);
	node("timer");
	string("compatible", "arm,armv8-timer");
	cells("interrupts", 9, 1, 11, 4, 1, 14, 4, 1, 12, 4);
	strings("interrupt-names", "virt", 4);
	end_node();
	EXPECT_EQ(tree_parse(), 0);
	EXPECT_EQ(bi.vtimer_irq, 28); /* by position: the third */
}

TEST(interrupts_of_another_shape)
{
	tree_with_one_cpu();
	gicv3(1);
	node("timer");
	string("compatible", "arm,armv8-timer");
	cells("interrupts", 8, 0, 0, 0, 1, 5, 0, 0, 0); /* two cells: no GIC */
	end_node();
	node("pmu");
	string("compatible", "arm,cortex-a72-pmu");
	cells("interrupts", 3, 0, 16, 4); /* shared, so not each core's own */
	end_node();
	EXPECT_EQ(tree_parse(), 0);
	EXPECT_EQ(bi.vtimer_irq, 0);
	EXPECT_EQ(bi.ptimer_irq, 0);
	EXPECT_EQ(bi.pmu_irq, 0);
	EXPECT_HAS(bi.note[0], "PMU interrupt 48 is not a private one");

	tree_with_one_cpu();
	gicv3(1);
	node("timer");
	string("compatible", "arm,armv8-timer");
	cells("interrupts", 9, 1, 16, 4, 1, 0xffffffff, 4, 2, 3, 4);
	end_node();
	EXPECT_EQ(tree_parse(), 0);
	EXPECT_EQ(bi.vtimer_irq + bi.ptimer_irq, 0);
}
