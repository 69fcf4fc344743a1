/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One performance counter that counts core cycles and overflows into an NMI.
 * Intel: architectural monitoring, SDM volume 3, 20.2. AMD: core counters, APM volume 2,
 * 13.2.
 */
#include <arch/time.h>
#include "internal.h"

#define EVENT_CYCLES_INTEL 0x3c
#define EVENT_CYCLES_AMD   0x76
#define EVTSEL_OS	   (1u << 17)
#define EVTSEL_INT	   (1u << 20)
#define EVTSEL_ENABLE	   (1u << 22)

/* A write of the legacy counter is sign-extended from bit 31: longer periods do not fit. */
#define MAX_PERIOD 0x7fffffffull

static struct {
	u32 select, counter, event;
	u32 bits;    /* counter width */
	bool global; /* has GLOBAL_CTRL and OVF_CTRL */
	const char *missing;
} pmu = {.missing = "no performance counters (CPUID leaf 0xa)"};

static void find_intel(void)
{
	struct cpuid r = cpuid_if(0xa, 0);
	u32 version = r.eax & 0xff, counters = r.eax >> 8 & 0xff;

	if (!version || !counters || r.ebx & 1)
		return;
	pmu.select = MSR_PERFEVTSEL0;
	pmu.counter = MSR_PERFCTR0;
	pmu.event = EVENT_CYCLES_INTEL;
	pmu.bits = r.eax >> 16 & 0xff;
	pmu.global = version >= 2;
	pmu.missing = NULL;
}

static void find_amd(void)
{
	u64 v;

	if (!msr_read_guarded(MSR_AMD_PERFEVTSEL0, &v) || !msr_read_guarded(MSR_AMD_PERFCTR0, &v)) {
		pmu.missing = "no core performance counters";
		return;
	}
	pmu.select = MSR_AMD_PERFEVTSEL0;
	pmu.counter = MSR_AMD_PERFCTR0;
	pmu.event = EVENT_CYCLES_AMD;
	pmu.bits = 48;
	pmu.missing = NULL;
}

/* Emulators accept the registers and count nothing. */
static bool counts(void)
{
	u64 before, start = time_counter();

	wrmsr(pmu.select, pmu.event | EVTSEL_OS | EVTSEL_ENABLE);
	wrmsr(pmu.counter, 0);
	if (pmu.global)
		wrmsr(MSR_PERF_CTRL, 1);
	before = rdmsr(pmu.counter);
	while (time_counter() - start < 10000)
		cpu_relax();
	before = rdmsr(pmu.counter) - before;
	wrmsr(pmu.select, 0);
	return before != 0;
}

void pmu_init(void)
{
	struct cpuid r = cpuid(0, 0);

	if (r.ebx == 0x68747541 || r.ebx == 0x6f677948) /* "Auth"enticAMD, "Hygo"nGenuine */
		find_amd();
	else
		find_intel();
	if (!pmu.missing && !counts())
		pmu.missing = "performance counters do not count here";
}

const char *pmu_missing(void)
{
	return pmu.missing;
}

static void reload(u64 period)
{
	wrmsr(pmu.counter, -period & ((1ull << pmu.bits) - 1));
}

s64 pmu_start(struct arch_cpu *cpu, u64 hz)
{
	u64 period = hz ? time_hz() / hz : 0;

	if (pmu.missing)
		return -ENODEV;
	if (period < 1000 || period > MAX_PERIOD)
		return -EINVAL;
	cpu->pmu_reload = period;
	apic_lvt_pmu(true);
	wrmsr(pmu.select, 0);
	reload(period);
	if (pmu.global) {
		wrmsr(MSR_PERF_OVF_CTRL, 1);
		wrmsr(MSR_PERF_CTRL, 1);
	}
	wrmsr(pmu.select, pmu.event | EVTSEL_OS | EVTSEL_INT | EVTSEL_ENABLE);
	return time_hz() * 1000 / period;
}

void pmu_stop(struct arch_cpu *cpu)
{
	if (!cpu->pmu_reload)
		return;
	wrmsr(pmu.select, 0);
	apic_lvt_pmu(false);
	cpu->pmu_reload = 0;
}

bool pmu_overflowed(struct arch_cpu *cpu)
{
	bool negative;

	if (!cpu->pmu_reload)
		return false;
	/* It starts below zero: as long as the top bit is set, it has not wrapped. */
	negative = rdmsr(pmu.counter) >> (pmu.bits - 1) & 1;
	if (negative)
		return false;
	reload(cpu->pmu_reload);
	if (pmu.global)
		wrmsr(MSR_PERF_OVF_CTRL, 1);
	/* Delivering the interrupt masked it (SDM volume 3, 11.5.1). */
	apic_lvt_pmu(true);
	return true;
}
