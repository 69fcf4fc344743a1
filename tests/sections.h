/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Section lengths and NMI rate of the scenarios that have them: their own, or those of the
 * options hold=, nmi_hold= and nmi_hz=; and what such lengths mean for budgets and bounds.
 */
#ifndef TESTS_SECTIONS_H
#define TESTS_SECTIONS_H

#include "scenario.h"

/**
 * struct sections
 * @task_ns, @nmi_ns: how long a task and an NMI hold the lock
 * @nmi_hz: NMIs a second on each core, 0: none
 */
struct sections {
	u64 task_ns, nmi_ns;
	u64 nmi_hz;
};

/* The scenario's @own ones, where the user does not say otherwise. */
struct sections sections_chosen(const struct scenario_run *r, struct sections own);

/* The longer of the two. */
u64 sections_longest(const struct sections *s);

/* Until each core of @r that waits for a lock now has had it and is out again, at most. */
u64 sections_turn_ns(const struct scenario_run *r, const struct sections *s);

/**
 * sections_in_time() - does nobody who only waits for his turn have to give up?
 *
 * Those who watch the clock wait for two sections, of owner and pending waiter, in a FIFO
 * lock, and for any number in another.
 */
bool sections_in_time(const struct scenario_run *r, const struct sections *s);

/* Do NMIs take so much time that little of it is left to tasks? */
bool sections_nmi_bound(const struct sections *s);

#endif
