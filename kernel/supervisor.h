/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The supervisor's machinery, between job.c, supervisor.c and nmi.c. What scenarios see
 * of it is in job.h.
 */
#ifndef KERNEL_SUPERVISOR_H
#define KERNEL_SUPERVISOR_H

#include "job.h"

/**
 * supervisor_begin() / supervisor_end() - watch over core 0's share of @job
 *
 * Others need no tick: core 0 itself looks at the clock while it waits for them.
 * Context: task, boot core.
 */
void supervisor_begin(struct job *job);
void supervisor_end(void);

/*
 * Core 0 is alive: note how much later than @due_ns after the last time, or after
 * supervisor_awake(). Context: boot core, task or NMI.
 */
void supervisor_awake(void);
void supervisor_look(u64 due_ns);

/*
 * May an unexplained NMI be the last tick of the watchdog that was just stopped? Once per
 * stop. Context: NMI.
 */
bool supervisor_late_tick(const struct cpu *cpu);

/**
 * supervisor_photograph() - take a snapshot of every core of @job that has not finished
 *
 * Waits, bounded, for those that are sent an NMI. Context: boot core, task or NMI.
 */
void supervisor_photograph(struct job *job);

/**
 * supervisor_take_back() - end @job on the cores still in it; those that do not answer
 * become CPU_LOST. Context: task, boot core.
 */
void supervisor_take_back(struct job *job);

/*
 * From kernel_nmi(). Return: the frame to resume when the core was taken back from its
 * job, NULL when it goes on. Context: NMI.
 */
struct trap_frame *supervisor_tick(struct trap_frame *f);
struct trap_frame *supervisor_nmi(struct trap_frame *f, u32 request);

/**
 * supervisor_backtrace() - return addresses above a frame
 * @fp: frame pointer
 * @trace: @n entries, 0-terminated when shorter
 *
 * Reads only this core's own stacks. Context: any.
 */
void supervisor_backtrace(const struct cpu *cpu, uintptr_t fp, uintptr_t *trace, u32 n);

/* Append "name+0x12 W7" or the plain address. */
void supervisor_print_pc(struct text *out, uintptr_t pc);

#endif
