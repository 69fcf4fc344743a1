/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * NMIs on every core at a steady pace, whatever the machine has to make them.
 *
 * One periodic source on core 0, which passes each NMI on to the other cores; so a core
 * is hit wherever it is, waiting for a lock included. Where there is no periodic source,
 * cores that call pace_poll() in their own loops send them: then nothing arrives while
 * all of them wait.
 */
#ifndef TESTS_PACE_H
#define TESTS_PACE_H

#include "scenario.h"

/**
 * pace_start() - from now on run @body about @hz times a second on every core of @r
 *
 * With many cores each gets fewer: one tick reaches at most PACE_FANOUT other cores.
 * Context: task, boot core, no job running.
 */
#define PACE_FANOUT 8
void pace_start(struct scenario_run *r, u64 hz, void (*body)(struct scenario_run *r));

/* Context: task; call it in every loop of a paced job. */
void pace_poll(void);

/* Stop, and wait until nothing is in flight. Context: task, boot core, no job running. */
void pace_stop(void);

/* Where the pace came from: "pit", "vtimer", ..., "polled". */
const char *pace_source(void);

#endif
