/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What lock code sees of an x86-64 core: waiting, barriers, and its own data by GS base,
 * which points at a struct arch_cpu whose first field is its own address. A Linux program
 * does it with the same instructions (arch/host).
 */
#ifndef ASM_PERCPU_H
#define ASM_PERCPU_H

#include <arch/types.h>

static inline void cpu_relax(void)
{
	__asm__ volatile("pause" ::: "memory");
}

static inline void cpu_wait_change32(const u32 *p, u32 old)
{
	cpu_relax();
}

static inline void cpu_wait_change8(const u8 *p, u8 old)
{
	cpu_relax();
}

/* Stores are seen in order on x86: only the compiler must be held back. */
static inline void smp_wmb(void)
{
	barrier();
}

/* A locked operation on the stack is a full barrier and cheaper than MFENCE. */
static inline void smp_mb(void)
{
	__asm__ volatile("lock; addl $0, -4(%%rsp)" ::: "memory", "cc");
}

/*
 * Not volatile: the base is constant within one context, so the compiler may read it
 * once per function.
 */
static inline void *percpu_base(void)
{
	void *p;

	__asm__("movq %%gs:0, %0" : "=r"(p));
	return p;
}

#define percpu_inc_return32(off)                                                                   \
	({                                                                                         \
		u32 __v = 1;                                                                       \
		__asm__ volatile("xaddl %0, %%gs:%c1" : "+r"(__v) : "i"(off) : "memory", "cc");    \
		__v + 1;                                                                           \
	})

#define percpu_dec32(off) __asm__ volatile("decl %%gs:%c0" ::"i"(off) : "memory", "cc")

#define percpu_read32(off)                                                                         \
	({                                                                                         \
		u32 __v;                                                                           \
		__asm__ volatile("movl %%gs:%c1, %0" : "=r"(__v) : "i"(off) : "memory");           \
		__v;                                                                               \
	})

#define percpu_write_slot(off, index, v)                                                           \
	__asm__ volatile("movq %0, %%gs:%c1(,%q2,8)" ::"r"((u64)(uintptr_t)(v)), "i"(off),         \
			 "r"((u64)(index))                                                         \
			 : "memory")

/* A 32-bit load clears the upper half: no instruction widens it. */
#define percpu_count32(off)                                                                        \
	({                                                                                         \
		u64 __v;                                                                           \
		__asm__ volatile("movl %%gs:%c1, %k0" : "=r"(__v) : "i"(off) : "memory");          \
		__v;                                                                               \
	})

#define percpu_bump32(off)                                                                         \
	({                                                                                         \
		u64 __v = percpu_count32(off);                                                     \
		__asm__ volatile("incl %%gs:%c0" ::"i"(off) : "memory", "cc");                     \
		__v;                                                                               \
	})

/* A store, not DEC: that would wait for the store of the slot, on the Zen 5 that it was seen on. */
#define percpu_drop32(off, v)                                                                      \
	__asm__ volatile("movl %0, %%gs:%c1" ::"r"((u32)(v)-1), "i"(off) : "memory")

#define percpu_clear_slot(off, index)                                                              \
	__asm__ volatile("movq $0, %%gs:%c0(,%q1,8)" ::"i"(off), "r"((u64)(index)) : "memory")

#endif
