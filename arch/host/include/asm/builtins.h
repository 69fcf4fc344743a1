/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What lock code sees of a core, by the compiler's builtins alone: ThreadSanitizer sees
 * what these do, and nothing of assembly.
 */
#ifndef ASM_BUILTINS_H
#define ASM_BUILTINS_H

#include <arch/types.h>

static inline void cpu_relax(void)
{
	barrier();
}

static inline void cpu_wait_change32(const u32 *p, u32 old)
{
	cpu_relax();
}

static inline void cpu_wait_change8(const u8 *p, u8 old)
{
	cpu_relax();
}

static inline void smp_wmb(void)
{
	__atomic_thread_fence(__ATOMIC_RELEASE);
}

static inline void smp_mb(void)
{
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
}

#define PERCPU_PTR(type, off)	  ((type *)((char *)percpu_base() + (off)))
#define PERCPU_U32(off)		  PERCPU_PTR(u32, off)
#define percpu_add_return32(p, n) __atomic_add_fetch((p), (n), __ATOMIC_RELAXED)
#define percpu_inc_return32(off)  __atomic_add_fetch(PERCPU_U32(off), 1, __ATOMIC_RELAXED)
#define percpu_dec32(off)	  ((void)__atomic_sub_fetch(PERCPU_U32(off), 1, __ATOMIC_RELAXED))
#define percpu_read32(off)	  __atomic_load_n(PERCPU_U32(off), __ATOMIC_RELAXED)
#define percpu_write_slot(off, index, v)                                                           \
	__atomic_store_n(&PERCPU_PTR(void *, off)[index], (void *)(v), __ATOMIC_RELAXED)

#define percpu_count32(off)	      ((u64)percpu_read32(off))
#define percpu_bump32(off)	      ((u64)percpu_inc_return32(off) - 1)
#define percpu_drop32(off, v)	      percpu_dec32(off)
#define percpu_clear_slot(off, index) percpu_write_slot(off, index, NULL)

#endif
