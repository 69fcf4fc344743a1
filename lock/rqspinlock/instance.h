/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * RQ_INSTANCE(): one revision as a lock of its own, with its own machine code.
 */
#ifndef RQSPINLOCK_INSTANCE_H
#define RQSPINLOCK_INSTANCE_H

#include "../hot.h"
#include "inspect.h"
#include "slowpath.h"

#define RQ_FLAGS (LOCK_RESILIENT | LOCK_NMI_SAFE | LOCK_FAST_WORD)

/**
 * RQ_INSTANCE() - functions of one revision
 * @id: prefix of its functions; <id>_revision is its static const struct rq_revision
 *
 * Slow path and check stay out of line, so the fast path inlines into the hot loops.
 */
#define RQ_INSTANCE(id)                                                                            \
	static LOCK_TEXT(id)                                                                       \
		__noinline int id##_check(struct rq_lock *lock, u32 mask, struct rq_wait *w)       \
	{                                                                                          \
		return rq_check(&id##_revision, lock, mask, w);                                    \
	}                                                                                          \
	static LOCK_TEXT(id) __noinline int id##_slowpath(struct rq_lock *lock, u32 seen)          \
	{                                                                                          \
		return rq_slowpath(&id##_revision, id##_check, lock, seen);                        \
	}                                                                                          \
	static __always_inline int id##_take(void *lock)                                           \
	{                                                                                          \
		return rq_acquire(&id##_revision, id##_slowpath, lock);                            \
	}                                                                                          \
	static __always_inline void id##_drop(void *lock)                                          \
	{                                                                                          \
		rq_release(&id##_revision, lock);                                                  \
	}                                                                                          \
	static LOCK_TEXT(id) int id##_acquire(void *lock)                                          \
	{                                                                                          \
		return id##_take(lock);                                                            \
	}                                                                                          \
	static LOCK_TEXT(id) bool id##_try(void *lock)                                             \
	{                                                                                          \
		return rq_try_acquire(&id##_revision, lock);                                       \
	}                                                                                          \
	static LOCK_TEXT(id) void id##_release(void *lock)                                         \
	{                                                                                          \
		id##_drop(lock);                                                                   \
	}                                                                                          \
	LOCK_HOT(id, id##_take, id##_drop);                                                        \
	LOCK_TEXT_RANGE(id)

/* The members of struct lock_ops that every instance fills alike. */
#define RQ_INSTANCE_OPS(id)                                                                        \
	.size = sizeof(struct rq_lock), .percpu_size = sizeof(struct rq_percpu),                   \
	.atomics = LOCK_ATOMICS, .init = rq_init, .acquire = id##_acquire,                         \
	.try_acquire = id##_try, .release = id##_release, .is_locked = rq_is_locked,               \
	.word = rq_word, .decode = rq_decode, .decode_cpu = rq_decode_cpu, .at_rest = rq_at_rest,  \
	LOCK_HOT_OPS(id), .text_start = id##_text_start, .text_end = id##_text_end

#endif
