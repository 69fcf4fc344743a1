/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * States already met. A table of a fixed size, so that the same exploration forgets the same
 * states everywhere: a full one remembers no more, which costs time and loses nothing. Pure.
 */
#ifndef EXPLORE_SEEN_H
#define EXPLORE_SEEN_H

#include <arch/types.h>

/**
 * struct seen - see above
 * @slots: a power of two
 * @epoch: entries of other epochs count as free
 * @dropped: states that found no room
 */
struct seen {
	struct seen_slot {
		u64 key, epoch;
	} * slot;
	size_t slots, used;
	u64 epoch, dropped;
};

/* @memory: zeroed, @size bytes; uses the largest power of two of slots. */
void seen_init(struct seen *s, void *memory, size_t size);

/* Forget all. */
void seen_clear(struct seen *s);

/* Was @key here before? It is from now on. */
bool seen_before(struct seen *s, u64 key);

#endif
