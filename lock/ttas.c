/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Test-and-test-and-set: spin on a plain read, swap when it looks free.
 *
 * After L. Rudolph and Z. Segall, "Dynamic decentralized cache schemes for MIMD parallel
 * processors", ISCA 1984. The smallest lock there is, and unfair without bound: whoever
 * holds the line wins again. Not NMI-safe: an NMI that wants the lock its core holds spins
 * for ever.
 */
#include "hot.h"

struct ttas {
	u32 word; /* 0 free, 1 held */
};

static LOCK_TEXT(ttas) void ttas_init(void *lock)
{
	struct ttas *l = lock;

	atomic_write_rlx(&l->word, 0);
}

static __always_inline int ttas_take(void *lock)
{
	struct ttas *l = lock;

	/* Swap first: where nobody holds it, the line is fetched once, and exclusive. */
	while (atomic_xchg_acq(&l->word, 1)) {
		while (atomic_read_rlx(&l->word)) {
			LOCK_WINDOW(11);
			cpu_wait_change32(&l->word, 1);
		}
	}
	return 0;
}

static LOCK_TEXT(ttas) int ttas_acquire(void *lock)
{
	return ttas_take(lock);
}

static LOCK_TEXT(ttas) bool ttas_try(void *lock)
{
	struct ttas *l = lock;

	return !atomic_read_rlx(&l->word) && !atomic_xchg_acq(&l->word, 1);
}

static __always_inline void ttas_drop(void *lock)
{
	struct ttas *l = lock;

	atomic_write_rel(&l->word, 0);
}

static LOCK_TEXT(ttas) void ttas_release(void *lock)
{
	ttas_drop(lock);
}

static u64 ttas_word(const void *lock)
{
	return atomic_read_rlx(&((const struct ttas *)lock)->word);
}

static bool ttas_is_locked(const void *lock)
{
	return ttas_word(lock) != 0;
}

static void ttas_decode(const void *lock, struct text *out)
{
	text_printf(out, "word=0x%08x", (u32)ttas_word(lock));
}

static void ttas_decode_cpu(const struct cpu *cpu, struct text *out)
{
	/* Keeps nothing per core. */
}

static bool ttas_at_rest(const void *lock, struct text *why)
{
	if (!ttas_word(lock))
		return true;
	text_printf(why, "not free: ");
	ttas_decode(lock, why);
	return false;
}

LOCK_HOT(ttas, ttas_take, ttas_drop);
LOCK_TEXT_RANGE(ttas);

static const struct lock_ops ttas = {
	.name = "ttas",
	.origin = "Rudolph, Segall, ISCA 1984",
	.doc = "test-and-test-and-set: one word, unfair",
	.flags = LOCK_FAST_WORD,
	.size = sizeof(struct ttas),
	.atomics = LOCK_ATOMICS,
	.init = ttas_init,
	.acquire = ttas_acquire,
	.try_acquire = ttas_try,
	.release = ttas_release,
	.is_locked = ttas_is_locked,
	.word = ttas_word,
	.decode = ttas_decode,
	.decode_cpu = ttas_decode_cpu,
	.at_rest = ttas_at_rest,
	LOCK_HOT_OPS(ttas),
	.text_start = ttas_text_start,
	.text_end = ttas_text_end,
};
LOCK_REGISTER(ttas);
