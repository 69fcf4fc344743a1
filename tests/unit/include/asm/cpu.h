/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Host half of arch/cpu.h, for unit tests: a core is whatever the running thread says
 * it is. A test sets host_cpu before it calls code that uses percpu_*() or this_cpu().
 */
#ifndef ASM_CPU_H
#define ASM_CPU_H

#include <arch/types.h>

#define ARCH_NR_STACKS	1
#define ARCH_STACK_SIZE 16384

struct arch_cpu {
	uintptr_t stack[ARCH_NR_STACKS];
};

/* tests/unit/host.c */
extern _Thread_local void *host_cpu;
/* Called by every wait; a test may let time pass or another core move. May be NULL. */
extern _Thread_local void (*host_relax)(void);
/* Called after every percpu_*() access: a place where an NMI may land. May be NULL. */
extern _Thread_local void (*host_access)(void);

static inline void cpu_relax(void)
{
	if (host_relax)
		host_relax();
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

static inline void *percpu_base(void)
{
	return host_cpu;
}

static inline void host_accessed(void)
{
	if (host_access)
		host_access();
}

#define HOST_PERCPU32(off) (*(volatile u32 *)((u8 *)host_cpu + (off)))
#define percpu_inc_return32(off)                                                                   \
	({                                                                                         \
		u32 __v = ++HOST_PERCPU32(off);                                                    \
		host_accessed();                                                                   \
		__v;                                                                               \
	})
#define percpu_dec32(off)                                                                          \
	({                                                                                         \
		--HOST_PERCPU32(off);                                                              \
		host_accessed();                                                                   \
	})
#define percpu_read32(off)                                                                         \
	({                                                                                         \
		u32 __v = HOST_PERCPU32(off);                                                      \
		host_accessed();                                                                   \
		__v;                                                                               \
	})
#define percpu_write_slot(off, index, v)                                                           \
	({                                                                                         \
		((void *volatile *)((u8 *)host_cpu + (off)))[index] = (void *)(uintptr_t)(v);      \
		host_accessed();                                                                   \
	})

/* In two steps, so that what comes in between is tried. */
#define percpu_count32(off) ((u64)percpu_read32(off))
#define percpu_bump32(off)                                                                         \
	({                                                                                         \
		u32 bump_v = percpu_read32(off);                                                   \
		HOST_PERCPU32(off) = bump_v + 1;                                                   \
		host_accessed();                                                                   \
		(u64) bump_v;                                                                      \
	})
#define percpu_drop32(off, v)                                                                      \
	({                                                                                         \
		HOST_PERCPU32(off) = (u32)(v)-1;                                                   \
		host_accessed();                                                                   \
	})
#define percpu_clear_slot(off, index) percpu_write_slot(off, index, NULL)

#endif
