/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Sending NMIs, and timers that send them. What one does when it arrives: signal.c. */
#include <arch/time.h>
#include "internal.h"

#define WATCHDOG_TIMER 2
#define TURN_TIMER     3
#define TURN_NS	       (100 * NSEC_PER_USEC)

static bool processors_shared;

const char *nmi_source_name(enum nmi_source src)
{
	static const char *const names[NR_NMI_SOURCES] = {
		[NMI_SRC_ANON] = "anon",
		[NMI_SRC_IPI] = "ipi",
		[NMI_SRC_SUPERVISOR] = "supervisor",
		[NMI_SRC_WATCHDOG] = "watchdog",
		[NMI_SRC_TIMER_A] = "timer-a",
		[NMI_SRC_TIMER_B] = "timer-b",
		[NMI_SRC_PMU] = "pmu",
		[NMI_SRC_EXTERNAL] = "external",
		[NMI_SRC_HARDWARE] = "hardware",
	};

	return src < NR_NMI_SOURCES ? names[src] : "?";
}

const char *nmi_source_missing(enum nmi_source src)
{
	switch (src) {
	case NMI_SRC_IPI:
	case NMI_SRC_SUPERVISOR:
	case NMI_SRC_WATCHDOG:
	case NMI_SRC_TIMER_A:
	case NMI_SRC_TIMER_B:
		return NULL;
	case NMI_SRC_ANON:
		return "signals say who they are";
	case NMI_SRC_PMU:
		return "a Linux program has its timers only";
	default:
		return "nothing outside signals a Linux program";
	}
}

const char *nmi_mechanism(void)
{
	return "signal";
}

int nmi_send(const struct arch_cpu *to)
{
	return signal_core(to, HOST_IPI) ? -ETIMEDOUT : 0;
}

int nmi_send_supervisor(const struct arch_cpu *to)
{
	return signal_core(to, HOST_SUPERVISOR) ? -ETIMEDOUT : 0;
}

/* A timer of this thread's own; @period_ns 0 stops it. Return: 0 or -ENODEV. */
static int set_timer(u32 timer, enum host_signal signal, u64 period_ns)
{
	struct arch_cpu *cpu = ((struct arch_cpu *)percpu_base())->home;
	struct timespec period = {.tv_sec = period_ns / NSEC_PER_SEC,
				  .tv_nsec = period_ns % NSEC_PER_SEC};
	struct itimerspec setting = {.it_interval = period, .it_value = period};
	struct sigevent event = {.sigev_notify = SIGEV_THREAD_ID, .sigev_signo = signal};

	if (!cpu->timer_made[timer]) {
		if (!period_ns)
			return 0;
		event._sigev_un._tid = cpu->tid;
		if (timer_create(CLOCK_MONOTONIC, &event, (timer_t *)&cpu->timer[timer]))
			return -ENODEV;
		cpu->timer_made[timer] = true;
	}
	return timer_settime(cpu->timer[timer], 0, &setting, NULL) ? -ENODEV : 0;
}

s64 nmi_periodic_start(enum nmi_source src, u64 hz)
{
	bool b = src == NMI_SRC_TIMER_B;

	if (!b && src != NMI_SRC_TIMER_A)
		return -ENODEV;
	if (!hz || hz > NSEC_PER_SEC)
		return -EINVAL;
	if (set_timer(b, b ? HOST_TIMER_B : HOST_TIMER_A, NSEC_PER_SEC / hz))
		return -ENODEV;
	return NSEC_PER_SEC * 1000 / (NSEC_PER_SEC / hz);
}

void nmi_periodic_stop(enum nmi_source src)
{
	if (src == NMI_SRC_TIMER_A)
		set_timer(0, HOST_TIMER_A, 0);
	else if (src == NMI_SRC_TIMER_B)
		set_timer(1, HOST_TIMER_B, 0);
}

int nmi_watchdog_start(void)
{
	return set_timer(WATCHDOG_TIMER, HOST_WATCHDOG, NSEC_PER_SEC / WATCHDOG_HZ);
}

void nmi_watchdog_stop(void)
{
	set_timer(WATCHDOG_TIMER, HOST_WATCHDOG, 0);
}

/*
 * Linux lets a thread run for milliseconds, but a lock's waiter needs the owner's turn at once;
 * and lock code does not call Linux.
 */
void turns_init(bool shared)
{
	processors_shared = shared;
}

void take_turns(bool on)
{
	if (processors_shared)
		set_timer(TURN_TIMER, HOST_TURN, on ? TURN_NS : 0);
}

/* The supervisor's signal is open in every handler from its beginning to its end. */
void nmi_body_begin(void)
{
	barrier();
}

void nmi_body_end(void)
{
	barrier();
}
