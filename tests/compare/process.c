/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "../../arch/host/linux.h"
#include <sys/resource.h>
#include "compare.h"

#define SCHEDULE "COMPARE_SCHEDULE"

int order_next(struct order *o)
{
	static FILE *file;
	unsigned long long hold, think, us;
	const char *path = getenv(SCHEDULE);
	char line[256];

	memset(o, 0, sizeof(*o));
	snprintf(o->kind, sizeof(o->kind), "%.40s", path ? path : "no " SCHEDULE);
	if (!file)
		file = path ? fopen(path, "r") : NULL;
	if (!file)
		return -EINVAL;
	if (!fgets(line, sizeof(line), file))
		return 0;
	if (sscanf(line, "%47s %47s %u %llu %llu %llu", o->kind, o->lock, &o->threads, &hold,
		   &think, &us) != 6)
		return -EINVAL;
	o->hold_ns = hold;
	o->think_ns = think;
	o->us = us;
	return 1;
}

u64 switches_forced(void)
{
	struct rusage used;

	return getrusage(RUSAGE_THREAD, &used) ? 0 : used.ru_nivcsw;
}

void pause_us(u64 us)
{
	struct timespec t = {.tv_sec = us / 1000000, .tv_nsec = us % 1000000 * 1000};

	nanosleep(&t, NULL);
}
