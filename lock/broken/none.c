/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Negative control: no lock at all. Always "free", always taken: only the oracle can see
 * that two cores are inside.
 */
#include "../hot.h"

struct none {
	u32 unused;
};

static LOCK_TEXT(none) void none_init(void *lock)
{
	barrier();
}

/* The barriers keep what a real lock has: the compiler moves no access out or in. */
static __always_inline int none_take(void *lock)
{
	barrier();
	return 0;
}

static LOCK_TEXT(none) int none_acquire(void *lock)
{
	return none_take(lock);
}

static LOCK_TEXT(none) bool none_try(void *lock)
{
	return none_take(lock) == 0;
}

static __always_inline void none_drop(void *lock)
{
	barrier();
}

static LOCK_TEXT(none) void none_release(void *lock)
{
	none_drop(lock);
}

static u64 none_word(const void *lock)
{
	return 0;
}

static bool none_is_locked(const void *lock)
{
	return false;
}

static void none_decode(const void *lock, struct text *out)
{
	text_printf(out, "no state");
}

static void none_decode_cpu(const struct cpu *cpu, struct text *out)
{
	/* Keeps nothing per core. */
}

static bool none_at_rest(const void *lock, struct text *why)
{
	return true;
}

LOCK_HOT(none, none_take, none_drop);
LOCK_TEXT_RANGE(none);

static const struct lock_defect none_defects[] = {
	{"exclusion", "fail"},
	{"explore", "fail"},
	{NULL, NULL},
};

static const struct lock_ops none = {
	.name = "broken-none",
	.origin = "negative control",
	.doc = "no lock at all",
	.flags = LOCK_NEGATIVE,
	.size = sizeof(struct none),
	.atomics = LOCK_ATOMICS,
	.init = none_init,
	.acquire = none_acquire,
	.try_acquire = none_try,
	.release = none_release,
	.is_locked = none_is_locked,
	.word = none_word,
	.decode = none_decode,
	.decode_cpu = none_decode_cpu,
	.at_rest = none_at_rest,
	.defects = none_defects,
	LOCK_HOT_OPS(none),
	.text_start = none_text_start,
	.text_end = none_text_end,
};
LOCK_REGISTER(none);
