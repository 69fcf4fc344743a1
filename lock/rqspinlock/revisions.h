/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What differs between the released versions of rqspinlock, as named behaviours.
 *
 * Every template of this folder takes a pointer to a constant struct rq_revision and is
 * inlined into one instance per revision, so the choices are made by the compiler and an
 * instance holds no trace of the others.
 */
#ifndef RQSPINLOCK_REVISIONS_H
#define RQSPINLOCK_REVISIONS_H

#include <arch/types.h>

/* Who must not queue, besides a fifth nesting level for which there is no node. */
enum rq_nmi_queueing {
	RQ_NMI_QUEUES,		 /* an NMI queues like anybody (6.15) */
	RQ_NMI_NEVER_QUEUES,	 /* no NMI queues (0d80e7f951be, 6.16.8) */
	RQ_NMI_QUEUES_IF_UNUSED, /* only where its core uses no node (81d5a6a43859, 6.19) */
};

/**
 * struct rq_revision - the behaviours of one version
 * @test_and_set: contended waiters spin on the word; no pending bit, no queue. What
 *	Linux does in x86 guests
 * @entry_before_cmpxchg: the held-table entry is written before the word is claimed, so
 *	no NMI can meet a held lock without its entry (beb7021a6003, 6.19; defect A)
 * @release_before_clear: the word is released before the entry goes, for the same reason
 *	(same commit; defect A')
 * @aa_check_immediate: the own table is searched when a wait begins; otherwise with each
 *	remote scan, so never before 1 ms (5860f5ce479f, 6.19; defect B)
 * @aa_check_before_queue: and again before a node is touched, because a queued waiter
 *	that is not the head checks nothing (087849cca31d, 6.19; defect E)
 * @nmi_queueing: see above (defects C and D)
 * @no_node_spins: who may not queue repeats the trylock under the checks of a 0.25 s wait;
 *	otherwise it tries once and reports -EDEADLK (30dc2f7025fe, 6.19)
 * @deadlock_flushes_queue: a head that finds a deadlock sends the innocent queue away too;
 *	otherwise it hands its place on (7bd6e5ce5be6, 6.19)
 * @flushed_is_deadlock: flushed waiters return -EDEADLK instead of -ETIMEDOUT (until the
 *	same series)
 * @lone_head_tail_reset: a head that hands its place on first looks whether there is
 *	anybody, and takes the queue down if not (7a3c0289c3c8, 7.2; defect F)
 * @plain_count: lock and unlock keep the table's count with plain reads and writes, and spend
 *	no instruction that they need not; no release does. Needs the orders of beb7021a6003
 * @tas_pushes_again: the test-and-set path takes a second entry that nobody releases
 *	(before 82f3b142c99c, 7.0); a negative control here
 * @keeps_pending: a pending waiter that fails leaves its bit behind; a negative control
 *	that no release ever had
 */
struct rq_revision {
	bool test_and_set;
	bool entry_before_cmpxchg;
	bool release_before_clear;
	bool aa_check_immediate;
	bool aa_check_before_queue;
	enum rq_nmi_queueing nmi_queueing;
	bool no_node_spins;
	bool deadlock_flushes_queue;
	bool flushed_is_deadlock;
	bool lone_head_tail_reset;
	bool plain_count;
	bool tas_pushes_again;
	bool keeps_pending;
};

/* 6.15 to 6.16.7: as merged. */
#define RQ_REVISION_6_15                                                                           \
	.nmi_queueing = RQ_NMI_QUEUES, .no_node_spins = true, .deadlock_flushes_queue = true,      \
	.flushed_is_deadlock = true

/* 6.16.8 to 6.17.12: NMIs spin in trylock instead of queueing. */
#define RQ_REVISION_6_17                                                                           \
	.nmi_queueing = RQ_NMI_NEVER_QUEUES, .no_node_spins = true,                                \
	.deadlock_flushes_queue = true, .flushed_is_deadlock = true

/*
 * 6.18 long-term: two of the five patches of November 2025. NMIs may queue again, but
 * the checks that make this safe are missing.
 */
#define RQ_REVISION_6_18                                                                           \
	.entry_before_cmpxchg = true, .release_before_clear = true,                                \
	.nmi_queueing = RQ_NMI_QUEUES_IF_UNUSED, .no_node_spins = true,                            \
	.deadlock_flushes_queue = true, .flushed_is_deadlock = true

/* 6.19 to 7.1: the whole series, and the unbounded wait of a lone head. */
#define RQ_REVISION_6_19                                                                           \
	.entry_before_cmpxchg = true, .release_before_clear = true, .aa_check_immediate = true,    \
	.aa_check_before_queue = true, .nmi_queueing = RQ_NMI_QUEUES_IF_UNUSED

/* 7.2 */
#define RQ_REVISION_7_2 RQ_REVISION_6_19, .lone_head_tail_reset = true

/* Ours: what 7.2 does, for less. */
#define RQ_REVISION_NEXT RQ_REVISION_7_2, .plain_count = true

#endif
