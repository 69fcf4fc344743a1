/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * GICv3 and v4 (Arm IHI 0069): distributor, one redistributor per core, CPU interface in
 * system registers. Only private interrupts are used; every shared one is switched off.
 */
#include <arch/mmu.h>
#include <arch/time.h>
#include "internal.h"

#define GICD_CTLR	 0x0000
#define GICD_TYPER	 0x0004
#define GICD_ICENABLER	 0x0180
#define GICD_CTLR_RWP	 (1u << 31)
#define GICD_CTLR_ARE	 (1u << 4)
#define GICD_CTLR_GRP1	 (1u << 1)
#define GICD_TYPER_NMI	 (1u << 9)

#define GICR_CTLR	 0x0000
#define GICR_TYPER	 0x0008
#define GICR_WAKER	 0x0014
#define GICR_CTLR_RWP	 (1u << 3)
#define GICR_TYPER_VLPIS (1u << 1)
#define GICR_TYPER_LAST	 (1u << 4)
#define GICR_WAKER_SLEEP (1u << 1)
#define GICR_WAKER_CHILD (1u << 2)
#define GICR_FRAME	 0x10000

/* From the redistributor's base; the second frame holds the private interrupts. */
#define GICR_IGROUPR0	 (GICR_FRAME + 0x0080)
#define GICR_ISENABLER0	 (GICR_FRAME + 0x0100)
#define GICR_ICENABLER0	 (GICR_FRAME + 0x0180)
#define GICR_ICPENDR0	 (GICR_FRAME + 0x0280)
#define GICR_ICACTIVER0	 (GICR_FRAME + 0x0380)
#define GICR_IPRIORITYR	 (GICR_FRAME + 0x0400)
#define GICR_ICFGR1	 (GICR_FRAME + 0x0c04)
#define GICR_INMIR0	 (GICR_FRAME + 0x0f80)

#define ICC_CTLR_EOIMODE (1u << 1)
#define ICC_CTLR_RSS	 (1u << 18)
#define INTID_NMI	 1022

static u64 gicd;
static bool has_nmi;

/* Where the next search begins: firmware lists cores and frames in the same order. */
static struct {
	u32 region;
	u64 offset;
} hint;
static struct boot_region regions[BOOT_MAX_GICRS];
static u32 nr_regions;

bool gicv3_has_superpriority(void)
{
	/* ID_AA64PFR1_EL1.NMI */
	return has_nmi && id_field(sysreg_read(id_aa64pfr1_el1), 36);
}

static int gicv3_init(const struct boot_info *bi)
{
	u32 lines;

	gicd = bi->gicd;
	if (!gicd || !mmu_map_device(gicd, 0x10000))
		return -ENODEV;
	for (nr_regions = 0; nr_regions < bi->nr_gicrs; nr_regions++) {
		regions[nr_regions] = bi->gicr[nr_regions];
		if (!mmu_map_device(regions[nr_regions].base, regions[nr_regions].size))
			return -ENOMEM;
	}
	mmio_write32(gicd + GICD_CTLR, 0);
	if (!mmio_wait32(gicd + GICD_CTLR, GICD_CTLR_RWP, 0))
		return -EIO;
	lines = (mmio_read32(gicd + GICD_TYPER) & 31) + 1;
	for (u32 i = 1; i < lines; i++)
		mmio_write32(gicd + GICD_ICENABLER + 4 * i, ~0u);
	/* With ARE each core's own interrupts live in its redistributor. */
	mmio_write32(gicd + GICD_CTLR, GICD_CTLR_ARE);
	mmio_write32(gicd + GICD_CTLR, GICD_CTLR_ARE | GICD_CTLR_GRP1);
	if (!mmio_wait32(gicd + GICD_CTLR, GICD_CTLR_RWP, 0))
		return -EIO;
	has_nmi = mmio_read32(gicd + GICD_TYPER) & GICD_TYPER_NMI;
	return 0;
}

/* GICR_TYPER holds the affinity packed into its upper half. */
static u64 packed_affinity(u64 mpidr)
{
	return (mpidr & 0xffffff) | (mpidr >> 32 & 0xff) << 24;
}

/* One step through the frames of all regions, starting over at the end. */
static void next_frame(u64 typer)
{
	hint.offset += typer & GICR_TYPER_VLPIS ? 4 * GICR_FRAME : 2 * GICR_FRAME;
	if (!(typer & GICR_TYPER_LAST) && hint.offset + 2 * GICR_FRAME <= regions[hint.region].size)
		return;
	hint.offset = 0;
	hint.region = (hint.region + 1) % nr_regions;
}

static int gicv3_find(struct arch_cpu *cpu, const struct boot_cpu *bc)
{
	u64 want = packed_affinity(cpu->mpidr);
	u64 most = 0;

	/* Aff3.Aff2.Aff1 name a cluster, Aff0 a core in it: 16 to a target list. */
	cpu->sgi_target = (cpu->mpidr >> 32 & 0xff) << 48 | (cpu->mpidr >> 16 & 0xff) << 32 |
			  (cpu->mpidr >> 8 & 0xff) << 16 | (cpu->mpidr >> 4 & 0xf) << 44 |
			  1ull << (cpu->mpidr & 0xf);
	if (bc->gicr) {
		cpu->gicr = bc->gicr;
		return mmu_map_device(bc->gicr, 2 * GICR_FRAME) ? 0 : -ENOMEM;
	}
	for (u32 i = 0; i < nr_regions; i++)
		most += regions[i].size / (2 * GICR_FRAME) + 1;
	while (most--) {
		u64 frame = regions[hint.region].base + hint.offset;
		u64 typer = mmio_read64(frame + GICR_TYPER);

		next_frame(typer);
		if (typer >> 32 == want) {
			cpu->gicr = frame;
			return 0;
		}
	}
	return -ENODEV;
}

