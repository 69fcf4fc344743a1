/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "seen.h"

/* Fuller tables make long walks. */
#define FILL_OF_8 6

void seen_init(struct seen *s, void *memory, size_t size)
{
	s->slot = memory;
	s->slots = 1;
	while (s->slots * 2 * sizeof(*s->slot) <= size)
		s->slots *= 2;
	s->used = 0;
	s->epoch = 1;
	s->dropped = 0;
}

void seen_clear(struct seen *s)
{
	s->epoch++;
	s->used = 0;
}

bool seen_before(struct seen *s, u64 key)
{
	size_t i = key & (s->slots - 1);

	while (s->slot[i].epoch == s->epoch) {
		if (s->slot[i].key == key)
			return true;
		i = (i + 1) & (s->slots - 1);
	}
	if (s->used >= s->slots / 8 * FILL_OF_8) {
		s->dropped++;
		return false;
	}
	s->slot[i].key = key;
	s->slot[i].epoch = s->epoch;
	s->used++;
	return false;
}
