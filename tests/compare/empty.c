/* SPDX-License-Identifier: GPL-2.0-or-later */
/* No lock at all: what the measuring loop itself costs. Never contended, never entered. */
#include "peer.h"

static __always_inline int empty_take(void *lock)
{
	barrier();
	return 0;
}

static __always_inline void empty_drop(void *lock)
{
	barrier();
}

static void empty_init(void *lock)
{
}

static bool empty_try(void *lock)
{
	return true;
}

static bool empty_is_locked(const void *lock)
{
	return false;
}

PEER(empty, "empty-loop", "-", "no lock: the measuring loop alone", 4, 0, LOCK_NEGATIVE);
