/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What this build's sanitizer cannot do, and how it is to end: with the status of a failed
 * lock where it found a fault of the lock's kind, a data race, else with that of a crash.
 */
#include "internal.h"

#if defined(__has_feature) /* clang says it this way, gcc defines the names itself */
#if __has_feature(address_sanitizer) && !defined(__SANITIZE_ADDRESS__)
#define __SANITIZE_ADDRESS__
#endif
#if __has_feature(thread_sanitizer) && !defined(__SANITIZE_THREAD__)
#define __SANITIZE_THREAD__
#endif
#endif

#define EXPORTED __attribute__((__visibility__("default")))

EXPORTED const char *__asan_default_options(void);
EXPORTED const char *__ubsan_default_options(void);
EXPORTED const char *__tsan_default_options(void);

EXPORTED const char *__asan_default_options(void)
{
	return "exitcode=3:detect_leaks=0:use_sigaltstack=0";
}

EXPORTED const char *__ubsan_default_options(void)
{
	return "exitcode=3:print_stacktrace=1";
}

EXPORTED const char *__tsan_default_options(void)
{
	return "exitcode=1:report_thread_leaks=0:report_signal_unsafe=0:use_sigaltstack=0";
}

const char *sanitizer_steps_not(void)
{
#if defined(__SANITIZE_ADDRESS__)
	return "AddressSanitizer's marks on a context's stack cannot be saved with it";
#elif defined(__SANITIZE_THREAD__)
	return "ThreadSanitizer does not know contexts";
#elif defined(HOST_COVERAGE)
	return "what counts the lines would be stepped too";
#else
	return NULL;
#endif
}

bool sanitizer_traps(void)
{
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
	return true;
#else
	return false;
#endif
}

#if defined(__SANITIZE_THREAD__)
/*
 * What the compiler calls before each volatile access. To the runtime it becomes a relaxed
 * atomic one; that a write adds nothing changes nothing, for the real one follows.
 */
#define VOLATILE_ACCESS(bytes, type)                                                               \
	EXPORTED void __tsan_volatile_read##bytes(type *p);                                        \
	EXPORTED void __tsan_volatile_write##bytes(type *p);                                       \
	EXPORTED void __tsan_volatile_read##bytes(type *p)                                         \
	{                                                                                          \
		(void)__atomic_load_n(p, __ATOMIC_RELAXED);                                        \
	}                                                                                          \
	EXPORTED void __tsan_volatile_write##bytes(type *p)                                        \
	{                                                                                          \
		__atomic_fetch_add(p, 0, __ATOMIC_RELAXED);                                        \
	}

VOLATILE_ACCESS(1, u8)
VOLATILE_ACCESS(2, u16)
VOLATILE_ACCESS(4, u32)
VOLATILE_ACCESS(8, u64)
#endif
