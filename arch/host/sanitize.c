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
