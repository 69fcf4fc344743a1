/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The generic timer's comparators as periodic sources (Arm ARM, D11). Entered at EL1 a
 * core has two: the virtual one for scenarios, the physical one for the watchdog. At EL2
 * with VHE the plain names mean EL2's own timers, so the watchdog takes one of those and
 * both of EL1's, reached by their _EL02 names, are free for scenarios.
 */
#include <arch/time.h>
#include "internal.h"

#define CTL_ENABLE	1u
#define INTID_HYP_TIMER 26 /* BSA, table of private interrupts */

/* More than one interrupt a microsecond leaves no time for the interrupted code. */
#define MAX_HZ 1000000

static u32 intid[NR_TIMERS];

void timer_init(const struct boot_info *bi)
{
	intid[TIMER_A] = bi->vtimer_irq;
	if (cpu_at_el2()) {
		intid[TIMER_B] = bi->ptimer_irq;
		intid[TIMER_WATCHDOG] = INTID_HYP_TIMER;
	} else {
		intid[TIMER_WATCHDOG] = bi->ptimer_irq;
	}
}

u32 timer_intid(enum timer t)
{
	return intid[t];
}

/* Off, or @ticks from now. */
static void timer_set(enum timer t, bool on, u64 ticks)
{
	u32 ctl = on ? CTL_ENABLE : 0;

	if (t == TIMER_WATCHDOG || (t == TIMER_B && !cpu_at_el2())) {
		sysreg_write(cntp_tval_el0, ticks);
		sysreg_write(cntp_ctl_el0, ctl);
	} else if (t == TIMER_B) {
		sysreg_write(S3_5_C14_C2_0, ticks); /* CNTP_TVAL_EL02 */
		sysreg_write(S3_5_C14_C2_1, ctl);
	} else if (cpu_at_el2()) {
		sysreg_write(S3_5_C14_C3_0, ticks); /* CNTV_TVAL_EL02 */
		sysreg_write(S3_5_C14_C3_1, ctl);
	} else {
		sysreg_write(cntv_tval_el0, ticks);
		sysreg_write(cntv_ctl_el0, ctl);
	}
	isb();
}

/*
 * Every core: comparators off, and an event about every 100 us (the nearest power of two
 * above), which bounds every WFE. At EL2 CNTKCTL_EL1 names CNTHCTL_EL2, where bits 10 and
 * 11 let EL1 names through.
 */
void timer_cpu_init(void)
{
	u64 period = time_hz() / 10000, bit = 0;
	u64 keep = cpu_at_el2() ? 3 << 10 : 0;

	while (bit < 15 && (1ull << (bit + 1)) < period)
		bit++;
	sysreg_write(cntkctl_el1, keep | bit << 4 | 1 << 2 | 3);
	isb();
	for (enum timer t = 0; t < NR_TIMERS; t++) {
		if (intid[t])
			timer_set(t, false, 0);
	}
}

s64 timer_start(enum timer t, u64 hz)
{
	struct arch_cpu *cpu = percpu_base();

	if (!hz || hz > MAX_HZ)
		return -EINVAL;
	cpu->tick_period[t] = MAX(time_hz() / hz, 1ull);
	cpu->tick_next[t] = time_counter_ordered() + cpu->tick_period[t];
	timer_set(t, true, cpu->tick_period[t]);
	return time_hz() * 1000 / cpu->tick_period[t];
}

void timer_stop(enum timer t)
{
	timer_set(t, false, 0);
}

/*
 * A handler longer than the period must not starve what it interrupted: that gets half a
 * period at least.
 */
void timer_rearm(enum timer t)
{
	struct arch_cpu *cpu = percpu_base();
	u64 period = cpu->tick_period[t];
	u64 now = time_counter_ordered();
	u64 next = cpu->tick_next[t] + period;

	if ((s64)(next - now) < (s64)(period / 2))
		next = now + (period + 1) / 2;
	cpu->tick_next[t] = next;
	timer_set(t, true, next - now);
}
