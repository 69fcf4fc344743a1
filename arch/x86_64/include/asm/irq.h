/* SPDX-License-Identifier: GPL-2.0-or-later */
/* x86-64 half of arch/irq.h: RFLAGS.IF. */
#ifndef ASM_IRQ_H
#define ASM_IRQ_H

#include <arch/types.h>

#define X86_FLAGS_IF (1ul << 9)

static inline void irq_enable(void)
{
	__asm__ volatile("sti" ::: "memory");
}

static inline void irq_disable(void)
{
	__asm__ volatile("cli" ::: "memory");
}

static inline bool irq_disabled(void)
{
	u64 flags;

	__asm__ volatile("pushfq; popq %0" : "=r"(flags)::"memory");
	return !(flags & X86_FLAGS_IF);
}

#endif
