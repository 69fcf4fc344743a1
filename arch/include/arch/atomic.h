/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * arch/atomic.h - the read-modify-write operations that locks are made of.
 *
 * Ordinary atomics are the compiler's __atomic builtins: on arm64 every file under
 * lock/ is compiled twice, with and without LSE, and the registry picks at run time;
 * everything else uses the baseline. Here are only short names with the ordering in
 * the name (as in libvsync), and the one operation whose shape differs by machine.
 * Context: any, NMI included.
 */
#ifndef ARCH_ATOMIC_H
#define ARCH_ATOMIC_H

#include <arch/types.h>

/* "rlx" relaxed, "acq" acquire, "rel" release, "full" sequentially consistent */
#define atomic_read_rlx(p)     __atomic_load_n((p), __ATOMIC_RELAXED)
#define atomic_read_acq(p)     __atomic_load_n((p), __ATOMIC_ACQUIRE)
#define atomic_write_rlx(p, v) __atomic_store_n((p), (v), __ATOMIC_RELAXED)
#define atomic_write_rel(p, v) __atomic_store_n((p), (v), __ATOMIC_RELEASE)
#define atomic_xchg_rlx(p, v)  __atomic_exchange_n((p), (v), __ATOMIC_RELAXED)
#define atomic_xchg_acq(p, v)  __atomic_exchange_n((p), (v), __ATOMIC_ACQUIRE)
#define atomic_xchg_full(p, v) __atomic_exchange_n((p), (v), __ATOMIC_SEQ_CST)
#define atomic_add_rlx(p, v)   __atomic_fetch_add((p), (v), __ATOMIC_RELAXED)
#define atomic_add_full(p, v)  __atomic_fetch_add((p), (v), __ATOMIC_SEQ_CST)
#define atomic_or_full(p, v)   __atomic_fetch_or((p), (v), __ATOMIC_SEQ_CST)

/* Compare *p with *old and store new if equal; otherwise *old becomes the value seen. */
#define atomic_try_cmpxchg_rlx(p, old, new)                                                        \
	__atomic_compare_exchange_n((p), (old), (new), false, __ATOMIC_RELAXED, __ATOMIC_RELAXED)
#define atomic_try_cmpxchg_acq(p, old, new)                                                        \
	__atomic_compare_exchange_n((p), (old), (new), false, __ATOMIC_ACQUIRE, __ATOMIC_RELAXED)
#define atomic_try_cmpxchg_full(p, old, new)                                                       \
	__atomic_compare_exchange_n((p), (old), (new), false, __ATOMIC_SEQ_CST, __ATOMIC_RELAXED)

/**
 * atomic_fetch_set_bit_acq() - set one bit, return the word as it was (acquire)
 * @p:   word
 * @bit: bit number, compile-time constant
 *
 * arm64: one fetch-or. x86: LOCK BTS plus a separate plain read of the other bits, as
 * Linux's queued spinlock does it; a change of other bits between the two is visible.
 */
static inline u32 atomic_fetch_set_bit_acq(u32 *p, u32 bit);

/**
 * ATOMIC_HANDOVER_SPINS - re-reads granted to a hand-over in flight (word 0,1,0)
 *
 * asm/atomic.h defines it: 512 on x86, 1 elsewhere (reference: the lock's contract, S1).
 *
 * ATOMIC_CHECK_EVERY_PASS - the timeout and deadlock check of a bounded wait runs on
 * every pass of the loop (1, arm64: each pass sleeps in WFE) or each time a 16-bit pass
 * counter wraps to zero (0, x86).
 */
#include <asm/atomic.h>

#endif
