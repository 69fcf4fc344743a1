/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Host half of arch/irq.h. The one ordinary interrupt, a wake-up, is a word that cpu_idle()
 * waits for: masking it needs no more than a mark.
 */
#ifndef ASM_IRQ_H
#define ASM_IRQ_H

#include <arch/cpu.h>

static inline void irq_enable(void)
{
	((struct arch_cpu *)percpu_base())->irqs_on = true;
}

static inline void irq_disable(void)
{
	((struct arch_cpu *)percpu_base())->irqs_on = false;
}

static inline bool irq_disabled(void)
{
	return !((struct arch_cpu *)percpu_base())->irqs_on;
}

#endif
