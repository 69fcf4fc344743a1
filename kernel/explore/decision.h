/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A schedule in few words: where a run leaves the default order (world_default()), and how.
 * Written as "123c1" (at world_position() 123 core 1 goes on) and "140n0" (an NMI on core 0,
 * which goes on), joined by '-'; "d" is the default order itself. Pure.
 */
#ifndef EXPLORE_DECISION_H
#define EXPLORE_DECISION_H

#include <arch/types.h>
#include "../printf.h"

#define SCHEDULE_MAX 64

enum decision_kind { DECIDE_CORE, DECIDE_NMI };

/**
 * struct decision - one departure from the default order
 * @at: world_position() at which it was made
 * @steps: instructions that core @from had executed then: holds when earlier decisions change
 * @kind: enum decision_kind
 * @core: who goes on, and takes the NMI
 * @from: who ran before
 * @preempts: @from could have gone on, and is not @core
 */
struct decision {
	u64 at, steps;
	u8 kind, core, from;
	bool preempts;
};

/**
 * struct schedule - a run from its beginning, in order
 * @overflow: there were more decisions than fit: it cannot be replayed
 */
struct schedule {
	u32 count, nmis, preemptions;
	bool overflow;
	struct decision decision[SCHEDULE_MAX];
};

/* Append; sets @overflow if there is no room. */
void schedule_add(struct schedule *s, const struct decision *d);

/* Keep the first @count decisions. */
void schedule_cut(struct schedule *s, u32 count);

/*
 * Order of what is worth reading first: fewest NMIs, fewest preemptions, fewest decisions, then
 * the earliest. Return: < 0, 0, > 0. Total: 0 for equal ones only.
 */
int schedule_compare(const struct schedule *a, const struct schedule *b);

/* Append "123c1-140n0". */
void schedule_print(const struct schedule *s, struct text *out);

/**
 * schedule_parse() - read what schedule_print() wrote
 * @why: what is wrong with it, one sentence
 *
 * Positions must not go down; @steps, @from and @preempts are not in the text and stay 0.
 */
bool schedule_parse(struct schedule *s, const char *text, u32 cores, struct text *why);

#endif
