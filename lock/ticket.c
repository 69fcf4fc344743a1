/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Ticket lock: take a number, wait until it is served.
 *
 * After D. P. Reed and R. K. Kanodia, "Synchronization with eventcounts and sequencers",
 * CACM 22(2), 1979, and section 2.2 of J. M. Mellor-Crummey and M. L. Scott, "Algorithms
 * for scalable synchronization on shared-memory multiprocessors", ACM TOCS 9(1), 1991.
 * FIFO with one word, but every hand-over invalidates every waiter's line. Not NMI-safe:
 * an NMI that draws a ticket behind the context it interrupted waits for ever.
 */
#include "hot.h"

struct ticket {
	union {
		u32 word;
		struct {
			u16 owner, next; /* little-endian on both machines */
		};
	};
};

static LOCK_TEXT(ticket) void ticket_init(void *lock)
{
	struct ticket *l = lock;

	atomic_write_rlx(&l->word, 0);
}

static __always_inline int ticket_take(void *lock)
{
	struct ticket *l = lock;
	u16 mine = __atomic_fetch_add(&l->next, 1, __ATOMIC_RELAXED);

	for (;;) {
		u32 seen = atomic_read_acq(&l->word);

		if ((u16)seen == mine)
			return 0;
		LOCK_WINDOW(10);
		cpu_wait_change32(&l->word, seen);
	}
}

static LOCK_TEXT(ticket) int ticket_acquire(void *lock)
{
	return ticket_take(lock);
}

static LOCK_TEXT(ticket) bool ticket_try(void *lock)
{
	struct ticket *l = lock;
	u32 seen = atomic_read_rlx(&l->word);

	if ((u16)seen != (u16)(seen >> 16))
		return false;
	return atomic_try_cmpxchg_acq(&l->word, &seen, seen + (1u << 16));
}

/* Only the owner writes @owner, so the increment need not be atomic. */
static __always_inline void ticket_serve(void *lock)
{
	struct ticket *l = lock;

	atomic_write_rel(&l->owner, (u16)(atomic_read_rlx(&l->owner) + 1));
}

static LOCK_TEXT(ticket) void ticket_release(void *lock)
{
	ticket_serve(lock);
}

static u64 ticket_word(const void *lock)
{
	return atomic_read_rlx(&((const struct ticket *)lock)->word);
}

static bool ticket_is_locked(const void *lock)
{
	u32 word = (u32)ticket_word(lock);

	return (u16)word != (u16)(word >> 16);
}

static void ticket_decode(const void *lock, struct text *out)
{
	u32 word = (u32)ticket_word(lock);
	u32 owner = (u16)word, next = word >> 16;

	text_printf(out, "word=0x%08x serving=%u next=%u waiting=%u", word, owner, next,
		    next == owner ? 0 : (u16)(next - owner - 1));
}

static void ticket_decode_cpu(const struct cpu *cpu, struct text *out)
{
	/* Keeps nothing per core. */
}

static bool ticket_at_rest(const void *lock, struct text *why)
{
	if (!ticket_is_locked(lock))
		return true;
	text_printf(why, "tickets drawn and not served: ");
	ticket_decode(lock, why);
	return false;
}

LOCK_HOT(ticket, ticket_take, ticket_serve);
LOCK_TEXT_RANGE(ticket);

static const struct lock_ops ticket = {
	.name = "ticket",
	.origin = "Reed, Kanodia, CACM 22(2), 1979",
	.doc = "ticket lock: FIFO, one shared word",
	.flags = LOCK_FIFO,
	.size = sizeof(struct ticket),
	.atomics = LOCK_ATOMICS,
	.init = ticket_init,
	.acquire = ticket_acquire,
	.try_acquire = ticket_try,
	.release = ticket_release,
	.is_locked = ticket_is_locked,
	.word = ticket_word,
	.decode = ticket_decode,
	.decode_cpu = ticket_decode_cpu,
	.at_rest = ticket_at_rest,
	LOCK_HOT_OPS(ticket),
	.text_start = ticket_text_start,
	.text_end = ticket_text_end,
};
LOCK_REGISTER(ticket);
