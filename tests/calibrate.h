/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The two halves of calibrate: the scenario with clock and cores, and what it says of NMIs. */
#ifndef TESTS_CALIBRATE_H
#define TESTS_CALIBRATE_H

#include "script.h"

/* One word on lines of its own. */
struct calibrate_word {
	u32 value;
} __aligned(2 * CACHE_LINE);

/* Spin until *@word is @value. Return: false when the job is being ended. */
bool calibrate_spin_until(const u32 *word, u32 value);

/**
 * calibrate_nmis() - latency to itself and across, rate, landing places, sources
 *
 * Return: false when a job was ended by the supervisor. Context: task, boot core.
 */
bool calibrate_nmis(struct scenario_run *r);

/* Report what calibrate_nmis() found; run_error() for what is wrong with it. */
void calibrate_nmis_check(struct scenario_run *r);

#endif
