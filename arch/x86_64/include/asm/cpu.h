/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * x86-64 half of arch/cpu.h. The per-core base register is GS base; it never changes
 * meaning (there is no user mode), so no entry path needs SWAPGS.
 */
#ifndef ASM_CPU_H
#define ASM_CPU_H

#include <arch/types.h>

struct trap_frame;
struct stepper;

/*
 * Stacks of a core. STACK_IST_NMI only carries an NMI until its frame is copied to
 * STACK_NMI, where kernel_nmi() runs and where NMIs may nest.
 */
enum x86_stack { STACK_TASK, STACK_NMI, STACK_IST_NMI, STACK_IST_DF, STACK_IST_MC, STACK_IST_DB };

#define ARCH_NR_STACKS	6
#define ARCH_STACK_SIZE 16384

/* Interrupt stack table index of a stack, 1 to 7. */
#define X86_IST(stack) ((stack)-STACK_IST_NMI + 1)

/* One 64-bit task state segment, SDM volume 3, 8.7. */
struct x86_tss {
	u32 reserved0;
	u64 rsp[3];
	u64 reserved1;
	u64 ist[7];
	u64 reserved2;
	u16 reserved3, iomap_base;
} __packed;

#define X86_GDT_WORDS 8

/**
 * struct arch_cpu - what x86-64 keeps per core
 * @self: address of this struct; first, so that %gs:0 yields the base in one load
 * @nmi_hook: raw NMI hook, called on the IST stack with NMIs still blocked; gets the
 *            interrupted frame and returns the frame to resume. NULL: the normal path
 * @stack: tops, by enum x86_stack
 * @home: the real core's struct that this one stands in for; itself unless this one is a
 *        virtual core's. Whatever belongs to the machine is found there
 * @step_sp: the stepping engine's stack pointer while it steps, else 0: where #DB and #BP
 *           leave the context to (entry.S)
 * @stepper: what it steps; NULL if it does not
 * @step_landing: an NMI of its own is on its way to the context's boundary
 * @step_breakpoint: what DR0 holds, 0: DR7 is off
 * @apic_id: as the local APIC knows it
 * @icr_busy: between the stores that send an interrupt
 * @icr_high: destination register as last stored
 * @lint1: LINT1 interrupts this core (the boot core only)
 * @pmu_reload: counter value between two PMU NMIs, 0 while the PMU is off
 */
struct arch_cpu {
	struct arch_cpu *self;
	struct trap_frame *(*nmi_hook)(struct trap_frame *f);
	uintptr_t stack[ARCH_NR_STACKS];
	struct arch_cpu *home;
	uintptr_t step_sp;
	struct stepper *stepper;
	uintptr_t step_breakpoint;
	bool step_landing;
	u32 apic_id;
	u32 icr_high;
	bool icr_busy;
	bool lint1;
	u64 pmu_reload;
	u64 gdt[X86_GDT_WORDS];
	struct x86_tss tss;
};

#include <asm/percpu.h>

#endif
