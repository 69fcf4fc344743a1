/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * step_probe.h - a known function on a virtual core, and what is known of it: for the
 * scenario that tests the stepper.
 */
#ifndef TESTS_STEP_PROBE_H
#define TESTS_STEP_PROBE_H

#include <arch/step.h>
#include "scenario.h"

#define PROBE_TRACE   512
#define PROBE_TEXT    512
#define PROBE_ROUNDS  3
#define PROBE_RELAXES (2 * PROBE_ROUNDS)
#define PROBE_CPU     77
#define PROBE_HANDLED 4711

/* What the function works on; all of it must be the same after each run. */
struct probe_work {
	u32 word, sum, cpu, handled;
};

/**
 * struct probe
 * @cpu: the virtual core
 * @st, @context: steps it; set up by probe_prepare()
 * @trace, @boundaries: addresses of one run's instructions, once the scenario has them
 * @expected, @result: what a run must leave and return
 * @nmis, @nmi_pc, @nmi_base: what probe_on_nmi() saw since probe_prepare()
 * @broken: the first thing that was wrong, or empty
 */
struct probe {
	struct cpu cpu;
	struct stepper st;
	struct step_context context;
	struct probe_work work, expected;
	int result;
	uintptr_t trace[PROBE_TRACE];
	u8 class[PROBE_TEXT];
	u32 boundaries;
	u32 nmis;
	uintptr_t nmi_pc;
	void *nmi_base;
	char broken[120];
};

extern struct probe probe;

/* The function that is stepped: calls, shared memory, an atomic, waits, the core's id. */
int probe_fn(struct probe_work *w);
/* A handler for it, returns PROBE_HANDLED; and a function that never ends. */
int probe_handler(struct probe_work *w);
int probe_spin(struct probe_work *w);
/* For stepper.on_nmi. */
void probe_on_nmi(struct stepper *s);

/* The virtual core belongs to the calling core from now on. */
void probe_core(void);
/* A fresh context that calls @fn, and a stepper that steps it without any stop. */
void probe_prepare(int (*fn)(struct probe_work *));
/* Run to the end: with what must come out? */
bool probe_finished(const char *what, u32 i);
/* Let core @cpu step for ever, in every way: does the supervisor get it back each time? */
bool probe_taken_back(struct scenario_run *r, u32 cpu);
/* Repeat @check while a timer's NMIs come in; true where no timer makes any. Context: a job. */
bool probe_among_ticks(bool (*check)(void));
/* Keep the first reason. Return: false. */
bool probe_wrong(const char *what, u32 i);

#endif
