/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * rqspinlock: the resilient queued spinlock, in five released revisions, the test-and-set
 * form that guests run, and one of ours that costs less.
 *
 * K. K. Dwivedi, A. Starovoitov, "Resilient Queued Spin Lock", merged into Linux 6.15 as
 * 6ffb9017e932. An independent implementation from a description of its behaviour:
 * revisions.h says what each release did differently and which commit changed it,
 * slowpath.h is the algorithm, deadlock.h the checks, held_table.h the data.
 */
#include "instance.h"

static const struct rq_revision rq_6_15_revision = {RQ_REVISION_6_15};
static const struct rq_revision rq_6_17_revision = {RQ_REVISION_6_17};
static const struct rq_revision rq_6_18_revision = {RQ_REVISION_6_18};
static const struct rq_revision rq_6_19_revision = {RQ_REVISION_6_19};
static const struct rq_revision rq_7_2_revision = {RQ_REVISION_7_2};
static const struct rq_revision rq_next_revision = {RQ_REVISION_NEXT};
static const struct rq_revision rq_7_2_tas_revision = {RQ_REVISION_7_2, .test_and_set = true};

RQ_INSTANCE(rq_6_15);
RQ_INSTANCE(rq_6_17);
RQ_INSTANCE(rq_6_18);
RQ_INSTANCE(rq_6_19);
RQ_INSTANCE(rq_7_2);
RQ_INSTANCE(rq_7_2_tas);
RQ_INSTANCE(rq_next);

/*
 * An NMI queues behind its own interrupted head / blocks the owner it interrupted; a head that
 * finds a deadlock sends the innocent queue away.
 */
static const struct lock_defect rq_6_15_defects[] = {
	{"head-nmi", "hang"},	     {"owner-nmi", "fail"},	    {"stress-aa", "may-hang"},
	{"stress-abba", "may-hang"}, {"stress-abbcca", "may-hang"}, {"followed-head", "fail"},
	{"window-map", "fail"},	     {"explore", "fail"},	    {NULL, NULL},
};

static const struct lock_defect rq_6_17_defects[] = {
	{"followed-head", "fail"},
	{"window-map", "fail"},
	{"explore", "fail"},
	{NULL, NULL},
};

static const struct lock_defect rq_6_18_defects[] = {
	{"owner-nmi", "fail"},	{"followed-head", "fail"},
	{"window-map", "fail"}, {"explore", "fail"},
	{NULL, NULL},
};

/* A lone head that finds a deadlock waits for a successor that never comes. */
static const struct lock_defect rq_6_19_defects[] = {
	{"lone-head", "hang"},	     {"window-map", "fail"},
	{"abba", "may-hang"},	     {"hook-reentry", "may-hang"},
	{"stress-abba", "may-hang"}, {"stress-abbcca", "may-hang"},
	{"explore", "fail"},	     {NULL, NULL},
};

static const struct lock_ops rq_6_15 = {
	.name = "rq-6.15",
	.origin = "Linux 6.15 to 6.16.7",
	.doc = "rqspinlock as merged: NMIs queue, entries follow the claim",
	.flags = RQ_FLAGS | LOCK_FIFO | LOCK_OLD,
	.defects = rq_6_15_defects,
	RQ_INSTANCE_OPS(rq_6_15),
};
LOCK_REGISTER(rq_6_15);

static const struct lock_ops rq_6_17 = {
	.name = "rq-6.17",
	.origin = "Linux 6.16.8 to 6.17.12",
	.doc = "rqspinlock whose NMIs spin in trylock instead of queueing",
	.flags = RQ_FLAGS | LOCK_FIFO | LOCK_OLD,
	.defects = rq_6_17_defects,
	RQ_INSTANCE_OPS(rq_6_17),
};
LOCK_REGISTER(rq_6_17);

static const struct lock_ops rq_6_18 = {
	.name = "rq-6.18",
	.origin = "Linux 6.18 long-term",
	.doc = "rqspinlock half fixed: NMIs queue again, without the checks that need it",
	.flags = RQ_FLAGS | LOCK_FIFO | LOCK_OLD,
	.defects = rq_6_18_defects,
	RQ_INSTANCE_OPS(rq_6_18),
};
LOCK_REGISTER(rq_6_18);

static const struct lock_ops rq_6_19 = {
	.name = "rq-6.19",
	.origin = "Linux 6.19 to 7.1",
	.doc = "rqspinlock that keeps the queue on deadlock, and hangs a lone head",
	.flags = RQ_FLAGS | LOCK_FIFO | LOCK_OLD,
	.defects = rq_6_19_defects,
	RQ_INSTANCE_OPS(rq_6_19),
};
LOCK_REGISTER(rq_6_19);

static const struct lock_ops rq_7_2 = {
	.name = "rq-7.2",
	.origin = "Linux 7.2",
	.doc = "rqspinlock with all fixes up to Linux 7.2",
	.flags = RQ_FLAGS | LOCK_FIFO,
	RQ_INSTANCE_OPS(rq_7_2),
};
LOCK_REGISTER(rq_7_2);

static const struct lock_ops rq_7_2_tas = {
	.name = "rq-7.2-tas",
	.origin = "Linux 7.2 in a guest",
	.doc = "rqspinlock's test-and-set path: one word, no queue, 1 s",
	.flags = RQ_FLAGS,
	RQ_INSTANCE_OPS(rq_7_2_tas),
};
LOCK_REGISTER(rq_7_2_tas);

static const struct lock_ops rq_next = {
	.name = "rq-next",
	.origin = "barelock",
	.doc = "rq-7.2 with a cheaper lock and unlock: the table's count needs no atomics",
	.flags = RQ_FLAGS | LOCK_FIFO | LOCK_BY_NAME,
	.like = "rq-7.2",
	RQ_INSTANCE_OPS(rq_next),
};
LOCK_REGISTER(rq_next);