static int wake_redistributor(u64 gicr)
{
	u32 waker = mmio_read32(gicr + GICR_WAKER);

	mmio_write32(gicr + GICR_WAKER, waker & ~GICR_WAKER_SLEEP);
	return mmio_wait32(gicr + GICR_WAKER, GICR_WAKER_CHILD, 0) ? 0 : -EIO;
}

static int gicv3_cpu_init(struct arch_cpu *cpu)
{
	u64 gicr = cpu->gicr;
	u32 normal = PRIORITY_NORMAL * 0x01010101u;

	if (wake_redistributor(gicr))
		return -EIO;
	mmio_write32(gicr + GICR_ICENABLER0, ~0u);
	if (!mmio_wait32(gicr + GICR_CTLR, GICR_CTLR_RWP, 0))
		return -EIO;
	mmio_write32(gicr + GICR_ICPENDR0, ~0u);
	mmio_write32(gicr + GICR_ICACTIVER0, ~0u);
	mmio_write32(gicr + GICR_IGROUPR0, ~0u);
	mmio_write32(gicr + GICR_ICFGR1, 0); /* timers and PMUs hold their line */
	for (u32 i = 0; i < NR_PRIVATE; i += 4)
		mmio_write32(gicr + GICR_IPRIORITYR + i, normal);
	if (nmi_superpriority)
		mmio_write32(gicr + GICR_INMIR0, 0);

	sysreg_write(SYS_ICC_SRE_EL1, 7);
	isb();
	if (!(sysreg_read(SYS_ICC_SRE_EL1) & 1))
		return -EIO;
	sysreg_write(SYS_ICC_PMR_EL1, nmi_superpriority ? PMR_IRQ_ON : PMR_IRQ_OFF);
	sysreg_write(SYS_ICC_BPR1_EL1, 0); /* every priority bit counts for preemption */
	sysreg_write(SYS_ICC_CTLR_EL1, nmi_superpriority ? ICC_CTLR_EOIMODE : 0);
	sysreg_write(SYS_ICC_IGRPEN1_EL1, 1);
	isb();
	/* Beyond 16 cores to a cluster the sender must be able to say which 16 it means. */
	if (cpu->mpidr & 0xf0 && !(sysreg_read(SYS_ICC_CTLR_EL1) & ICC_CTLR_RSS))
		return -EIO;
	return 0;
}

static u32 gicv3_ack(void)
{
	u32 intid;

	if (unlikely(quirks & QUIRK_ACK_ROOM))
		__asm__ volatile(".rept 8\n\tnop\n\t.endr" ::: "memory");
	intid = sysreg_read(SYS_ICC_IAR1_EL1);
	if (unlikely(quirks & QUIRK_ACK_ROOM))
		__asm__ volatile(".rept 4\n\tnop\n\t.endr" ::: "memory");
	if (intid == INTID_NMI && nmi_superpriority)
		intid = sysreg_read(SYS_ICC_NMIAR1_EL1);
	dsb(sy);
	return intid;
}

static void gicv3_drop(u32 ack)
{
	sysreg_write(SYS_ICC_EOIR1_EL1, ack);
	isb();
}

static void gicv3_end(u32 ack, bool dropped)
{
	if (!dropped)
		sysreg_write(SYS_ICC_EOIR1_EL1, ack);
	if (nmi_superpriority)
		sysreg_write(SYS_ICC_DIR_EL1, ack);
	isb();
}

static void gicv3_send(const struct arch_cpu *to, enum sgi sgi)
{
	dsb(ishst); /* what the other core is to find must be visible first */
	sysreg_write(SYS_ICC_SGI1R_EL1, to->sgi_target | (u64)sgi << 24);
	isb();
}

static void gicv3_enable(struct arch_cpu *cpu, u32 intid, u32 priority)
{
	u64 gicr = cpu->gicr;
	u32 nmi = mmio_read32(gicr + GICR_INMIR0);

	mmio_write8(gicr + GICR_IPRIORITYR + intid, priority);
	if (nmi_superpriority && priority != PRIORITY_NORMAL)
		mmio_write32(gicr + GICR_INMIR0, nmi | 1u << intid);
	mmio_write32(gicr + GICR_ISENABLER0, 1u << intid);
}

static void gicv3_disable(struct arch_cpu *cpu, u32 intid)
{
	mmio_write32(cpu->gicr + GICR_ICENABLER0, 1u << intid);
	mmio_wait32(cpu->gicr + GICR_CTLR, GICR_CTLR_RWP, 0);
}

const struct gic gicv3 = {
	.name = "gicv3",
	.mask = IRQ_MASK_ICC,
	.init = gicv3_init,
	.find = gicv3_find,
	.cpu_init = gicv3_cpu_init,
	.ack = gicv3_ack,
	.drop = gicv3_drop,
	.end = gicv3_end,
	.send = gicv3_send,
	.enable = gicv3_enable,
	.disable = gicv3_disable,
};
