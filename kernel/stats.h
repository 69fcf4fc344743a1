/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What one core learns during one case, by context. Filled only by its own core, read by
 * core 0 after the case.
 */
#ifndef KERNEL_STATS_H
#define KERNEL_STATS_H

#include "hist.h"

enum stat_ctx { CTX_TASK, CTX_NMI, NR_CTX };
enum stat_outcome { OUTCOME_OK, OUTCOME_EDEADLK, OUTCOME_ETIMEDOUT, NR_OUTCOMES };

/* Room for enum lock_cause (lock.h gives the names). */
#define STATS_CAUSES 16

/* The worst attempt, so that it can be looked into. */
struct stat_worst {
	u64 ns;
	u64 at_ns;    /* time of its end */
	uintptr_t pc; /* where the attempt was made from */
	u32 cpu;
};

/**
 * struct ctx_stats - attempts of one core in one context
 * @outcome: by enum stat_outcome
 * @cause: failures, by enum lock_cause
 * @innocent: failures of attempts that were part of no deadlock and behind no stuck owner
 * @wait_ok: ns from call to return of successful attempts
 * @wait_fail: the same of failed ones
 * @recover: ns from the attempt that closed the deadlock to the error
 * @progress: ns from there until every core involved had a success again
 */
struct ctx_stats {
	u64 outcome[NR_OUTCOMES];
	u64 cause[STATS_CAUSES];
	u64 innocent;
	struct hist wait_ok, wait_fail, recover, progress;
	struct stat_worst worst;
};

struct cpu_stats {
	struct ctx_stats ctx[NR_CTX];
	u64 oracle_errors; /* kept by lock/oracle.c */
	u64 ops;	   /* completed lock + unlock pairs */
	u64 longest_run;   /* most successes in a row with no other core between */
};

void stats_clear(struct cpu_stats *s);

/**
 * stats_attempt() - record one finished acquire of this core in the current context
 * @rc: 0, -EDEADLK, -ETIMEDOUT
 * @cause: enum lock_cause of a failure
 * @ns: from call to return
 * @innocent: see struct ctx_stats
 *
 * Context: any, NMI included (NMI attempts go to their own half).
 */
void stats_attempt(int rc, u32 cause, u64 ns, bool innocent);

/* Sum of all outcomes. */
u64 stats_attempts(const struct ctx_stats *c);

/* Merge one context of all online cores. */
void stats_merge(struct ctx_stats *into, enum stat_ctx ctx);

/* Jain's fairness index of @n values, in 1/10000; 10000 = perfectly fair. Pure. */
u32 stats_jain(const u64 *value, u32 n);

#endif
