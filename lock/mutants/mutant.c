/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One mutant: rq-7.2 with one seeded fault, as a lock of its own. Compiled once for each
 * fault of faults.txt; the templates are then the changed copies, and fault.h names them.
 */
#include "instance.h"
#include "fault.h"

static const struct rq_revision MUTANT_REVISION = {RQ_REVISION_7_2, MUTANT_MEMBERS};

/* Expanded once more, so that the names are those of the fault. */
#define MUTANT_INSTANCE(id) RQ_INSTANCE(id)
#define MUTANT_OPS(id)	    RQ_INSTANCE_OPS(id)
#define MUTANT_REGISTER(id) LOCK_REGISTER(id)

MUTANT_INSTANCE(MUTANT_ID);

/* Which scenario sees it is what a run of them has to find out. */
static const struct lock_defect mutant_defects[] = {
	{LOCK_ANY_SCENARIO, "may-fail"},
	{LOCK_ANY_SCENARIO, "may-hang"},
	{NULL, NULL},
};

static const struct lock_ops MUTANT_ID = {
	.name = MUTANT_NAME,
	.origin = "rq-7.2 with a seeded fault",
	.doc = MUTANT_WRONG,
	.flags = RQ_FLAGS | LOCK_FIFO | LOCK_NEGATIVE,
	.like = MUTANT_LIKE,
	.defects = mutant_defects,
	MUTANT_OPS(MUTANT_ID),
};
MUTANT_REGISTER(MUTANT_ID);
