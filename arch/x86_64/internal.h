/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the files of arch/x86_64 tell each other, and what the doors in boot/ may call. */
#ifndef X86_INTERNAL_H
#define X86_INTERNAL_H

#include <arch/types.h>
#include <arch/cpu.h>
#include <arch/mmu.h>
#include <arch/step.h>
#include <arch/trap.h>
#include <asm/x86.h>
#include "../../boot/boot_info.h"

/**
 * trap_early_init() - catch exceptions from the door's first line of C on
 *
 * Our GDT and IDT on whatever stack is there; the per-core base points at zeroes until
 * arch_cpu_init(). Context: boot core, interrupts off.
 */
void trap_early_init(void);

/* This core's GDT, TSS, IDT and interrupt stacks. cpu->stack[] is filled in. */
void trap_cpu_init(struct arch_cpu *cpu);

/* Take and forget what the firmware's devices left pending. Context: boot core, once. */
void trap_drain(void);

/* Read a model specific register that may be absent. Return: false if it is. */
bool msr_read_guarded(u32 msr, u64 *value);

/* An exception nobody handles, on a stepped core too. */
__noreturn void trap_unexpected(struct trap_frame *f);

/*
 * step.c
 */

/* Stepping is over on this real core: breakpoint off, #DB back on its own stack. */
void step_off(struct arch_cpu *cpu);
/* An NMI while one of the stepper's own is under way. Return: the frame to resume. */
struct trap_frame *step_nmi(struct arch_cpu *cpu, struct trap_frame *f);
/* A #DB outside the stepper: was it its last breakpoint, left armed? Disarms it then. */
bool step_stale_breakpoint(struct arch_cpu *cpu);

/*
 * mmu.c
 */

/* Build and load the identity map. Return: 0 or -ENOMEM. */
int mmu_init(const struct boot_info *bi);
/* Root of the map, and @page below 4 GiB a copy of it for cores in the trampoline. */
void mmu_copy_root(void *page);
/* Make the page executable and read-only: the trampoline, once written. */
int mmu_make_text(void *page);
/* The control registers every core shares; PAT is set on each core. */
void mmu_cpu_init(void);

/*
 * apic.c
 */

/* How this machine's local APICs are reached; see x2apic= for @want. */
int apic_init(const struct boot_info *bi);
/* Switch this core's local APIC on, all its own sources masked. */
void apic_cpu_init(struct arch_cpu *cpu);
bool apic_is_x2apic(void);
u32 apic_id(void);
void apic_eoi(void);
/* Let LINT1 interrupt this core as NMI. */
void apic_enable_lint1(void);
/* Counter overflow as NMI, or masked. */
void apic_lvt_pmu(bool on);

/* Interrupt command words, SDM volume 3, 11.6.1. */
#define ICR_FIXED(vector) (0x4000 | (vector))
#define ICR_NMI		  0x4400
#define ICR_INIT	  0x4500
#define ICR_SIPI(page)	  (0x4600 | (page) >> 12)

/* Send and wait until it has left. Return: 0 or -ETIMEDOUT. Context: any, NMI included. */
int apic_send(u32 apic_id, u32 command);

/*
 * An NMI to the real core @cpu from itself, quickly: nobody may be interrupted while sending
 * and go on later. apic_wait_sent() tells when it has left, as apic_send() does.
 */
void apic_nmi_self(struct arch_cpu *cpu);
/* All of that but the last store, of ICR_NMI. Return: where to; NULL: MSR_X2APIC_ICR. */
u32 *apic_aim_self(struct arch_cpu *cpu);
int apic_wait_sent(void);

/*
 * ioapic.c
 */
void ioapic_init(const struct boot_info *bi);
/* Make @gsi an edge-triggered NMI of core @apic_id. Return: 0, -ENODEV or -EINVAL. */
int ioapic_route_nmi(u32 gsi, u32 apic_id);
void ioapic_mask(u32 gsi);

/*
 * pit.c, hpet.c, pmu.c: sources of periodic NMIs. start() takes the rate and returns the
 * one programmed in mHz, or a negative error number.
 */
void pit_init(const struct boot_info *bi);
s64 pit_start(u32 apic_id, u64 hz);
void pit_stop(void);
void pit_give_up(void);
const char *pit_missing(void);

enum hpet_use { HPET_PERIODIC, HPET_WATCHDOG, NR_HPET_USES };

void hpet_init(const struct boot_info *bi);
s64 hpet_start(enum hpet_use use, u32 apic_id, u64 hz);
void hpet_stop(enum hpet_use use);
void hpet_give_up(enum hpet_use use);
const char *hpet_missing(enum hpet_use use);
/* Has this timer fired since the last call? Context: any. */
bool hpet_fired(enum hpet_use use);
/* Main counter and its rate, for calibration; hpet_hz() is 0 without an HPET. */
u64 hpet_hz(void);
u32 hpet_read(void);

void pmu_init(void);
s64 pmu_start(struct arch_cpu *cpu, u64 hz);
void pmu_stop(struct arch_cpu *cpu);
const char *pmu_missing(void);
/* In an NMI: was it the counter? Reloads it then. */
bool pmu_overflowed(struct arch_cpu *cpu);

/*
 * The rest
 */

/* Find out which timers really interrupt as NMIs. Context: boot core, once it takes NMIs. */
void nmi_probe_timers(struct arch_cpu *cpu);
void time_init(const struct boot_info *bi);
/* Map the UART that uart_init() found in our own tables. */
void uart_remap(void);
void power_init(const struct boot_info *bi);
void smp_init(const struct boot_info *bi);
void cpu_facts_init(const struct boot_info *bi);

/* quirks.c: what a model needs beyond the architecture. */
enum quirk {
	QUIRK_INIT_DELAY = 1 << 0, /* 10 ms between INIT and SIPI */
};

u32 quirks(void);

#endif
