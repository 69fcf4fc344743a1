/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the parts of a trial share: trial.c, trial_check.c, trial_dump.c, directives.c. */
#ifndef TESTS_TRIAL_H
#define TESTS_TRIAL_H

#include "program.h"

#define TRIAL_OWNER_NMI 0x80u
/* As many NMIs on one core leave room for their attempts' records. */
#define TRIAL_NMIS 4
/* Steps between two looks at the bounds. */
#define TRIAL_SLICE 50000

/* Does @v stand at a wait instruction of the lock, having looked at least once? */
bool trial_at_wait(const struct trial *t, const struct vcore *v);

/* Mask of cores that wait in the queue of @lock while @core is about to try it. */
u32 trial_waiting(const struct trial *t, u32 core, u32 lock);

/* Is what the attempt returned allowed? Keeps the order of waiters. */
enum trial_fault trial_judge(struct trial *t, u32 core, u32 level, const struct op *op, int rc);

/* As trial_finish(), but whoever waits for a held core is no hang. */
bool trial_go_on(struct trial *t, u32 held);

#endif
