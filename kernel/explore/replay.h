/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One schedule again, printed as it runs: a column for each core, a line for each executed
 * instruction, and what the caller has to say of the memory whenever that has changed.
 *
 * Under a debugger: "break replay_stop" stops at each decision, before the core it names goes
 * on; e->world->core[i]->live.context[] has the registers of every core.
 */
#ifndef EXPLORE_REPLAY_H
#define EXPLORE_REPLAY_H

#include "schedule.h"

/* Pieces of state that @describe may know. */
#define REPLAY_ITEMS 16
#define REPLAY_TEXT  160

/**
 * struct replay - what a replay needs
 * @describe: piece @item of the shared state in words, "" if there is nothing to say.
 *            Return: false from the last one on
 * @trace: room for addresses of executed instructions
 * @lines: printed so far; at most @lines_max are
 */
struct replay {
	struct explorer *e;
	bool (*describe)(void *arg, u32 item, struct text *out);
	void *arg;
	uintptr_t *trace;
	u32 trace_max;
	u32 lines, lines_max;
	u64 position, now;
	u32 level[WORLD_CORES];
	char last[REPLAY_ITEMS][REPLAY_TEXT];
};

/**
 * replay_run() - run @s exactly
 * @kind: fault it ended with, 0: none
 *
 * Return: false if it could not be followed. Context: task, in a job, boot core: it prints.
 */
bool replay_run(struct replay *r, const struct schedule *s, u32 *kind);

/* Called at each decision, for debuggers. */
void replay_stop(u64 position, u32 kind, u32 core);

#endif
