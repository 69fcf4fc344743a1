/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * arch/nmi.h - non-maskable interrupts: real NMIs on x86-64, GIC-priority pseudo-NMIs
 * (or FEAT_NMI superpriority) on arm64.
 *
 * What the kernel may rely on, on both:
 *  - an NMI is taken with interrupts disabled by irq_disable();
 *  - while a handler runs, further NMIs of the same class wait (x86: one is latched, more
 *    are lost; arm64: one per source stays pending);
 *  - the supervisor's NMI (nmi_send_supervisor) gets through even then, so a core that
 *    hangs inside an NMI handler can still be examined and taken back.
 */
#ifndef ARCH_NMI_H
#define ARCH_NMI_H

#include <arch/types.h>

struct arch_cpu;

/*
 * Where an NMI came from. As @sources of kernel_nmi() a mask of 1 << source. x86 has one
 * NMI vector, so it reports NMI_SRC_ANON for all that cannot be told apart; the kernel
 * finds the reason in its own request words.
 */
enum nmi_source {
	NMI_SRC_ANON,	    /* x86: some NMI */
	NMI_SRC_IPI,	    /* arm64: scenario SGI */
	NMI_SRC_SUPERVISOR, /* arm64: supervisor SGI */
	NMI_SRC_WATCHDOG,   /* periodic tick on the boot core (see nmi_watchdog_start) */
	NMI_SRC_TIMER_A,    /* x86: PIT through the IO-APIC; arm64: virtual timer PPI */
	NMI_SRC_TIMER_B,    /* x86: HPET through the IO-APIC; arm64: physical timer PPI */
	NMI_SRC_PMU,	    /* PMU counter overflow on this core */
	NMI_SRC_EXTERNAL,   /* x86: LINT1 (QEMU inject-nmi) */
	NMI_SRC_HARDWARE,   /* x86: port 0x61 SERR/IOCHK: a machine error */
	NR_NMI_SOURCES,
};

/* Short lower-case name for reports: "ipi", "pit", "hpet", "vtimer", "pmu", ... */
const char *nmi_source_name(enum nmi_source src);

/**
 * nmi_source_missing() - why a source cannot be used here
 *
 * Return: NULL when it works on this machine, else a constant text with the reason.
 * Valid after arch_init().
 */
const char *nmi_source_missing(enum nmi_source src);

/* "nmi", "pmr", "superpriority", "fiq": how NMIs are made here. */
const char *nmi_mechanism(void);

/**
 * nmi_send() - send one scenario NMI to a core, itself included
 *
 * Waits, bounded, until the interrupt has left (x86: ICR delivery status idle). Not
 * "taken": see the counters in struct cpu. Return: 0 or -ETIMEDOUT.
 * Context: any, NMI included.
 */
int nmi_send(const struct arch_cpu *to);

/* As nmi_send(), but interrupts even a core that is inside an NMI handler. */
int nmi_send_supervisor(const struct arch_cpu *to);

/**
 * nmi_periodic_start() - let @src interrupt this core @hz times a second
 * @src: NMI_SRC_TIMER_A, _B or _PMU (for _PMU @hz is translated to cycles)
 *
 * x86's PIT and HPET exist once: the last caller gets them, nmi_periodic_stop() first.
 * Return: the rate really programmed in mHz, or -ENODEV, -EINVAL. Context: task, on the core.
 */
s64 nmi_periodic_start(enum nmi_source src, u64 hz);
void nmi_periodic_stop(enum nmi_source src);

#define WATCHDOG_HZ 20

/**
 * nmi_watchdog_start() - about WATCHDOG_HZ supervisor ticks a second on the boot core
 *
 * Works inside NMI handlers as nmi_send_supervisor() does. Return: 0, or -ENODEV where
 * no source is left (then core 0 takes no part in jobs that could hang).
 * Context: task, boot core.
 */
int nmi_watchdog_start(void);
void nmi_watchdog_stop(void);

/**
 * nmi_body_begin() - the kernel is about to run a scenario's handler
 *
 * From here until nmi_body_end() the supervisor's NMI gets through; others stay blocked
 * (arm64: running priority) or are reported to kernel_nmi() as nested, which keeps one
 * and drops the rest as the hardware's latch would (x86: NMI blocking is ended by an
 * IRET, because x86 has no second level).
 */
void nmi_body_begin(void);
void nmi_body_end(void);

#endif
