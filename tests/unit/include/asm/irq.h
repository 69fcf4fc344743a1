/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Host half of arch/irq.h: a flag. */
#ifndef ASM_IRQ_H
#define ASM_IRQ_H

#include <arch/types.h>

extern _Thread_local bool host_irq_off; /* tests/unit/host.c */

static inline void irq_enable(void)
{
	host_irq_off = false;
}

static inline void irq_disable(void)
{
	host_irq_off = true;
}

static inline bool irq_disabled(void)
{
	return host_irq_off;
}

#endif
