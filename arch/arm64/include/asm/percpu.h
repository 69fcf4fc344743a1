/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What lock code sees of an arm64 core: waiting, barriers, and its own data behind
 * percpu_base(), which asm/cpu.h defines before this: a Linux program (arch/host) cannot
 * have TPIDR_EL1, but does all else with the same instructions.
 */
#ifndef ASM_PERCPU_H
#define ASM_PERCPU_H

#include <arch/types.h>

static inline void cpu_relax(void)
{
	__asm__ volatile("yield" ::: "memory");
}

/*
 * The exclusive load arms the monitor; a store by another core to the same granule clears
 * it, which is an event (Arm ARM, D1.6). arch_cpu_init() has started the event stream,
 * so the sleep is bounded even when the store came before the load.
 */
static inline void cpu_wait_change32(const u32 *p, u32 old)
{
	u32 v;

	__asm__ volatile("ldxr %w0, %1\n"
			 "	eor %w0, %w0, %w2\n"
			 "	cbnz %w0, 1f\n"
			 "	wfe\n"
			 "1:"
			 : "=&r"(v)
			 : "Q"(*p), "r"(old)
			 : "memory");
}

static inline void cpu_wait_change8(const u8 *p, u8 old)
{
	u32 v;

	__asm__ volatile("ldxrb %w0, %1\n"
			 "	eor %w0, %w0, %w2\n"
			 "	cbnz %w0, 1f\n"
			 "	wfe\n"
			 "1:"
			 : "=&r"(v)
			 : "Q"(*p), "r"((u32)old)
			 : "memory");
}

static inline void smp_wmb(void)
{
	__asm__ volatile("dmb ishst" ::: "memory");
}

static inline void smp_mb(void)
{
	__asm__ volatile("dmb ish" ::: "memory");
}

#define PERCPU_PTR(type, off) ((type *)((char *)percpu_base() + (off)))

/*
 * One atomic instruction with LSE, an exclusive pair without: what Linux's this_cpu_*()
 * are on arm64, so that uncontended paths cost the same. An NMI between the exclusives
 * makes the store fail and the pair run again.
 */
static inline u32 percpu_add_return32(u32 *p, u32 n)
{
	u32 v;
#ifdef __ARM_FEATURE_ATOMICS
	__asm__ volatile("ldadd %w2, %w0, %1" : "=r"(v), "+Q"(*p) : "r"(n) : "memory");
	return v + n;
#else
	u32 failed;

	__asm__ volatile("1:	ldxr %w0, %2\n"
			 "	add %w0, %w0, %w3\n"
			 "	stxr %w1, %w0, %2\n"
			 "	cbnz %w1, 1b"
			 : "=&r"(v), "=&r"(failed), "+Q"(*p)
			 : "r"(n)
			 : "memory");
	return v;
#endif
}

#define percpu_inc_return32(off)	 percpu_add_return32(PERCPU_PTR(u32, off), 1)
#define percpu_dec32(off)		 ((void)percpu_add_return32(PERCPU_PTR(u32, off), -1u))
#define percpu_read32(off)		 READ_ONCE(*PERCPU_PTR(u32, off))
#define percpu_write_slot(off, index, v) WRITE_ONCE(PERCPU_PTR(void *, off)[index], (void *)(v))

/* Neither atomic nor exclusive. A 32-bit load clears the upper half: nothing widens it. */
#define percpu_count32(off)                                                                        \
	({                                                                                         \
		u64 count_v;                                                                       \
		__asm__ volatile("ldr %w0, %1"                                                     \
				 : "=r"(count_v)                                                   \
				 : "m"(*PERCPU_PTR(u32, off))                                      \
				 : "memory");                                                      \
		count_v;                                                                           \
	})
#define percpu_drop32(off, v)	      WRITE_ONCE(*PERCPU_PTR(u32, off), (u32)(v)-1)
#define percpu_clear_slot(off, index) percpu_write_slot(off, index, NULL)
#define percpu_bump32(off)                                                                         \
	({                                                                                         \
		u64 bump_v = percpu_count32(off);                                                  \
		WRITE_ONCE(*PERCPU_PTR(u32, off), (u32)bump_v + 1);                                \
		bump_v;                                                                            \
	})

#endif
