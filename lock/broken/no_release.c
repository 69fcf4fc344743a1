/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Negative control: unlock forgets to store. The next taker spins for ever, so the
 * supervisor must end it.
 */
#include "../hot.h"

struct no_release {
	u32 word; /* 0 free, 1 held */
};

static LOCK_TEXT(no_release) void no_release_init(void *lock)
{
	struct no_release *l = lock;

	atomic_write_rlx(&l->word, 0);
}

static __always_inline int no_release_take(void *lock)
{
	struct no_release *l = lock;

	while (atomic_xchg_acq(&l->word, 1)) {
		LOCK_WINDOW(11);
		cpu_wait_change32(&l->word, 1);
	}
	return 0;
}

static LOCK_TEXT(no_release) bool no_release_try(void *lock)
{
	struct no_release *l = lock;

	return !atomic_xchg_acq(&l->word, 1);
}

static __always_inline void no_release_drop(void *lock)
{
	barrier();
}

static LOCK_TEXT(no_release) int no_release_acquire(void *lock)
{
	return no_release_take(lock);
}

static LOCK_TEXT(no_release) void no_release_release(void *lock)
{
	no_release_drop(lock);
}

static u64 no_release_word(const void *lock)
{
	return atomic_read_rlx(&((const struct no_release *)lock)->word);
}

static bool no_release_is_locked(const void *lock)
{
	return no_release_word(lock) != 0;
}

static void no_release_decode(const void *lock, struct text *out)
{
	text_printf(out, "word=0x%08x", (u32)no_release_word(lock));
}

static void no_release_decode_cpu(const struct cpu *cpu, struct text *out)
{
	/* Keeps nothing per core. */
}

static bool no_release_at_rest(const void *lock, struct text *why)
{
	if (!no_release_word(lock))
		return true;
	text_printf(why, "not free: ");
	no_release_decode(lock, why);
	return false;
}

LOCK_HOT(no_release, no_release_take, no_release_drop);
LOCK_TEXT_RANGE(no_release);

static const struct lock_defect no_release_defects[] = {
	{"exclusion", "hang"},
	{"explore", "fail"},
	{NULL, NULL},
};

static const struct lock_ops no_release = {
	.name = "broken-no-release",
	.origin = "negative control",
	.doc = "unlock that stores nothing",
	.flags = LOCK_NEGATIVE,
	.size = sizeof(struct no_release),
	.atomics = LOCK_ATOMICS,
	.init = no_release_init,
	.acquire = no_release_acquire,
	.try_acquire = no_release_try,
	.release = no_release_release,
	.is_locked = no_release_is_locked,
	.word = no_release_word,
	.decode = no_release_decode,
	.decode_cpu = no_release_decode_cpu,
	.at_rest = no_release_at_rest,
	.defects = no_release_defects,
	LOCK_HOT_OPS(no_release),
	.text_start = no_release_text_start,
	.text_end = no_release_text_end,
};
LOCK_REGISTER(no_release);
