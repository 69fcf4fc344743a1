/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Stand-ins for what Linux's lock files use of Linux: included before them by the compiler's
 * command line, while every header that they name and that is not part of the lock is an
 * empty file (overlay.py). Written from what names mean; the lock's own headers are the tree's.
 */
#ifndef LINUX_STANDIN_KERNEL_H
#define LINUX_STANDIN_KERNEL_H

#include <arch/atomic.h>
#include <arch/cpu.h>
#include "../marks.h"

/* linux/compiler.h, linux/types.h, linux/kernel.h */
typedef int8_t s8;
typedef intptr_t ssize_t;
typedef long long loff_t;

#define noinline       __noinline
#define __pure	       __attribute__((__pure__))
#define __maybe_unused __attribute__((__unused__))
#define __lockfunc
#define __percpu
#define __user
#define __init
#define __unqual_scalar_typeof(x) __typeof__(((void)0, (x)))
#define EXPORT_SYMBOL(x)
#define EXPORT_SYMBOL_GPL(x)
#define BUILD_BUG_ON(x) _Static_assert(!(x), #x)
#define late_initcall(fn)
#define THIS_MODULE  NULL
#define prefetchw(p) __builtin_prefetch((p), 1)
#define INT_MAX	     __INT_MAX__

#define min(a, b)                                                                                  \
	({                                                                                         \
		__typeof__(a) min_a = (a);                                                         \
		__typeof__(b) min_b = (b);                                                         \
		min_a < min_b ? min_a : min_b;                                                     \
	})
#define max(a, b)                                                                                  \
	({                                                                                         \
		__typeof__(a) max_a = (a);                                                         \
		__typeof__(b) max_b = (b);                                                         \
		max_a > max_b ? max_a : max_b;                                                     \
	})
#define min_t(type, a, b) min((type)(a), (type)(b))
#define max_t(type, a, b) max((type)(a), (type)(b))

/* linux/bug.h, linux/printk.h: the condition alone, nothing, and for BUG() a crash */
#define BUG()		__builtin_trap()
#define BUG_ON(x)	((void)(unlikely(x) && (BUG(), 1)))
#define WARN_ON(x)	unlikely(x)
#define WARN_ON_ONCE(x) unlikely(x)
#define pr_err(...)	((void)0)
#define pr_warn(...)	((void)0)

/* IS_ENABLED(CONFIG_X) is 1 where CONFIG_X is defined as 1: then the comma adds an argument. */
#define STANDIN_COMMA_1		  ,
#define STANDIN_SECOND(a, b, ...) b
#define STANDIN_SET_2(x)	  STANDIN_SECOND(x 1, 0, 0)
#define STANDIN_SET(x)		  STANDIN_SET_2(STANDIN_COMMA_##x)
#define IS_ENABLED(option)	  STANDIN_SET(option)

/* linux/smp.h, linux/cpumask.h, linux/hardirq.h, linux/timekeeping.h, linux/preempt.h */
#define smp_processor_id()	   ((int)cpu_id())
#define nr_cpu_ids		   cpu_count()
#define for_each_possible_cpu(cpu) for ((cpu) = 0; (u32)(cpu) < cpu_count(); (cpu)++)
#define in_nmi()		   cpu_in_nmi()
#define preempt_disable()	   barrier()
#define preempt_enable()	   barrier()
#define local_irq_save(flags)	   ((flags) = 0)
#define local_irq_restore(flags)   ((void)(flags))

/* Every acquire that looked at the clock has begun a bounded wait: notes.h wants to know. */
#define ktime_get_mono_fast_ns() (linux_note(LINUX_NOTE_CLOCK), cpu_now())

/* linux/jump_label.h: the one key is "this is a guest", on in test-and-set builds. */
#define DECLARE_STATIC_KEY_FALSE(key) struct key
#define static_branch_likely(key)     IS_ENABLED(CONFIG_PARAVIRT)

#include "atomic.h"
#define smp_rmb()     __atomic_thread_fence(__ATOMIC_ACQUIRE)
#define atomic_inc(v) atomic_add(1, v)
#define atomic_dec(v) atomic_add(-1, v)
#include <standin_arch.h>
#include "percpu.h"
#include "../notes.h"
#include "bpf.h"

#endif
