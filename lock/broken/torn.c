/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Negative control: test and set as two steps. Two cores that look at the free word
 * together both take it: the classic first mistake, and the one that an atomic
 * read-modify-write exists for. The pause between the steps makes it likely on emulators,
 * which change cores only at certain instructions.
 */
#include "../hot.h"

struct torn {
	u32 word; /* 0 free, 1 held */
};

static LOCK_TEXT(torn) void torn_init(void *lock)
{
	struct torn *l = lock;

	atomic_write_rlx(&l->word, 0);
}

static LOCK_TEXT(torn) bool torn_try(void *lock)
{
	struct torn *l = lock;

	if (atomic_read_acq(&l->word))
		return false;
	LOCK_WINDOW(2);
	cpu_relax();
	atomic_write_rlx(&l->word, 1);
	return true;
}

static __always_inline int torn_take(void *lock)
{
	struct torn *l = lock;

	while (!torn_try(l)) {
		LOCK_WINDOW(11);
		cpu_wait_change32(&l->word, 1);
	}
	return 0;
}

static __always_inline void torn_drop(void *lock)
{
	struct torn *l = lock;

	atomic_write_rel(&l->word, 0);
}

static LOCK_TEXT(torn) int torn_acquire(void *lock)
{
	return torn_take(lock);
}

static LOCK_TEXT(torn) void torn_release(void *lock)
{
	torn_drop(lock);
}

static u64 torn_word(const void *lock)
{
	return atomic_read_rlx(&((const struct torn *)lock)->word);
}

static bool torn_is_locked(const void *lock)
{
	return torn_word(lock) != 0;
}

static void torn_decode(const void *lock, struct text *out)
{
	text_printf(out, "word=0x%08x", (u32)torn_word(lock));
}

static void torn_decode_cpu(const struct cpu *cpu, struct text *out)
{
	/* Keeps nothing per core. */
}

static bool torn_at_rest(const void *lock, struct text *why)
{
	if (!torn_word(lock))
		return true;
	text_printf(why, "not free: ");
	torn_decode(lock, why);
	return false;
}

LOCK_HOT(torn, torn_take, torn_drop);
LOCK_TEXT_RANGE(torn);

static const struct lock_defect torn_defects[] = {
	{"exclusion", "fail"},
	{"explore", "fail"},
	{NULL, NULL},
};

static const struct lock_ops torn = {
	.name = "broken-torn",
	.origin = "negative control",
	.doc = "test and set in two steps instead of one",
	.flags = LOCK_NEGATIVE,
	.size = sizeof(struct torn),
	.atomics = LOCK_ATOMICS,
	.init = torn_init,
	.acquire = torn_acquire,
	.try_acquire = torn_try,
	.release = torn_release,
	.is_locked = torn_is_locked,
	.word = torn_word,
	.decode = torn_decode,
	.decode_cpu = torn_decode_cpu,
	.at_rest = torn_at_rest,
	.defects = torn_defects,
	LOCK_HOT_OPS(torn),
	.text_start = torn_text_start,
	.text_end = torn_text_end,
};
LOCK_REGISTER(torn);
