/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The C library, for files that talk to Linux. Ours first: the error numbers of
 * arch/types.h are an enum there and macros of the same values in errno.h.
 */
#ifndef HOST_LINUX_H
#define HOST_LINUX_H

#include <arch/types.h>

#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <ucontext.h>
#include <unistd.h>

#endif
