/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The host as an architecture, as far as unit tests of kernel/ and lock/ need one. */
#include <arch/cpu.h>
#include <arch/irq.h>
#include <arch/time.h>

_Thread_local void *host_cpu;
_Thread_local void (*host_relax)(void);
_Thread_local void (*host_access)(void);
_Thread_local bool host_irq_off;
u64 host_counter, host_hz = NSEC_PER_SEC;

u64 time_hz(void)
{
	return host_hz;
}

const char *time_hz_source(void)
{
	return "host";
}
