/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * PEER(): a lock out of a library as one of ours. The file defines, before, the functions
 * <id>_take and <id>_drop (inlined into the measuring loops), <id>_init, <id>_try and
 * <id>_is_locked.
 */
#ifndef TESTS_COMPARE_PEER_H
#define TESTS_COMPARE_PEER_H

#include "../../arch/host/linux.h"
#include "../../lock/hot.h"

/* A lock's own number is its library's business: the first bytes, for dumps. */
static inline u64 peer_word(const void *lock)
{
	return READ_ONCE(*(const u32 *)lock);
}

static inline void peer_decode(const void *lock, struct text *out)
{
	text_printf(out, "word=0x%08llx", (unsigned long long)peer_word(lock));
}

static inline void peer_decode_cpu(const struct cpu *cpu, struct text *out)
{
}

#define PEER(id, lock_name, from, what, lock_size, data_size, lock_flags)                          \
	static LOCK_TEXT(id) int id##_acquire(void *lock)                                          \
	{                                                                                          \
		return id##_take(lock);                                                            \
	}                                                                                          \
	static LOCK_TEXT(id) void id##_release(void *lock)                                         \
	{                                                                                          \
		id##_drop(lock);                                                                   \
	}                                                                                          \
	static bool id##_at_rest(const void *lock, struct text *why)                               \
	{                                                                                          \
		if (!id##_is_locked(lock))                                                         \
			return true;                                                               \
		text_printf(why, "not free");                                                      \
		return false;                                                                      \
	}                                                                                          \
	LOCK_HOT(id, id##_take, id##_drop);                                                        \
	LOCK_TEXT_RANGE(id);                                                                       \
	_Static_assert((lock_size) <= LOCK_SIZE_MAX, "larger than a lock may be");                 \
	static const struct lock_ops id = {                                                        \
		.name = lock_name,                                                                 \
		.origin = from,                                                                    \
		.doc = what,                                                                       \
		.flags = lock_flags,                                                               \
		.size = lock_size,                                                                 \
		.percpu_size = data_size,                                                          \
		.atomics = "native",                                                               \
		.init = id##_init,                                                                 \
		.acquire = id##_acquire,                                                           \
		.try_acquire = id##_try,                                                           \
		.release = id##_release,                                                           \
		.is_locked = id##_is_locked,                                                       \
		.word = peer_word,                                                                 \
		.decode = peer_decode,                                                             \
		.decode_cpu = peer_decode_cpu,                                                     \
		.at_rest = id##_at_rest,                                                           \
		LOCK_HOT_OPS(id),                                                                  \
		.text_start = id##_text_start,                                                     \
		.text_end = id##_text_end,                                                         \
	};                                                                                         \
	LOCK_REGISTER(id)

#endif
