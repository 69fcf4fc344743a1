/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Programs over locks for the exploration engine: what is a fault there, and a failing
 * schedule as one short word: R1.<id>.<lock>.<program>.<decisions>. The id is a checksum of
 * the lock's machine code, the program and the engine's version: a rebuild that changes none
 * of them keeps it.
 */
#ifndef TESTS_EXPLORE_H
#define TESTS_EXPLORE_H

#include "program.h"
#include "../kernel/explore/schedule.h"

#define EXPLORE_VERSION 1

/* What the engine calls a kind: enum trial_fault, and further ones. */
enum explore_fault {
	FAULT_TIMEOUT = TRIAL_ENDLESS + 1, /* a deadlock that the lock ought to have found */
	FAULT_INNOCENT,			   /* a task failed that was no part of a deadlock */
};

const char *explore_fault_name(u32 kind);

/**
 * struct exploration - one physical core's
 * @e, @trial: its engine and its world
 * @program, @ops: what is explored now
 * @detail: of the latest check, if it was asked for by @explain
 */
struct exploration {
	struct explorer e;
	struct trial *trial;
	const struct program *program;
	const struct lock_ops *ops;
	bool explain;
	char detail[160];
};

/* Memory for one. NULL: no more. Context: boot core. */
struct exploration *exploration_new(void);

/* Point it to a program and a lock; counts and failures are cleared. */
void exploration_prepare(struct exploration *x, const struct program *p, const struct lock_ops *ops,
			 const struct explore_bounds *bounds);

/* Other bounds for the same: counts begin again, failures stay. */
void exploration_bound(struct exploration *x, const struct explore_bounds *bounds);

/* Checksum of everything that a schedule's meaning depends on. */
u32 explore_id(const struct program *p, const struct lock_ops *ops);

void explore_word_print(const struct exploration *x, const struct schedule *s, struct text *out);

/**
 * explore_word_parse() - read one again
 * @why: on failure one sentence: what is wrong, or that it is of another build
 */
bool explore_word_parse(const char *word, const struct program **p, const struct lock_ops **ops,
			struct schedule *s, struct text *why);

#endif
