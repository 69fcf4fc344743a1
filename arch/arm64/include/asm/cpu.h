/* SPDX-License-Identifier: GPL-2.0-or-later */
/* arm64 half of arch/cpu.h. The per-core base register is TPIDR_EL1. */
#ifndef ASM_CPU_H
#define ASM_CPU_H

#include <arch/types.h>

/*
 * Code of a core runs at EL1t (or EL2t) on SP_EL0; every exception switches to SP_EL1 by
 * itself (Arm ARM, D1.2.2), so an overflow of the task stack is handled on a good stack.
 * The emergency stack is for the case that the trap stack is the one that overflowed.
 */
enum arm64_stack { STACK_TASK, STACK_TRAP, STACK_EMERGENCY };

#define ARCH_NR_STACKS	3
#define ARCH_STACK_SIZE 16384

/* Interrupts a core can be handling at once: each source once. */
#define ARCH_MAX_ACTIVE 8

/* Comparators used as NMI sources. */
#define ARCH_NR_TIMERS 3

/**
 * struct step_core - the stepping engine's state on a real core
 * @sp: stack pointer of the engine while a context runs
 * @nmi_pc: where the NMI that was sent has to land, 0: none was sent
 * @armed: address in the breakpoint register, 0: off
 * @mdscr: what MDSCR_EL1 holds
 * @in_pair: the breakpoint at @judged lies between an exclusive load and its store
 * @stray: an NMI was sent, and the core taken back before it came
 */
struct step_core {
	uintptr_t sp, nmi_pc, armed, judged;
	u64 mdscr;
	bool in_pair, stray;
};

/**
 * struct arch_cpu - what arm64 keeps per core
 * @stack: tops, by enum arm64_stack
 * @mpidr: affinity bits of MPIDR_EL1
 * @next: list of cores released through a spin table, which passes no argument
 * @gicr: this core's redistributor (GICv3), or 0
 * @gicc: this core's CPU interface (GICv2), or 0
 * @sgi_target: operand of a software interrupt to this core: ICC_SGI1R_EL1 affinity
 *              fields (GICv3) or the CPU target bit (GICv2)
 * @active: acknowledged interrupts not yet ended, innermost last: what must be ended when
 *          a handler is abandoned
 * @pmu_irq: PPI of this core's PMU, 0 if none
 * @tick_period, @tick_next: of the timer sources, in counter ticks, by enum timer
 * @boot: what the firmware said about it
 * @pmu_period: period in cycles of the PMU source
 * @home: of a virtual core (arch/step.h): the real core it runs on, else NULL
 * @stepper: steps on this core now; in a virtual core: what its next step exception is for
 * @step: step.c's, in real cores
 */
struct arch_cpu {
	uintptr_t stack[ARCH_NR_STACKS];
	u64 mpidr;
	struct arch_cpu *next;
	u64 gicr, gicc;
	u64 sgi_target;
	u32 active[ARCH_MAX_ACTIVE];
	u32 nr_active;
	u32 pmu_irq;
	u64 tick_period[ARCH_NR_TIMERS];
	u64 tick_next[ARCH_NR_TIMERS];
	u64 pmu_period;
	const struct boot_cpu *boot;
	int start_error; /* what the firmware said when asked for this core */

	struct arch_cpu *home;
	struct stepper *stepper;
	struct step_core step;
};

/*
 * Not volatile: a context keeps its base register for life (a virtual core's is switched
 * with it), so the compiler may read it once. TPIDR_EL1 is the same register at EL2.
 */
static inline void *percpu_base(void)
{
	void *base;

	__asm__("mrs %0, tpidr_el1" : "=r"(base));
	return base;
}

#include <asm/percpu.h>

#endif
