/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * arch/smp.h - starting and waking the other cores.
 */
#ifndef ARCH_SMP_H
#define ARCH_SMP_H

#include <arch/types.h>

struct arch_cpu;
struct boot_cpu;

/**
 * smp_prepare() - once before the first smp_start()
 *
 * x86: copies the trampoline to boot_info.low_page. Return: 0, or -ENOMEM and the like
 * with a console message; the run then goes on with one core.
 */
int smp_prepare(void);

/**
 * smp_start() - make a core run kernel_secondary() on its own stack
 * @cpu: the core's struct cpu (stacks allocated, ids filled in)
 * @bc:  what the firmware said about it: hardware id, parking address
 *
 * Only asks; does not wait for the core beyond the protocol's own delays, so that many
 * can start at once. Return: 0, or -EIO / -ENODEV when the firmware refused.
 * Context: task, boot core.
 */
int smp_start(struct arch_cpu *cpu, const struct boot_cpu *bc);

/**
 * smp_start_finish() - second half for all cores asked since smp_prepare()
 *
 * x86: INIT to all, one common delay, then the SIPIs. arm64: the calls of the firmware,
 * made by every core that runs already.
 */
void smp_start_finish(void);

/* After smp_start_finish(): 0, or -EIO if the firmware refused what smp_start() took. */
int smp_start_error(const struct arch_cpu *cpu);

/* Wake a core from cpu_idle(). Context: any but NMI. */
void smp_wake(const struct arch_cpu *to);

/* Topological distance, the nearest level two cores share. */
enum cpu_distance { DIST_SELF, DIST_SMT, DIST_CLUSTER, DIST_PACKAGE, DIST_SYSTEM };
enum cpu_distance smp_distance(const struct arch_cpu *a, const struct arch_cpu *b);

/* Provided by the kernel: first C code of a secondary core, after arch_cpu_init(). */
__noreturn void kernel_secondary(void);

#endif
