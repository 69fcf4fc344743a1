/* SPDX-License-Identifier: GPL-2.0-or-later */
/* arm64 half of arch/irq.h. */
#ifndef ASM_IRQ_H
#define ASM_IRQ_H

#include <asm/sysreg.h>

/*
 * What masks ordinary interrupts here: the priority mask of GICv3 (a system register) or
 * GICv2 (a device register), so that pseudo-NMIs get through, or PSTATE.I where NMIs have
 * superpriority and where there is no GIC at all.
 */
enum irq_mask { IRQ_MASK_PSTATE, IRQ_MASK_ICC, IRQ_MASK_GICC };
extern enum irq_mask irq_mask;

/* Masks the normal priority but neither NMI priority; see the table in gic.h. */
#define PMR_IRQ_OFF 0xa0
#define PMR_IRQ_ON  0xf0

/* GICv2's priority mask register of this core. */
void gicv2_set_pmr(u32 pmr);
u32 gicv2_get_pmr(void);

static inline void irq_set_pmr(u32 pmr)
{
	if (irq_mask == IRQ_MASK_ICC) {
		sysreg_write(SYS_ICC_PMR_EL1, pmr);
		isb();
	} else {
		gicv2_set_pmr(pmr);
	}
}

static inline void irq_enable(void)
{
	if (irq_mask == IRQ_MASK_PSTATE)
		__asm__ volatile("msr daifclr, #2" ::: "memory");
	else
		irq_set_pmr(PMR_IRQ_ON);
}

static inline void irq_disable(void)
{
	if (irq_mask == IRQ_MASK_PSTATE)
		__asm__ volatile("msr daifset, #2" ::: "memory");
	else
		irq_set_pmr(PMR_IRQ_OFF);
}

static inline bool irq_disabled(void)
{
	if (irq_mask == IRQ_MASK_PSTATE)
		return sysreg_read(daif) & (1 << 7);
	if (irq_mask == IRQ_MASK_ICC)
		return sysreg_read(SYS_ICC_PMR_EL1) <= PMR_IRQ_OFF;
	return gicv2_get_pmr() <= PMR_IRQ_OFF;
}

#endif
