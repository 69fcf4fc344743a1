/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Cores are threads; how near two of them are is what sysfs says of their processors. */
#include "internal.h"
#include <arch/smp.h>
#include <limits.h>
#include <linux/futex.h>

#define IDLE_MS 100 /* a wake-up that got lost costs this long */

struct place {
	int core, cluster, package;
};
static struct place places[CPU_SETSIZE];

static int read_number(u32 processor, const char *file)
{
	char path[96], line[32];

	snprintf(path, sizeof(path), "/sys/devices/system/cpu/cpu%u/%s", processor, file);
	return read_line(path, line, sizeof(line)) ? atoi(line) : -1;
}

void topology_init(void)
{
	cpu_set_t set;

	if (sched_getaffinity(0, sizeof(set), &set))
		return;
	for (u32 i = 0; i < CPU_SETSIZE; i++) {
		if (!CPU_ISSET(i, &set))
			continue;
		places[i].core = read_number(i, "topology/core_id");
		places[i].package = read_number(i, "topology/physical_package_id");
		places[i].cluster = read_number(i, "cache/index3/id");
	}
}

enum cpu_distance smp_distance(const struct arch_cpu *a, const struct arch_cpu *b)
{
	const struct place *p = &places[a->processor], *q = &places[b->processor];

	if (a == b)
		return DIST_SELF;
	if (p == q)
		return DIST_SMT; /* they take turns on one */
	if (p->package != q->package)
		return DIST_SYSTEM;
	if (p->core == q->core)
		return DIST_SMT;
	return p->cluster == q->cluster ? DIST_CLUSTER : DIST_PACKAGE;
}

int smp_prepare(void)
{
	return 0;
}

struct start {
	struct arch_cpu *cpu;
	const struct boot_cpu *bc;
};
static struct start starts[BOOT_MAX_CPUS];
static u32 nr_starts;

static void *thread_main(void *arg)
{
	struct start *s = arg;

	if (!arch_cpu_init(s->cpu, s->bc))
		kernel_secondary();
	return NULL;
}

int smp_start(struct arch_cpu *cpu, const struct boot_cpu *bc)
{
	struct start *s = &starts[nr_starts++ % BOOT_MAX_CPUS];
	pthread_attr_t attr;
	pthread_t thread;
	cpu_set_t set;
	int error;

	*s = (struct start){cpu, bc};
	/* Until it has a base register nothing may interrupt it: threads inherit the mask. */
	signals_open(false);
	pthread_attr_init(&attr);
	pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
	error = pthread_attr_setstack(&attr, (void *)(cpu->stack[STACK_TASK] - ARCH_STACK_SIZE),
				      ARCH_STACK_SIZE);
	/* Where it is created it would never run while this thread waits at real-time priority. */
	CPU_ZERO(&set);
	CPU_SET(bc->acpi_uid, &set);
	error = error ?: pthread_attr_setaffinity_np(&attr, sizeof(set), &set);
	error = error ?: pthread_create(&thread, &attr, thread_main, s);
	pthread_attr_destroy(&attr);
	signals_open(true);
	return error ? -EIO : 0;
}

void smp_start_finish(void)
{
}

/* pthread_create() has said it all. */
int smp_start_error(const struct arch_cpu *cpu)
{
	return 0;
}

void cpu_idle(void)
{
	struct arch_cpu *cpu = percpu_base();
	struct timespec limit = {.tv_nsec = IDLE_MS * NSEC_PER_MSEC};

	if (__atomic_exchange_n(&cpu->wake, 0, __ATOMIC_ACQUIRE))
		return;
	take_turns(false);
	syscall(SYS_futex, &cpu->wake, FUTEX_WAIT_PRIVATE, 0, &limit, NULL, 0);
	take_turns(true);
}

void smp_wake(const struct arch_cpu *to)
{
	u32 *wake = (u32 *)&to->wake;

	__atomic_store_n(wake, 1, __ATOMIC_RELEASE);
	syscall(SYS_futex, wake, FUTEX_WAKE_PRIVATE, INT_MAX, NULL, NULL, 0);
}
