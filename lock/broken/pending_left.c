/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Negative control: rqspinlock whose failing pending waiter leaves its bit behind. The
 * next contended taker queues behind a waiter that is gone.
 */
#include "../rqspinlock/instance.h"

static const struct rq_revision pending_left_revision = {RQ_REVISION_7_2, .keeps_pending = true};

RQ_INSTANCE(pending_left);

static const struct lock_defect pending_left_defects[] = {
	{"held-overflow", "fail"},
	{"explore", "fail"},
	{NULL, NULL},
};

static const struct lock_ops pending_left = {
	.name = "broken-pending-left",
	.origin = "negative control",
	.doc = "pending waiter that fails and leaves the pending bit set",
	.flags = RQ_FLAGS | LOCK_NEGATIVE,
	.defects = pending_left_defects,
	RQ_INSTANCE_OPS(pending_left),
};
LOCK_REGISTER(pending_left);
