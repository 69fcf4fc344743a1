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

/* As many NMIs a second core 0 passes on at least, if so many are asked for. */
#define PACE_MOST_HZ 8000u

/**
 * pace_start() - from now on run @body about @hz times a second on every core of @r
 * @hz: 0: never
 *
 * With many cores at a high rate each gets fewer: see PACE_MOST_HZ.
 * Context: task, boot core, no job running.
 */
void pace_start(struct scenario_run *r, u64 hz, void (*body)(struct scenario_run *r));

/* Context: task; call it in every loop of a paced job. */
void pace_poll(void);

/* Stop, and wait until nothing is in flight. Context: task, boot core, no job running. */
void pace_stop(void);

/* Where the pace came from: "pit", "vtimer", ..., "polled", "none". */
const char *pace_source(void);

#endif
