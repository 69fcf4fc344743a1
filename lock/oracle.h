/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The oracle: watches a lock without trusting it. One per lock object. Its data is
 * accessed so that the compiler can neither remove nor merge the checks, and it never
 * uses an atomic read-modify-write that would order what the lock failed to order.
 */
#ifndef LOCK_ORACLE_H
#define LOCK_ORACLE_H

#include "lock.h"

/**
 * struct oracle
 * @owner: 0 or (cpu id + 1) << 1 | in_nmi of who believes to be inside
 * @left, @right: incremented one before, one after the critical section: must be equal
 *                at every entry
 * @errors: violations seen (per core, summed: struct cpu_stats.oracle_errors too)
 * @last: core of the last entry, for the longest run
 * @run: successes of @last in a row
 */
struct oracle {
	u64 owner, left, right;
	u64 errors;
	u32 last, run;
	u64 first_error_at;   /* ns */
	u64 first_error_pair; /* who << 32 | whom */
} __aligned(2 * CACHE_LINE);

void oracle_init(struct oracle *o);
/* Right after a successful acquire / right before the release. Context: any, NMI too. */
void oracle_enter(struct oracle *o);
void oracle_exit(struct oracle *o);

/**
 * oracle_finish() - everything must be released and consistent
 * @ops: the lock; @lock: its object
 * @entries: successes that the scenario counted, compared with left and right
 * @why: receives the reason
 *
 * Return: true if all is well. Context: task, boot core, after the job.
 */
bool oracle_finish(const struct oracle *o, const struct lock_ops *ops, const void *lock,
		   u64 entries, struct text *why);

#endif
