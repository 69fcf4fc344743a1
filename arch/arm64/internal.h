/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the files of arch/arm64 tell each other, and what the doors in boot/ may call. */
#ifndef ARM64_INTERNAL_H
#define ARM64_INTERNAL_H

#include <arch/types.h>
#include <arch/cpu.h>
#include <arch/irq.h>
#include <arch/nmi.h>
#include <arch/step.h>
#include <arch/trap.h>
#include <asm/entry.h>
#include "../../boot/boot_info.h"

/* Affinity fields of MPIDR_EL1: what names a core. */
#define MPIDR_AFFINITY 0xff00ffffffull

/* Are we at EL2 (with VHE)? Every *_EL1 name then means EL2's register. */
bool cpu_at_el2(void);

/* The guard page below one of a core's stacks, 0 if there is none. */
uintptr_t cpu_stack_guard(const struct arch_cpu *cpu, enum arm64_stack stack);

/*
 * The two levels of NMI priority. A GIC without security (DS = 1) uses the values as they
 * are; one that hides a secure half shows each priority p to us as (p >> 1) | 0x80 while
 * the mask stays as written (or is shifted too, where SCR_EL3.FIQ is set):
 *
 *	                 supervisor  scenario  normal   mask off  mask on
 *	as written       0x00        0x20      0xa0     0xa0      0xf0
 *	shifted          0x80        0x90      0xd0     0xa0      0xf0
 *	mask shifted too 0x80        0x90      0xd0     0xd0      0xf8
 *
 * "off" separates NMIs from normal interrupts in every line, and the upper four bits
 * differ everywhere, so the supervisor preempts a scenario's handler even where only four
 * bits are implemented.
 */
#define PRIORITY_SUPERVISOR 0x00
#define PRIORITY_SCENARIO   0x20
#define PRIORITY_NORMAL	    0xa0

/* Software interrupts in use. */
enum sgi { SGI_WAKE, SGI_SCENARIO, SGI_SUPERVISOR, NR_SGIS };

/* What no INTID is: nothing was pending after all. */
#define INTID_SPECIAL 1020
#define INTID_MASK    0x3ff
#define NR_PRIVATE    32

/**
 * struct gic - one generation of interrupt controller
 * @name: for the report
 * @mask: how ordinary interrupts are masked with it
 * @init: once: find it, map it, switch it on. Return: 0, -ENODEV, -EIO
 * @find: on the boot core: where @cpu's private part is. Return: 0, -ENODEV
 * @cpu_init: on the core itself: all private interrupts off, interface on
 * @ack: acknowledge; the value names the interrupt to @drop and @end
 * @drop: give up the running priority only (NMIs by superpriority)
 * @end: drop the priority (unless dropped) and deactivate
 * @send: software interrupt to a core, itself included
 * @enable: private interrupt of this core on with a priority, or off
 */
struct gic {
	const char *name;
	enum irq_mask mask;
	int (*init)(const struct boot_info *bi);
	int (*find)(struct arch_cpu *cpu, const struct boot_cpu *bc);
	int (*cpu_init)(struct arch_cpu *cpu);
	u32 (*ack)(void);
	void (*drop)(u32 ack);
	void (*end)(u32 ack, bool dropped);
	void (*send)(const struct arch_cpu *to, enum sgi sgi);
	void (*enable)(struct arch_cpu *cpu, u32 intid, u32 priority);
	void (*disable)(struct arch_cpu *cpu, u32 intid);
};

extern const struct gic gicv3, gicv2;

/* The one this machine has; NULL: none. Set by nmi_init(). */
extern const struct gic *gic;

/* Does this machine's GICv3 offer superpriority (FEAT_GICv3_NMI)? After gicv3.init. */
bool gicv3_has_superpriority(void);

/* Poll until (register & mask) == want. Return: false after a deadline of 100 ms. */
bool mmio_wait32(u64 address, u32 mask, u32 want);

/*
 * nmi.c
 */

