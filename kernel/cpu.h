/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * struct cpu - one logical core, real or virtual.
 *
 * Reached by one register. All that lock code may know about the machine is in the block
 * of functions at the end: its core's number, whether it runs in an NMI, its own and
 * another core's per-CPU data, the number of cores, the time, who listens to contention,
 * and how to wait. A virtual core (explore engine) is another struct cpu put into the base
 * register, so lock code runs unchanged on it.
 */
#ifndef KERNEL_CPU_H
#define KERNEL_CPU_H

#include <arch/cpu.h>
#include <arch/trap.h>

#define MAX_CPUS      1024 /* as many as boot_info can carry */
#define LOCK_DATA_MAX 1024 /* bytes */

struct cpu_stats;

enum cpu_state { CPU_OFFLINE, CPU_STARTING, CPU_IDLE, CPU_BUSY, CPU_LOST };

/**
 * struct nmi_counts - kept by kernel/nmi.c, printed per core
 * @sent: NMIs other cores and this one sent to this core (counted by the sender)
 * @taken: handlers run to completion or abandonment
 * @nested: arrivals while a handler ran
 * @coalesced: sent and never taken, computed when nothing is in flight (nmi_settle()), and
 *             ticks that came while one was latched already (@dropped)
 * @unknown: nobody asked for it
 * @by_source: taken, by source
 * @longest: longest handler, in ticks of time_counter()
 */
struct nmi_counts {
	u64 sent, taken, nested, coalesced, dropped, unknown;
	u64 by_source[16];
	u64 longest;
	uintptr_t unknown_pc; /* where the first unknown one hit */
};

/**
 * struct cpu - see above
 * @arch: the architecture's part; first, so the base register points at both
 * @lock_data: the per-CPU data of the lock under test; each lock lays its own struct
 *             over it (lock.h, LOCK_PERCPU). Cleared before each case.
 * @id: dense index 0..nr_cpus-1; 0 is the boot core
 * @nmi_depth: > 0 while a scenario's NMI handler runs: what in_nmi() means
 * @now: this core's clock in ns
 * @contention: called when this core begins and ends to wait in a lock's queue, as Linux's
 *		tracepoints contention_begin and contention_end are; NULL: nobody listens
 * @cause: why the last failed acquire on this core and context failed (enum lock_cause)
 */
struct cpu {
	struct arch_cpu arch;
	u8 lock_data[LOCK_DATA_MAX] __aligned(CACHE_LINE);

	u32 id __aligned(CACHE_LINE);
	u32 nmi_depth;
	u32 cause;
	u32 state; /* enum cpu_state */
	u64 hwid;
	struct cpu_group *group; /* whose id space and lock data this core shares */
	u64 (*now)(const struct cpu *cpu);
	void (*contention)(bool begins);
	u64 clock_base; /* virtual cores: their virtual time in ns */
	struct cpu_stats *stats;
	u64 rng;

	/* kernel/nmi.c */
	u32 nmi_request __aligned(CACHE_LINE); /* enum nmi_request bits, set by senders */
	u32 nmi_expected;		       /* NMIs sent here and not yet arrived */
	u32 nmi_level;			       /* > 0 in any NMI, the supervisor's included */
	u32 nmi_busy;	  /* a handler or its book-keeping runs: later ones are latched */
	u32 nmi_latched;  /* sources of the one that waits for its turn */
	u32 nmi_ticking;  /* 1 << source of periodic sources started on this core */
	uintptr_t nmi_pc; /* where the latest handler's NMI landed */
	struct nmi_counts nmi;

	/* kernel/job.c */
	struct job *job;
	u32 job_seq, job_done;
	u32 job_inside; /* the job's function runs and can be abandoned */
	struct abort_point abort;
	struct snapshot *snapshot;

	struct log_ring *log; /* kernel/console.c */
} __aligned(CACHE_LINE);

#define CPU_LOCK_DATA offsetof(struct cpu, lock_data)

/* Cores that see each other: all real ones, or the virtual ones of one explored run. */
struct cpu_group {
	u32 count;
	struct cpu *cpu[MAX_CPUS]; /* by id; NULL from count on */
};

/* The real cores that are online. Ids are dense even when a core did not come up. */
extern struct cpu_group online;

static inline struct cpu *this_cpu(void)
{
	return percpu_base();
}

/*
 * What lock code sees. Context of all: any, NMI included.
 */

static inline u32 cpu_id(void)
{
	return this_cpu()->id;
}

static inline bool cpu_in_nmi(void)
{
	return READ_ONCE(this_cpu()->nmi_depth) != 0;
}

/* Number of cores in this core's group; ids run from 0 to this - 1. */
static inline u32 cpu_count(void)
{
	return this_cpu()->group->count;
}

/* Another core's (or the own) lock data. */
static inline void *cpu_lock_data(u32 id)
{
	return this_cpu()->group->cpu[id]->lock_data;
}

/* Nanoseconds, monotonic on this core; NMI-safe. */
static inline u64 cpu_now(void)
{
	struct cpu *cpu = this_cpu();

	return cpu->now(cpu);
}

/*
 * A queued wait of this core begins or ends; who listens may take locks, this one's lock
 * included. Costs a load and a branch, on the slow path only.
 */
static inline void cpu_contention(bool begins)
{
	void (*listener)(bool) = READ_ONCE(this_cpu()->contention);

	if (unlikely(listener))
		listener(begins);
}

/* Tell the harness why the acquire that is about to return an error failed. */
static inline void cpu_set_cause(u32 cause)
{
	this_cpu()->cause = cause;
}

#endif
