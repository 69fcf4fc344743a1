/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the scenario "compare" asks of Linux, which it runs on: compare.c, process.c. */
#ifndef TESTS_COMPARE_H
#define TESTS_COMPARE_H

#include <arch/types.h>

#define COMPARE_NAME 48

/**
 * struct order - one line of the schedule: a sample that is to be taken
 * @kind: what is measured: compare.c has the table
 * @lock: its name
 * @threads, @hold_ns, @think_ns: of a contended sample
 * @us: how long it lasts
 */
struct order {
	char kind[COMPARE_NAME], lock[COMPARE_NAME];
	u32 threads;
	u64 hold_ns, think_ns, us;
};

/**
 * order_next() - the next line of the file that COMPARE_SCHEDULE names
 *
 * Return: 1; 0 at its end; -EINVAL for a line that is none, with @o->kind its beginning.
 */
int order_next(struct order *o);

/* Times Linux took this thread's processor away from it so far. */
u64 switches_forced(void);

/* Let others run for a moment: a real-time program must not have the machine for itself. */
void pause_us(u64 us);

#endif
