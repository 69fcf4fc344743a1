/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * NMIs out of interrupts. Two mechanisms:
 *
 * "pmr": the GIC's priority mask holds back ordinary interrupts while PSTATE.I stays
 * open, so what has a better priority still arrives. The running priority keeps a
 * scenario's handler from being interrupted by its like, and lets the supervisor through
 * as soon as nmi_body_begin() opens PSTATE.I.
 *
 * "superpriority" (FEAT_NMI): PSTATE.I holds back ordinary interrupts; those with the NMI
 * property pass unless PSTATE.ALLINT is set. There is one level only, so nmi_body_begin()
 * drops the priority early and clears ALLINT: anything may then nest, and the kernel tells
 * the supervisor from the rest, as it does on x86.
 */
#include <arch/console.h>
#include "internal.h"

#define DAIF_DEBUG (1u << 9)
#define DAIF_IRQ   (1u << 7)
#define DAIF_FIQ   (1u << 6)
#define ALLINT_BIT (1u << 13)
#define SCTLR_NMI  (1ull << 61)
#define DROPPED	   (1u << 31)
#define FIRST_PPI  16

enum irq_mask irq_mask = IRQ_MASK_PSTATE;
const struct gic *gic;
bool nmi_superpriority;
static u32 pmu_irq;

const char *nmi_mechanism(void)
{
	return !gic ? "none" : nmi_superpriority ? "superpriority" : "pmr";
}

int nmi_init(const struct boot_info *bi)
{
	int error;

	gic = bi->gic_version >= 3 ? &gicv3 : bi->gic_version == 2 ? &gicv2 : NULL;
	pmu_irq = bi->pmu_irq;
	if (!gic) {
		klog("# warn no GIC: no NMIs, and no supervisor for a core that hangs");
		return 0;
	}
	error = gic->init(bi);
	if (error)
		return error;
	if (bi->options.nmi == NMI_SUPERPRIORITY) {
		nmi_superpriority = gic == &gicv3 && gicv3_has_superpriority();
		if (!nmi_superpriority)
			klog("# warn nmi=superpriority: this machine has no FEAT_NMI, pmr is used");
	}
	return 0;
}

u64 nmi_task_daif(void)
{
	bool by_pmr = gic && !nmi_superpriority;

	return DAIF_DEBUG | DAIF_FIQ | (by_pmr ? 0 : DAIF_IRQ);
}

int nmi_cpu_init(struct arch_cpu *cpu)
{
	int error;

	if (!gic) {
		__asm__ volatile("msr daifclr, #4" ::: "memory");
		return 0;
	}
	error = gic->cpu_init(cpu);
	if (error)
		return error;
	if (!cpu->pmu_irq)
		cpu->pmu_irq = pmu_irq;
	gic->enable(cpu, SGI_WAKE, PRIORITY_NORMAL);
	gic->enable(cpu, SGI_SCENARIO, PRIORITY_SCENARIO);
	gic->enable(cpu, SGI_SUPERVISOR, PRIORITY_SUPERVISOR);
	irq_mask = nmi_superpriority ? IRQ_MASK_PSTATE : gic->mask;
	if (nmi_superpriority) {
		sysreg_write(sctlr_el1, sysreg_read(sctlr_el1) | SCTLR_NMI);
		isb();
		sysreg_write(SYS_ALLINT, 0);
	}
	sysreg_write(daif, nmi_task_daif());
	isb();
	return 0;
}

/* Which source an interrupt is, NR_NMI_SOURCES if none. */
static enum nmi_source source_of(const struct arch_cpu *cpu, u32 intid)
{
	if (intid == SGI_SCENARIO)
		return NMI_SRC_IPI;
	if (intid == SGI_SUPERVISOR)
		return NMI_SRC_SUPERVISOR;
	if (intid < FIRST_PPI)
		return NR_NMI_SOURCES; /* so that "no interrupt", 0, means no timer */
	if (intid == timer_intid(TIMER_WATCHDOG))
		return NMI_SRC_WATCHDOG;
	if (intid == timer_intid(TIMER_A))
		return NMI_SRC_TIMER_A;
	if (intid == timer_intid(TIMER_B))
		return NMI_SRC_TIMER_B;
	if (intid == cpu->pmu_irq)
		return NMI_SRC_PMU;
	return NR_NMI_SOURCES;
}

