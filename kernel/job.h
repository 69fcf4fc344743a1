/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Jobs: the same function on a set of cores, under the supervisor's eye.
 *
 * Core 0 posts a job, takes part in it if its bit is set, and waits. A job that misses
 * its budget is ended: every core still in it is photographed by NMI, then taken back to
 * its idle loop; job_run() returns -ETIMEDOUT and the snapshots can be reported. So core
 * 0 always gets control again, even if it hung itself (watchdog NMI).
 */
#ifndef KERNEL_JOB_H
#define KERNEL_JOB_H

#include "cpu.h"
#include "printf.h"

/**
 * struct job - one posted job
 * @fn: runs on every chosen core with irqs masked; @arg is shared
 * @cpus: how many cores take part: ids first .. first + cpus - 1
 * @budget_ns: real time the job may take
 * @ended: set once the job is over or being ended: loops without an end of their own
 *         must poll job_should_stop()
 */
struct job {
	void (*fn)(void *arg);
	void *arg;
	u32 first, cpus;
	u64 budget_ns;
	u64 deadline_ns;
	u32 ended;
	u32 barrier_count, barrier_sense;
};

/* What the supervisor saw of one core when it ended a job. */
struct snapshot {
	bool valid;  /* the core answered */
	bool in_job; /* it had not finished */
	u32 nmi_depth;
	uintptr_t nmi_pc; /* where the NMI landed that is being handled; if nmi_depth */
	uintptr_t pc, sp, fp;
	uintptr_t backtrace[8]; /* return addresses, 0-terminated */
	u64 at_ns;
};

/**
 * job_run() - run fn(arg) on @n cores from id @first, wait for all
 *
 * Return: 0; -ETIMEDOUT when the budget was missed (snapshots valid until the next job).
 * A core that does not even answer the supervisor becomes CPU_LOST, is reported, and is
 * left out from then on; so is every core behind it (-ETIMEDOUT if none is left).
 * Context: task, boot core; not nested.
 */
int job_run(u32 first, u32 n, void (*fn)(void *), void *arg, u64 budget_ns);

/**
 * job_standstill_ns() - the longest time core 0 stood still in a job since the last call
 *
 * Of a job it takes part in, what a watchdog tick came late, if there is a watchdog; while it
 * waits for the others, what a look at the clock did. Firmware and a host with other things to do
 * are seen so; a lock is not: the watchdog's NMI reaches core 0 wherever it waits.
 * Context: task, boot core, no job running.
 */
u64 job_standstill_ns(void);

/* How many cores can take part (CPU_LOST ones end the usable range). */
u32 job_max_cpus(void);

/**
 * job_barrier() - wait until all cores of the running job are here
 *
 * Return: true normally, false when the job is being ended (return from fn then).
 * Context: task, inside a job.
 */
bool job_barrier(void);

/* Poll this in loops; true once the job is over its budget. NMI-safe. */
bool job_should_stop(void);

/* Loop of every core but the boot core: waits for jobs. */
__noreturn void job_loop(void);

/* This core's index within the job, 0 .. cpus - 1. */
u32 job_index(void);

/**
 * supervisor_describe() - the snapshot of core @id as text lines "# hang ..."
 *
 * Core, PC with symbol and lock window, context, backtrace. Lock words, queue and tables
 * are added by the caller from lock_ops.decode. Context: task, boot core.
 */
void supervisor_describe(u32 id, struct text *out);

#endif