/* Choose the interrupt controller and the mechanism. Return: 0, or an error with a note. */
int nmi_init(const struct boot_info *bi);
/* This core's inputs; from here on NMIs arrive and interrupts are masked. */
int nmi_cpu_init(struct arch_cpu *cpu);
/* An IRQ exception: acknowledge, handle, end. Returns the frame to resume. */
struct trap_frame *nmi_dispatch(struct trap_frame *f);
/* End all interrupts this core is handling; their handlers are abandoned. */
void nmi_end_all(void);
/* PSTATE.DAIF of task code with interrupts masked. */
u64 nmi_task_daif(void);
/* How NMIs are made here: by PMR, or by FEAT_NMI. Set by nmi_init(). */
extern bool nmi_superpriority;

/*
 * timer.c, pmu.c: sources of periodic NMIs on each core
 */
enum timer { TIMER_A, TIMER_B, TIMER_WATCHDOG, NR_TIMERS };

void timer_init(const struct boot_info *bi);
void timer_cpu_init(void);
/* INTID of a timer, 0 if there is none here. */
u32 timer_intid(enum timer t);
s64 timer_start(enum timer t, u64 hz);
void timer_stop(enum timer t);
/* The interrupt was handled: next period. */
void timer_rearm(enum timer t);

void pmu_cpu_init(void);
bool pmu_present(void);
s64 pmu_start(struct arch_cpu *cpu, u64 hz);
void pmu_stop(struct arch_cpu *cpu);
void pmu_rearm(struct arch_cpu *cpu);

/*
 * mmu.c, start.S
 */

/* What mmu_enter() loads; entry.h has the offsets. */
struct mmu_regs {
	u64 ttbr, tcr, mair, sctlr, el2;
};
extern struct mmu_regs mmu_regs;
void mmu_enter(const struct mmu_regs *regs);

/* Build the identity map and switch to it and to the level the options ask for. */
int mmu_init(const struct boot_info *bi);
/* From now on other cores may have our mappings in their TLBs. */
void mmu_others_start(void);
/* Write back @size bytes so that a core without caches sees them. */
void cache_clean(const void *p, size_t size);

/*
 * psci.c
 */
void psci_init(const struct boot_info *bi);
bool psci_present(void);
/* Return: 0, -ENODEV, or -EIO with the firmware's answer in @code. */
int psci_cpu_on(u64 mpidr, uintptr_t entry, uintptr_t context, s64 *code);
void psci_system_off(void);
/* Any call of the SMC calling convention by the same instruction: x0 to x3 of the answer. */
void smccc_call(u64 fn, u64 answer[4]);

/*
 * step.c, step_class.c, step.S: arch/step.h
 */

/* Debug exceptions of this core: none until step_run() asks for them. */
void step_cpu_start(void);
/* An exception has come: the base register is the real core's. Returns what it was. */
struct arch_cpu *step_leave_core(void);
/* It is over: what step_leave_core() returned runs on, unless stepping has ended. */
void step_enter_core(struct arch_cpu *core);
/* A debug exception. NULL: not ours. Does not return where the context stops. */
struct trap_frame *step_trap(struct trap_frame *f, u32 class);
/* The scenario's interrupt came that step_run() sent on @home. Returns as step_trap(). */
struct trap_frame *step_nmi(struct trap_frame *f, struct arch_cpu *home);
/* The job is abandoned, and with it a step_run(). */
void step_off(struct arch_cpu *cpu);
/* End the innermost interrupt that @cpu is handling (nmi.c). */
void nmi_end_last(struct arch_cpu *cpu);

/* Beside enum step_class: instructions that the stepper performs itself. */
#define STEP_PERFORMED 4

/* What kind of instruction it is: enum step_class, perhaps STEP_PERFORMED. */
u8 step_classify(u32 insn);
/* Is @pc after an exclusive load and not after its store? */
bool step_in_pair(uintptr_t pc);
/* Do what an instruction of the class STEP_PERFORMED does. Return: false if we cannot. */
bool step_perform(struct trap_frame *f, struct step_exclusive *x, u32 insn);

/*
 * The rest
 */
void cpu_facts_init(const struct boot_info *bi);
/* quirks.c: what a model needs beyond the architecture. */
enum quirk {
	QUIRK_ACK_ROOM = 1 << 0, /* reads of ICC_IAR1_EL1 need room around them */
};
extern u32 quirks;
void quirks_init(void);

/* Semihosting (entry.S); -1 where nobody listens. */
u64 semihosting_call(u64 op, const void *block);
/* Physical address of the serial port's registers, 0 if none: mapped by mmu_init(). */
u64 uart_base(void);

#endif
