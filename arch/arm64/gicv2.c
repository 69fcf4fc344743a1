/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * GICv2 (Arm IHI 0048): distributor and one banked CPU interface, up to eight cores.
 */
#include <arch/mmu.h>
#include "internal.h"

#define GICD_CTLR	0x000
#define GICD_TYPER	0x004
#define GICD_IGROUPR	0x080
#define GICD_ISENABLER	0x100
#define GICD_ICENABLER	0x180
#define GICD_ICPENDR	0x280
#define GICD_ICACTIVER	0x380
#define GICD_IPRIORITYR 0x400
#define GICD_ITARGETSR	0x800
#define GICD_ICFGR1	0xc04
#define GICD_SGIR	0xf00

#define GICC_CTLR	0x00
#define GICC_PMR	0x04
#define GICC_BPR	0x08
#define GICC_IAR	0x0c
#define GICC_EOIR	0x10

static u64 gicd, common_gicc;

static int gicv2_init(const struct boot_info *bi)
{
	u32 lines;

	gicd = bi->gicd;
	common_gicc = bi->gicc;
	if (!gicd || !mmu_map_device(gicd, 0x1000))
		return -ENODEV;
	if (common_gicc && !mmu_map_device(common_gicc, 0x2000))
		return -ENOMEM;
	mmio_write32(gicd + GICD_CTLR, 0);
	lines = (mmio_read32(gicd + GICD_TYPER) & 31) + 1;
	for (u32 i = 1; i < lines; i++)
		mmio_write32(gicd + GICD_ICENABLER + 4 * i, ~0u);
	/* Bit 0 is group 0 without security and, seen from the non-secure side, group 1. */
	mmio_write32(gicd + GICD_CTLR, 1);
	return 0;
}

static int gicv2_find(struct arch_cpu *cpu, const struct boot_cpu *bc)
{
	cpu->gicc = bc->gicc ? bc->gicc : common_gicc;
	if (!cpu->gicc)
		return -ENODEV;
	if (cpu->gicc != common_gicc && !mmu_map_device(cpu->gicc, 0x2000))
		return -ENOMEM;
	return 0;
}

static int gicv2_cpu_init(struct arch_cpu *cpu)
{
	u32 normal = PRIORITY_NORMAL * 0x01010101u;

	mmio_write32(gicd + GICD_ICENABLER, ~0u);
	mmio_write32(gicd + GICD_ICPENDR, ~0u);
	mmio_write32(gicd + GICD_ICACTIVER, ~0u);
	mmio_write32(gicd + GICD_ICFGR1, 0);
	for (u32 i = 0; i < NR_PRIVATE; i += 4)
		mmio_write32(gicd + GICD_IPRIORITYR + i, normal);
	/* The first eight target bytes read as the core that reads them. */
	cpu->sgi_target = mmio_read8(gicd + GICD_ITARGETSR);
	if (!cpu->sgi_target)
		cpu->sgi_target = 1; /* one core: the register reads as zero */
	mmio_write32(cpu->gicc + GICC_PMR, PMR_IRQ_OFF);
	mmio_write32(cpu->gicc + GICC_BPR, 0);
	mmio_write32(cpu->gicc + GICC_CTLR, 1);
	dsb(sy);
	return 0;
}

void gicv2_set_pmr(u32 pmr)
{
	const struct arch_cpu *cpu = percpu_base();

	mmio_write32(cpu->gicc + GICC_PMR, pmr);
	dsb(sy);
	isb();
}

u32 gicv2_get_pmr(void)
{
	const struct arch_cpu *cpu = percpu_base();

	return mmio_read32(cpu->gicc + GICC_PMR);
}

static u32 gicv2_ack(void)
{
	const struct arch_cpu *cpu = percpu_base();

	/* For software interrupts the sender is part of the name and must be given back. */
	return mmio_read32(cpu->gicc + GICC_IAR);
}

static void gicv2_end(u32 ack, bool dropped)
{
	const struct arch_cpu *cpu = percpu_base();

	mmio_write32(cpu->gicc + GICC_EOIR, ack);
	dsb(sy);
}

static void gicv2_send(const struct arch_cpu *to, enum sgi sgi)
{
	dsb(ishst);
	mmio_write32(gicd + GICD_SGIR, to->sgi_target << 16 | sgi);
	dsb(sy);
}

static void gicv2_enable(struct arch_cpu *cpu, u32 intid, u32 priority)
{
	mmio_write8(gicd + GICD_IPRIORITYR + intid, priority);
	mmio_write32(gicd + GICD_ISENABLER, 1u << intid);
}

static void gicv2_disable(struct arch_cpu *cpu, u32 intid)
{
	mmio_write32(gicd + GICD_ICENABLER, 1u << intid);
	dsb(sy);
}

const struct gic gicv2 = {
	.name = "gicv2",
	.mask = IRQ_MASK_GICC,
	.init = gicv2_init,
	.find = gicv2_find,
	.cpu_init = gicv2_cpu_init,
	.ack = gicv2_ack,
	.end = gicv2_end,
	.send = gicv2_send,
	.enable = gicv2_enable,
	.disable = gicv2_disable,
};
