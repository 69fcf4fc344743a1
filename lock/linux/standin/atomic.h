/* SPDX-License-Identifier: GPL-2.0-or-later */
/* linux/atomic.h and asm/barrier.h, on the compiler's atomics as all locks here. */
#ifndef LINUX_STANDIN_ATOMIC_H
#define LINUX_STANDIN_ATOMIC_H

typedef struct {
	int counter;
} atomic_t;

#define ATOMIC_INIT(i)                                                                             \
	{                                                                                          \
		(i)                                                                                \
	}

#define atomic_read(v)                                                                             \
	({                                                                                         \
		MARK_IF(MARK_SPIN == W_TAS, W_TAS);                                                \
		MARK_LEAVE();                                                                      \
		READ_ONCE((v)->counter);                                                           \
	})
#define atomic_read_acquire(v)	      atomic_read_acq(&(v)->counter)
#define atomic_set(v, i)	      WRITE_ONCE((v)->counter, (i))
#define atomic_fetch_or_acquire(i, v) __atomic_fetch_or(&(v)->counter, i, __ATOMIC_ACQUIRE)
#define atomic_add(i, v)	      ((void)atomic_add_rlx(&(v)->counter, (i)))

/* The old value comes as int or as u32. */
#define STANDIN_TRY(order, v, old, new)                                                            \
	({                                                                                         \
		bool try_done =                                                                    \
			atomic_try_cmpxchg_##order(&(v)->counter, (int *)(old), (int)(new));       \
		if (try_done && sizeof(#order) == sizeof("acq"))                                   \
			MARK_IF(#order[0] == 'a', W_CLAIMED);                                      \
		try_done;                                                                          \
	})
#define atomic_try_cmpxchg(v, old, new)		STANDIN_TRY(full, v, old, new)
#define atomic_try_cmpxchg_acquire(v, old, new) STANDIN_TRY(acq, v, old, new)
#define atomic_try_cmpxchg_relaxed(v, old, new) STANDIN_TRY(rlx, v, old, new)
#define xchg(p, v)				atomic_xchg_full(p, v)
#define xchg_relaxed(p, v)                                                                         \
	({                                                                                         \
		__typeof__(*(p)) xchg_v = atomic_xchg_rlx(p, v);                                   \
		MARK(W_UNLINKED);                                                                  \
		xchg_v;                                                                            \
	})

#define STANDIN_CMPXCHG(p, old, new, order)                                                        \
	({                                                                                         \
		__typeof__(*(p)) seen_ = (old);                                                    \
		__atomic_compare_exchange_n((p), &seen_, (new), false, order, __ATOMIC_RELAXED);   \
		seen_;                                                                             \
	})
#define cmpxchg(p, old, new)	     STANDIN_CMPXCHG(p, old, new, __ATOMIC_SEQ_CST)
#define cmpxchg_release(p, old, new) STANDIN_CMPXCHG(p, old, new, __ATOMIC_RELEASE)

#define smp_load_acquire(p)                                                                        \
	({                                                                                         \
		MARK_POLL(p);                                                                      \
		__typeof__(*(p)) load_v = load_acquire(p);                                         \
		MARK_POLL(p);                                                                      \
		load_v;                                                                            \
	})
#define smp_store_release(p, v)                                                                    \
	({                                                                                         \
		store_release(p, v);                                                               \
		MARK_IF(MARK_ZERO(v), W_RELEASED);                                                 \
	})
#define smp_acquire__after_ctrl_dep() __atomic_thread_fence(__ATOMIC_ACQUIRE)

/* One doze of a wait loop: until *p may differ from @val, or a short bound passes. */
#define STANDIN_DOZE(p, val)                                                                       \
	(sizeof(*(p)) == 1 ? cpu_wait_change8((const u8 *)(p), (u8)(uintptr_t)(val))               \
			   : cpu_wait_change32((const u32 *)(p), (u32)(uintptr_t)(val)))
#define __cmpwait_relaxed(p, val)                                                                  \
	({                                                                                         \
		MARK_POLL(p);                                                                      \
		STANDIN_DOZE(p, val);                                                              \
		MARK_POLL(p);                                                                      \
	})
#define arch_timer_evtstrm_available() true

/* Wait until the expression @cond, which sees the value as VAL, is true. Return: VAL. */
#define STANDIN_WAIT(read, p, cond, mark)                                                          \
	({                                                                                         \
		__typeof__(p) wait_p = (p);                                                        \
		__unqual_scalar_typeof(*wait_p) VAL;                                               \
		while (mark, VAL = read(wait_p), !(cond)) {                                        \
			mark;                                                                      \
			STANDIN_DOZE(wait_p, VAL);                                                 \
		}                                                                                  \
		VAL;                                                                               \
	})
#define smp_cond_load_relaxed(p, cond) STANDIN_WAIT(atomic_read_rlx, p, cond, MARK_LOOK(p))
#define smp_cond_load_acquire(p, cond) STANDIN_WAIT(atomic_read_acq, p, cond, MARK_POLL(p))
#define arch_mcs_spin_lock_contended(p)                                                            \
	STANDIN_WAIT(atomic_read_acq, p, VAL, MARK_IF(1, W_QUEUE_WAIT))
#define atomic_cond_read_relaxed(v, c) smp_cond_load_relaxed(&(v)->counter, c)
#define atomic_cond_read_acquire(v, c) smp_cond_load_acquire(&(v)->counter, c)

/*
 * The same with a bound, as proposed after 7.3: every SMP_TIMEOUT_POLL_COUNT passes @now is
 * evaluated; the wait ends @ns after its first value, or when it is an error. A last look at
 * the value follows. In 2025 there was no @ns, and the expression said whether it is late.
 */
#define SMP_TIMEOUT_POLL_COUNT (ATOMIC_CHECK_EVERY_PASS ? 1 : 200)
#define STANDIN_UNTIL(read, p, cond, now, ns)                                                      \
	({                                                                                         \
		__typeof__(p) until_p = (p);                                                       \
		s64 until_now, until_end = 0;                                                      \
		u32 until_passes = 0, until_late = 0;                                              \
		__unqual_scalar_typeof(*until_p) VAL;                                              \
		while (MARK_POLL(until_p), VAL = read(until_p), !(cond) && !until_late) {          \
			MARK_POLL(until_p);                                                        \
			STANDIN_DOZE(until_p, VAL);                                                \
			if (++until_passes < SMP_TIMEOUT_POLL_COUNT)                               \
				continue;                                                          \
			until_passes = 0;                                                          \
			until_now = (s64)(now);                                                    \
			if (!until_end)                                                            \
				until_end = until_now + (s64)(ns);                                 \
			until_late = until_now <= 0 || until_now >= until_end;                     \
		}                                                                                  \
		VAL;                                                                               \
	})
#define STANDIN_UNTIL_LATE(read, p, cond, late)                                                    \
	STANDIN_UNTIL(read, p, cond, (late) ? -1 : 1, 1ll << 62)
#define STANDIN_FIFTH(a, b, c, d, e, ...) e
#define STANDIN_BOUNDED(read, ...)                                                                 \
	STANDIN_FIFTH(__VA_ARGS__, STANDIN_UNTIL, STANDIN_UNTIL_LATE, )(read, __VA_ARGS__)
#define smp_cond_load_relaxed_timeout(p, ...) STANDIN_BOUNDED(atomic_read_rlx, p, __VA_ARGS__)
#define smp_cond_load_acquire_timeout(p, ...) STANDIN_BOUNDED(atomic_read_acq, p, __VA_ARGS__)
#define atomic_cond_read_relaxed_timeout(v, ...)                                                   \
	smp_cond_load_relaxed_timeout(&(v)->counter, __VA_ARGS__)
#define atomic_cond_read_acquire_timeout(v, ...)                                                   \
	smp_cond_load_acquire_timeout(&(v)->counter, __VA_ARGS__)

#endif
