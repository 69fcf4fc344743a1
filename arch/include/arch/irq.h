/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * arch/irq.h - masking of ordinary interrupts. x86: RFLAGS.IF. arm64: the GIC's priority
 * mask, so that pseudo-NMIs get through (PSTATE.I only in the entry code).
 */
#ifndef ARCH_IRQ_H
#define ARCH_IRQ_H

#include <arch/types.h>

/* Context: task. */
static inline void irq_enable(void);
static inline void irq_disable(void);
static inline bool irq_disabled(void);

#include <asm/irq.h>

#endif
