/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Three cores at one lock: core 0 owns it, core 1 is pending, core 2 heads the queue. What
 * happens to the three while they stand like that is the scenario's.
 */
#ifndef TESTS_TRIO_H
#define TESTS_TRIO_H

#include "script.h"

/**
 * trio_run() - put the three in place, call @act, let them go and take the lock once more each
 * @act: called on core 0, which holds the lock, once both others wait; not called if they
 *       never do
 *
 * Successes of a lock that lets nobody down: TRIO_ENTRIES. Context: task, boot core.
 */
void trio_run(struct scenario_run *r, void (*act)(struct scenario_run *r));

#define TRIO_ENTRIES 6

/* For script_nmi(): take the lock that the three are about. Context: NMI. */
void trio_nmi_body(struct scenario_run *r);

/* Do checks of the own table come so late here that the times say nothing? */
bool trio_late(void);

#endif