/* Sources that hold their line are told to let go, for the next period. */
static void rearm(struct arch_cpu *cpu, u32 intid)
{
	switch (source_of(cpu, intid)) {
	case NMI_SRC_TIMER_A:
		timer_rearm(TIMER_A);
		break;
	case NMI_SRC_TIMER_B:
		timer_rearm(TIMER_B);
		break;
	case NMI_SRC_WATCHDOG:
		timer_rearm(TIMER_WATCHDOG);
		break;
	case NMI_SRC_PMU:
		pmu_rearm(cpu);
		break;
	default:
		break;
	}
}

void nmi_end_last(struct arch_cpu *cpu)
{
	u32 ack = cpu->active[cpu->nr_active - 1];

	cpu->nr_active--;
	if ((ack & INTID_MASK) >= FIRST_PPI)
		rearm(cpu, ack & INTID_MASK);
	gic->end(ack & ~DROPPED, ack & DROPPED);
}

void nmi_end_all(void)
{
	struct arch_cpu *cpu = percpu_base();

	nmi_body_end();
	while (cpu->nr_active)
		nmi_end_last(cpu);
}

/* What the supervisor or a scenario wants, on the real core whatever core is in use. */
static struct trap_frame *dispatch(struct trap_frame *f, struct arch_cpu *cpu, u32 intid)
{
	struct arch_cpu *core = step_leave_core();
	enum nmi_source source = source_of(cpu, intid);
	u32 depth = cpu->nr_active - 1;

	/* A wake-up has done its work by ending the sleep; a stranger is reported as such. */
	if (source != NR_NMI_SOURCES)
		f = kernel_nmi(f, 1u << source);
	else if (intid != SGI_WAKE)
		f = kernel_nmi(f, 0);
	/* Unless trap_abort_frame() has ended it already. */
	if (cpu->nr_active > depth)
		nmi_end_last(cpu);
	step_enter_core(core);
	return f;
}

/* Nobody waits any more for the stepper's own; a scenario's may have met it. */
static bool is_stray(struct arch_cpu *cpu)
{
	bool stray = cpu->step.stray;

	cpu->step.stray = false;
	return stray && !kernel_nmi_wanted(cpu);
}

struct trap_frame *nmi_dispatch(struct trap_frame *f)
{
	struct arch_cpu *core = percpu_base();
	struct arch_cpu *cpu = core->home ? core->home : core;
	u32 ack, intid;

	ack = gic ? gic->ack() : INTID_SPECIAL;
	intid = ack & INTID_MASK;
	if (intid >= INTID_SPECIAL || cpu->nr_active == ARCH_MAX_ACTIVE)
		return f;
	cpu->active[cpu->nr_active++] = ack;
	if (intid == SGI_SCENARIO && cpu->step.nmi_pc)
		return step_nmi(f, cpu);
	if (intid == SGI_SCENARIO && is_stray(cpu)) {
		nmi_end_last(cpu);
		return f;
	}
	return dispatch(f, cpu, intid);
}

void nmi_body_begin(void)
{
	struct arch_cpu *cpu = percpu_base();
	u32 *last = &cpu->active[cpu->nr_active - 1];

	if (!nmi_superpriority) {
		__asm__ volatile("msr daifclr, #2" ::: "memory");
		return;
	}
	if (!(*last & DROPPED)) {
		gic->drop(*last);
		*last |= DROPPED;
	}
	sysreg_write(SYS_ALLINT, 0);
}

void nmi_body_end(void)
{
	if (nmi_superpriority)
		sysreg_write(SYS_ALLINT, ALLINT_BIT);
	else
		__asm__ volatile("msr daifset, #2" ::: "memory");
}

int nmi_send(const struct arch_cpu *to)
{
	if (!gic)
		return -ENODEV;
	gic->send(to, SGI_SCENARIO);
	return 0;
}

