/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * scenario.h - what a scenario is. Adding one = adding one file under tests/scenarios/
 * that ends with SCENARIO_REGISTER(); nothing else is edited.
 *
 * run() drives the machine and fills the per-core statistics; check() alone gives the
 * verdict, from what was recorded. Names of cases are "<lock>.<scenario>", or just the
 * scenario where no lock is involved.
 */
#ifndef TESTS_SCENARIO_H
#define TESTS_SCENARIO_H

#include "../boot/boot_info.h"
#include "../kernel/clock.h"
#include "../kernel/job.h"
#include "../kernel/nmi.h"
#include "../kernel/report.h"
#include "../kernel/rng.h"
#include "../kernel/stats.h"
#include "../lock/hot.h"
#include "../lock/lock.h"
#include "../lock/oracle.h"

#define SCENARIO_LOCKS 40

struct scenario_run;

/**
 * struct scenario
 * @name: as the user types it
 * @doc: one line
 * @suites: comma list: "default", "deadlock", "stress", "cost", "selftest", ...
 * @no_lock: runs once, without a lock (calibrate)
 * @lock_flags: flags a lock must have (enum lock_flags); others are not planned
 * @min_cpus: fewer online cores: SKIP "needs N cpus"
 * @virtual_time: its cores are virtual and so is their time: a machine that stands still
 *                changes nothing
 * @bears_standstill: its check allows for a machine that does
 * @nmi: mask of 1 << enum nmi_source that must work here, else SKIP with the reason
 * @duration_ms: of its timed part unless the user says otherwise, a third of it on an emulator;
 *               0: it has none
 * @budget_ms: of one job_run() in it, on top of the timed part
 * @run: does it; uses run_job() for anything that a lock could hang
 * @check: the verdict; not called after run_error() or a hang that was not expected
 */
struct scenario {
	const char *name, *doc, *suites;
	bool no_lock, virtual_time, bears_standstill;
	u32 lock_flags;
	u32 min_cpus;
	u32 nmi;
	u32 duration_ms;
	u32 budget_ms;
	void (*run)(struct scenario_run *r);
	void (*check)(struct scenario_run *r);
};

#define SCENARIO_REGISTER(id)                                                                      \
	static const struct scenario *const id##_registered __section(".scenario_table") __used =  \
		&id

struct scenario_lock {
	u8 object[LOCK_SIZE_MAX];
} __aligned(2 * CACHE_LINE);

/**
 * struct recovery - the recovery clock of one group of cores
 * @start: when the last attempt that may have closed a deadlock began
 * @closed: @start as the first error not yet recovered from saw it
 * @members: cores that must have a success again before the group has recovered
 * @missing: how many of them have not had it yet
 */
struct recovery {
	u64 start, closed;
	u32 members, generation, missing;
} __aligned(CACHE_LINE);

/**
 * struct scenario_run - one case while it runs
 * @kase: "<lock>.<scenario>", prefix of all its records
 * @lock, @oracle: SCENARIO_LOCKS fresh lock objects with an oracle each
 * @cpus: cores that take part: online, limited by the option cpus=
 * @nr_locks: locks 0 .. nr_locks - 1 are used: examined after the case and in dumps;
 *            1 unless run() says otherwise
 * @entries: successes that only the scenario counted (hot loops), for the oracle
 * @duration_ns: length of timed parts
 * @rng: state for core 0's choices; cores use this_cpu()->rng, seeded per case
 * @verdict, @why: set by run_fail(), run_error(), run_skip(); pass if never called
 * @hung: a job missed its budget and the supervisor ended it
 * @row: this case's row of the closing table; outcome counts are filled in by the runner
 */
struct scenario_run {
	const struct scenario *scenario;
	const struct lock_ops *ops;
	const struct options *options;
	char kase[64];
	struct scenario_lock *lock;
	struct oracle *oracle;
	u32 cpus;
	u32 nr_locks;
	u64 entries;
	u64 duration_ns;
	u64 rng;
	enum verdict verdict;
	char why[160];
	bool hung;
	struct report_row row;
	void *private;
};

/* The lock is wrong / the testbed or machine is / it cannot run here. First reason wins. */
void run_fail(struct scenario_run *r, const char *fmt, ...) __printf(2, 3);
void run_error(struct scenario_run *r, const char *fmt, ...) __printf(2, 3);
void run_skip(struct scenario_run *r, const char *fmt, ...) __printf(2, 3);

/**
 * run_job() - job_run() with the scenario's budget plus @extra_ns
 *
 * On a miss: sets r->hung, prints the snapshots, every used lock decoded, queues and held
 * tables, and returns false. Context: task, boot core.
 */
bool run_job(struct scenario_run *r, u32 first, u32 n, void (*fn)(void *), u64 extra_ns);

/* The case that runs now (job functions and NMI handlers get at it this way). */
struct scenario_run *current_run(void);

/**
 * run_acquire() - one timed acquire through ops, recorded in this core's statistics
 * @i: index of the lock
 * @guilty: this attempt is part of the deadlock or behind the stuck owner by design;
 *          failures of others count as innocent
 *
 * Enters the oracle on success. Return: what acquire returned. Context: task or NMI.
 */
int run_acquire(struct scenario_run *r, u32 i, bool guilty);
/* Oracle exit and release. */
void run_release(struct scenario_run *r, u32 i);

/**
 * struct attempt - the latest run_acquire() of one core in one context
 * @begin: when it was called, ns; 0: none in this case yet
 * @end: when it returned; 0: still waiting
 * @rc, @cause: valid after @end
 */
struct attempt {
	u64 begin, end;
	int rc;
	u32 cause;
};

/* Read by any core; cleared before each case and by run_attempts_clear(). */
struct attempt *run_attempt(u32 cpu, enum stat_ctx ctx);
void run_attempts_clear(void);

/**
 * recover_*() - how long a group of cores needs from closing a deadlock to progress
 *
 * recover_init: before the job, @members = cores that take locks in this group.
 * recover_start: by whoever makes an attempt that may close the deadlock, just before it.
 * recover_error: after a failed attempt; records now - start as this core's "recover".
 * recover_progress: after a success in task context; the last member to have one since
 * the error records now - closed as "progress".
 * Context: task or NMI (recover_progress: task).
 */
void recover_init(struct recovery *c, u32 members);
void recover_start(struct recovery *c);
void recover_error(struct recovery *c);
void recover_progress(struct recovery *c);

/* What a bound on time may be missed by: much where a host can deschedule us. */
u64 run_slack_ns(void);

/* Registry, sorted by name. */
u32 scenario_count(void);
const struct scenario *scenario_get(u32 i);

#endif
