/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * PMUv3's cycle counter as a periodic source: its overflow raises a private interrupt
 * (Arm ARM, D13). An event counter would count instructions, but QEMU raises no interrupt
 * for those in time.
 */
#include <arch/time.h>
#include "internal.h"

#define PMCR_E	      (1u << 0)
#define PMCR_C	      (1u << 2)
#define PMCR_LC	      (1u << 6)
#define CYCLE_COUNTER (1u << 31)
#define FILTER_NSH    (1u << 27) /* count at EL2 too */
#define CALIBRATE_NS  (200 * NSEC_PER_USEC)
#define MIN_CYCLES    1000

bool pmu_present(void)
{
	u32 version = id_field(sysreg_read(id_aa64dfr0_el1), 8);

	return version && version != 15;
}

void pmu_cpu_init(void)
{
	if (!pmu_present())
		return;
	sysreg_write(pmcntenclr_el0, ~0u);
	sysreg_write(pmintenclr_el1, ~0u);
	sysreg_write(pmovsclr_el0, ~0u);
	sysreg_write(pmccfiltr_el0, cpu_at_el2() ? FILTER_NSH : 0);
	sysreg_write(pmcr_el0, PMCR_E | PMCR_C | PMCR_LC);
	isb();
}

/* Cycles in a second, measured against the counter: they may run at any rate. */
static u64 cycles_per_second(void)
{
	u64 want = time_hz() * CALIBRATE_NS / NSEC_PER_SEC;
	u64 t0 = time_counter_ordered();
	u64 c0 = sysreg_read(pmccntr_el0);
	u64 t1, c1;

	do {
		cpu_relax();
		t1 = time_counter_ordered();
		c1 = sysreg_read(pmccntr_el0);
	} while (t1 - t0 < want);
	return (c1 - c0) * time_hz() / (t1 - t0);
}

s64 pmu_start(struct arch_cpu *cpu, u64 hz)
{
	u64 rate;

	if (!hz)
		return -EINVAL;
	sysreg_write(pmcntenset_el0, CYCLE_COUNTER);
	isb();
	rate = cycles_per_second();
	if (!rate) {
		pmu_stop(cpu);
		return -ENODEV;
	}
	cpu->pmu_period = MAX(rate / hz, (u64)MIN_CYCLES);
	pmu_rearm(cpu);
	sysreg_write(pmintenset_el1, CYCLE_COUNTER);
	isb();
	return rate * 1000 / cpu->pmu_period;
}

void pmu_stop(struct arch_cpu *cpu)
{
	sysreg_write(pmintenclr_el1, CYCLE_COUNTER);
	sysreg_write(pmcntenclr_el0, CYCLE_COUNTER);
	sysreg_write(pmovsclr_el0, CYCLE_COUNTER);
	isb();
}

void pmu_rearm(struct arch_cpu *cpu)
{
	/* In this order: the new period may be over before the next instruction. */
	sysreg_write(pmovsclr_el0, CYCLE_COUNTER);
	isb();
	sysreg_write(pmccntr_el0, -cpu->pmu_period);
	isb();
}
