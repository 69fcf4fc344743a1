/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Looking at rqspinlock's state from outside, for dumps and verdicts. Shared by all
 * revisions, trusts none: every walk is bounded, whatever the words say.
 */
#ifndef RQSPINLOCK_INSPECT_H
#define RQSPINLOCK_INSPECT_H

#include "held_table.h"

/* As the members of struct lock_ops. */
void rq_init(void *lock);
u64 rq_word(const void *lock);
bool rq_is_locked(const void *lock);
void rq_decode(const void *lock, struct text *out);
void rq_decode_cpu(const struct cpu *cpu, struct text *out);
bool rq_at_rest(const void *lock, struct text *why);

#endif
