/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The words every file of barelock uses: fixed-size integers, accesses the
 * compiler may neither invent nor remove, and the few error numbers that locks
 * and drivers return. Same for every architecture.
 */
#ifndef ARCH_TYPES_H
#define ARCH_TYPES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef uint8_t u8;
typedef uint16_t u16;
typedef uint32_t u32;
typedef uint64_t u64;
typedef int32_t s32;
typedef int64_t s64;

/* Error numbers, as Linux numbers them; functions return them negated. */
enum {
	EIO = 5,
	ENOMEM = 12,
	ENODEV = 19,
	EINVAL = 22,
	ENOSPC = 28,
	EDEADLK = 35,
	ENOSYS = 38,
	ETIMEDOUT = 110,
};

#define NSEC_PER_USEC	      1000ull
#define NSEC_PER_MSEC	      1000000ull
#define NSEC_PER_SEC	      1000000000ull

#define ARRAY_SIZE(a)	      (sizeof(a) / sizeof((a)[0]))
#define ALIGN_UP(x, a)	      (((x) + ((a)-1)) & ~((typeof(x))(a)-1))
#define ALIGN_DOWN(x, a)      ((x) & ~((typeof(x))(a)-1))
#define MIN(a, b)	      ((a) < (b) ? (a) : (b))
#define MAX(a, b)	      ((a) > (b) ? (a) : (b))
#define container_of(p, t, m) ((t *)((char *)(p)-offsetof(t, m)))

#define likely(x)	      __builtin_expect(!!(x), 1)
#define unlikely(x)	      __builtin_expect(!!(x), 0)
#define __always_inline	      inline __attribute__((__always_inline__))
#define __noinline	      __attribute__((__noinline__))
#define __noreturn	      __attribute__((__noreturn__))
#define __aligned(n)	      __attribute__((__aligned__(n)))
#define __packed	      __attribute__((__packed__))
#define __printf(f, a)	      __attribute__((__format__(__printf__, f, a)))
#define __section(s)	      __attribute__((__section__(s)))
#define __used		      __attribute__((__used__))
#define __unused	      __attribute__((__unused__))

/* One untorn access that the compiler keeps, and keeps in order with its like. */
#define READ_ONCE(x)	    (*(const volatile typeof(x) *)&(x))
#define WRITE_ONCE(x, v)    (*(volatile typeof(x) *)&(x) = (v))
#define barrier()	    __asm__ volatile("" ::: "memory")

#define load_acquire(p)	    __atomic_load_n((p), __ATOMIC_ACQUIRE)
#define store_release(p, v) __atomic_store_n((p), (v), __ATOMIC_RELEASE)

/* Size of one coherence granule; two of these where neighbours must not interfere. */
#define CACHE_LINE 64

#endif
