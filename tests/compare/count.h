/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Instructions of a lock's own measuring loop, counted by the stepper. */
#ifndef TESTS_COMPARE_COUNT_H
#define TESTS_COMPARE_COUNT_H

#include "../../lock/lock.h"

/**
 * struct count
 * @held: with the lock held by the same core: each turn of the loop is refused
 * @instructions: of one turn, the loop's own included
 * @missing: why there is no such number, or NULL
 */
struct count {
	const struct lock_ops *ops;
	void *lock;
	bool held;
	u64 instructions;
	const char *missing;
};

/* Context: task, on the core that is to step; in a job. */
void count_instructions(struct count *c);

#endif