int nmi_send_supervisor(const struct arch_cpu *to)
{
	if (!gic)
		return -ENODEV;
	gic->send(to, SGI_SUPERVISOR);
	return 0;
}

const char *nmi_source_name(enum nmi_source src)
{
	static const char *const names[NR_NMI_SOURCES] = {
		[NMI_SRC_ANON] = "nmi",
		[NMI_SRC_IPI] = "ipi",
		[NMI_SRC_SUPERVISOR] = "supervisor",
		[NMI_SRC_WATCHDOG] = "watchdog",
		[NMI_SRC_TIMER_A] = "vtimer",
		[NMI_SRC_TIMER_B] = "ptimer",
		[NMI_SRC_PMU] = "pmu",
		[NMI_SRC_EXTERNAL] = "external",
		[NMI_SRC_HARDWARE] = "hardware",
	};

	return src < NR_NMI_SOURCES ? names[src] : "?";
}

const char *nmi_source_missing(enum nmi_source src)
{
	if (src == NMI_SRC_ANON || src == NMI_SRC_EXTERNAL || src == NMI_SRC_HARDWARE)
		return "not on arm64";
	if (!gic)
		return "no GIC";
	switch (src) {
	case NMI_SRC_TIMER_A:
		return timer_intid(TIMER_A) ? NULL : "firmware names no virtual timer interrupt";
	case NMI_SRC_TIMER_B:
		return timer_intid(TIMER_B) ? NULL : "at EL1 the physical timer is the watchdog";
	case NMI_SRC_WATCHDOG:
		return timer_intid(TIMER_WATCHDOG) ? NULL : "firmware names no timer interrupt";
	case NMI_SRC_PMU:
		if (!pmu_present())
			return "no PMUv3";
		return pmu_irq ? NULL : "firmware names no PMU interrupt";
	default:
		return NULL;
	}
}

s64 nmi_periodic_start(enum nmi_source src, u64 hz)
{
	struct arch_cpu *cpu = percpu_base();
	enum timer t = src == NMI_SRC_TIMER_A ? TIMER_A : TIMER_B;
	s64 rate;

	if (src != NMI_SRC_TIMER_A && src != NMI_SRC_TIMER_B && src != NMI_SRC_PMU)
		return -EINVAL;
	if (nmi_source_missing(src))
		return -ENODEV;
	if (src == NMI_SRC_PMU) {
		if (!cpu->pmu_irq)
			return -ENODEV;
		rate = pmu_start(cpu, hz);
	} else {
		rate = timer_start(t, hz);
	}
	if (rate > 0)
		gic->enable(cpu, src == NMI_SRC_PMU ? cpu->pmu_irq : timer_intid(t),
			    PRIORITY_SCENARIO);
	return rate;
}

void nmi_periodic_stop(enum nmi_source src)
{
	struct arch_cpu *cpu = percpu_base();

	if (nmi_source_missing(src))
		return;
	if (src == NMI_SRC_PMU) {
		gic->disable(cpu, cpu->pmu_irq);
		pmu_stop(cpu);
	} else if (src == NMI_SRC_TIMER_A || src == NMI_SRC_TIMER_B) {
		enum timer t = src == NMI_SRC_TIMER_A ? TIMER_A : TIMER_B;

		gic->disable(cpu, timer_intid(t));
		timer_stop(t);
	}
}

int nmi_watchdog_start(void)
{
	if (nmi_source_missing(NMI_SRC_WATCHDOG))
		return -ENODEV;
	timer_start(TIMER_WATCHDOG, WATCHDOG_HZ);
	gic->enable(percpu_base(), timer_intid(TIMER_WATCHDOG), PRIORITY_SUPERVISOR);
	return 0;
}

void nmi_watchdog_stop(void)
{
	if (nmi_source_missing(NMI_SRC_WATCHDOG))
		return;
	gic->disable(percpu_base(), timer_intid(TIMER_WATCHDOG));
	timer_stop(TIMER_WATCHDOG);
}
