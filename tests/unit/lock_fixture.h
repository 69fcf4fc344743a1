/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the unit tests of locks share: objects, recorded attempts, and how to compare them. */
#ifndef LOCK_FIXTURE_H
#define LOCK_FIXTURE_H

#include "unit.h"
#include "sim.h"
#include "../../lock/oracle.h"

#define FIXTURE_LOCKS 40

struct fixture_lock {
	u8 object[LOCK_SIZE_MAX];
} __aligned(CACHE_LINE);

/* One acquire: what came of it, when it was made and how long it took. */
struct attempt {
	bool done;
	int rc;
	u32 cause;
	u64 ns;
};

extern const struct lock_ops *ops;
extern struct fixture_lock locks[FIXTURE_LOCKS];
/* The last attempt of each core, in task and in NMI context. */
extern struct attempt tried[SIM_CORES][2];

#define LOCK_A (&locks[0])
#define LOCK_B (&locks[1])

/* All locks of the build, sorted; once is enough. */
void fixture_registry(void);

/* Take lock @name (NULL: keep the one chosen) with @cores fresh cores and fresh objects. */
void fixture_begin(const char *name, u32 cores);

/* ops->acquire() on this core, recorded in tried[][]. */
int take(struct fixture_lock *l);
void drop(struct fixture_lock *l);
/* Take it and, if that worked, release it at once. */
void take_and_drop(struct fixture_lock *l);

/* Failed attempts among the recorded ones, and the longest of all. */
u32 failures(void);
u64 longest(void);

/* Is everything at rest? Complains about what is not. */
bool at_rest(u32 nr_locks);

/* The revisions of rqspinlock, in their order. */
enum { RQ_6_15, RQ_6_17, RQ_6_18, RQ_6_19, RQ_7_2, RQ_NEXT, NR_REVISIONS };
extern const char *const revision[NR_REVISIONS];

#define MS  NSEC_PER_MSEC
#define END (1500 * MS) /* nothing takes so long but a hang */

#define EACH_REVISION(rev)                                                                         \
	u32 rev = 0;                                                                               \
	rev < NR_REVISIONS;                                                                        \
	rev++

/*
 * What cores do. hold_a() and hold_b() keep a lock until release_at; core n comes for a
 * lock at n times 300 us, so that the first becomes the pending waiter, the next the head
 * of the queue, and so on.
 */
extern u64 release_at;
void take_a(void);
void take_b(void);
void hold_a(void);
void hold_b(void);
void come_for_a(void);
void come_for_b(void);

/* "0 us", "1 ms", "250 ms": what a wait is called whose exact length is of no interest. */
#define EXPECT_ABOUT(ns, want_ns)                                                                  \
	do {                                                                                       \
		u64 __ns = (ns), __want = (want_ns);                                               \
		unit_checks++;                                                                     \
		if (__ns + 5 * NSEC_PER_MSEC < __want ||                                           \
		    __ns > __want + __want / 5 + 100 * NSEC_PER_USEC)                              \
			unit_fail(__FILE__, __LINE__, "%s: %s took %llu us, not about %llu us",    \
				  ops->name, #ns, (unsigned long long)__ns / 1000,                 \
				  (unsigned long long)__want / 1000);                              \
	} while (0)

#define EXPECT_CAUSE(a, want_rc, want_cause)                                                       \
	do {                                                                                       \
		const struct attempt *__a = &(a);                                                  \
		const char *__want = lock_cause_name(want_cause);                                  \
		const char *__got = lock_cause_name(__a->cause);                                   \
		unit_checks++;                                                                     \
		if (!__a->done || __a->rc != (want_rc) || __a->cause != (want_cause))              \
			unit_fail(__FILE__, __LINE__, "%s: %s is %d %s, not %d %s", ops->name, #a, \
				  __a->rc, __got ? __got : "-", want_rc, __want ? __want : "-");   \
	} while (0)

#endif
