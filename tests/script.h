/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a scripted scenario is written with: steps that cores wait for, a look at whether
 * a core is waiting for a lock, NMIs aimed at a core in a certain place, and checks that
 * say what was expected.
 *
 * A script runs inside one job. Who waits here gives up when the job is being ended, so a
 * hang of the lock under test leaves the supervisor in charge.
 */
#ifndef TESTS_SCRIPT_H
#define TESTS_SCRIPT_H

#include "scenario.h"

/* Back to step 0, no NMI aimed; installs the script's NMI handler. Before each job. */
void script_begin(struct scenario_run *r);

/**
 * script_queue() - let a core go to a step, and wait until it waits for a lock
 *
 * The core does step_wait(@step) and then run_acquire(@lock). Return: as
 * script_wait_queued().
 */
bool script_queue(struct scenario_run *r, u32 cpu, u32 lock, u32 step);

/* Steps only ever grow. Context: task, any core of the job. */
void step_reach(u32 step);
/* Return: false when the job is being ended. */
bool step_wait(u32 step);

/* Spin for @ns, leaving early when the job is being ended. */
void script_delay(u64 ns);

/* A lock's state and the time, before a core is let go to queue for it. */
struct queue_mark {
	u64 word, at;
};
struct queue_mark script_mark(struct scenario_run *r, u32 lock);

/**
 * script_wait_queued() - wait until a core waits for a lock
 * @cpu: the core; its next run_acquire() is for @lock
 * @lock: the lock it wants
 * @mark: taken before the core was let go
 *
 * That is: its attempt has begun, and the word has changed or, for locks whose word does
 * not show waiters, some milliseconds have passed; then a little more, so that the core
 * gets from the word into its wait loop. Return: false if the attempt ended meanwhile or
 * the job is being ended.
 */
bool script_wait_queued(struct scenario_run *r, u32 cpu, u32 lock, struct queue_mark mark);

/* Masks of windows for script_nmi(). */
#define AT_ANY	   0u
#define AT_PENDING (1u << 7 | 1u << 17)	 /* pending waiter, or test-and-set loop */
#define AT_HEAD	   (1u << 11 | 1u << 17) /* queue head, or test-and-set loop */

/**
 * script_nmi() - run @body in an NMI on a core when it is in one of the windows @at
 *
 * NMIs that land elsewhere only count as missed and another one is sent; when the window
 * is not hit in many tries any place in the lock's text will do. Waits until @body has
 * begun. Return: false if it did not within a second or the job is being ended.
 */
bool script_nmi(struct scenario_run *r, u32 cpu, u32 at, void (*body)(struct scenario_run *r));

/* Wait, at most @ns, until that core's body has returned. Return: false if it has not. */
bool script_nmi_done(u32 cpu, u64 ns);

/* Window where the last body on this core began, -1 if none. */
int script_nmi_window(u32 cpu);

/* The nearest core id at that topological distance (enum cpu_distance) of core 0; 0: none. */
u32 script_partner(struct scenario_run *r, u32 distance);

/**
 * script_granule() - how long a waiter may take to look for deadlocks once
 * @cpus: as many cores wait at the same time
 *
 * Where the check runs each time a 16-bit counter of the wait loop comes round (x86) this
 * is 65,536 relaxes, measured now: milliseconds on hardware, hundreds of them on an
 * emulator that changes cores at each. Runs a job.
 */
u64 script_granule(struct scenario_run *r, u32 cpus);

/**
 * script_late_aa() - may this lock answer -ETIMEDOUT where it ought to see an AA deadlock?
 *
 * Old revisions look at their own table only when the first check comes round. Not where
 * it is a known defect of the lock that is to be shown. Runs a job.
 */
bool script_late_aa(struct scenario_run *r, u32 cpus);

/* Do the checks come round early enough to see a deadlock before the 250 ms are over? */
bool granule_in_time(u64 granule_ns);

/*
 * Checks: record a figure with its result and fail the case when it is not as expected.
 */

/* @got must be @want. */
void check_count(struct scenario_run *r, const char *what, u64 got, u64 want);
/* @got must be at least @least. */
void check_at_least(struct scenario_run *r, const char *what, u64 got, u64 least);
/* @ns must lie in [least, most + run_slack_ns()]. */
void check_time(struct scenario_run *r, const char *what, u64 ns, u64 least, u64 most);
/* A failed attempt waited at least as long as its cause promises, and not much longer. */
void check_attempt(struct scenario_run *r, const char *what, const struct attempt *a);

/* All cores' statistics of one context; valid until the next call. */
const struct ctx_stats *merged_stats(enum stat_ctx ctx);

#endif
