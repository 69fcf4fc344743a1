/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <pthread.h>
#include <sched.h>
#include <time.h>
#undef __always_inline /* glibc spells it differently */

#include "threads.h"

static void (*body)(void);

static u64 host_clock(const struct cpu *cpu)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (u64)t.tv_sec * NSEC_PER_SEC + (u64)t.tv_nsec;
}

/* More threads than processors must not spin away a time slice each. */
static void yield(void)
{
	sched_yield();
}

static void *thread_main(void *arg)
{
	host_cpu = arg;
	host_relax = yield;
	body();
	return NULL;
}

bool threads_run(u32 n, void (*fn)(void))
{
	pthread_t thread[SIM_CORES];
	u32 started = 0;

	body = fn;
	for (u32 i = 0; i < n; i++)
		sim_cpu(i)->now = host_clock;
	while (started < n &&
	       !pthread_create(&thread[started], NULL, thread_main, sim_cpu(started)))
		started++;
	for (u32 i = 0; i < started; i++)
		pthread_join(thread[i], NULL);
	return started == n;
}
