/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Sending NMIs, their periodic sources, and what can be said about one that arrived. All
 * NMIs share one vector; entry.S tells how they nest.
 */
#include <arch/nmi.h>
#include <arch/time.h>
#include "internal.h"

#define PORT_B	       0x61
#define PORT_B_SERR    (1u << 7)
#define PORT_B_IOCHK   (1u << 6)
#define PORT_B_KEEP    0x03
#define PORT_B_CLEAR   0x0c /* set, both error latches are cleared and masked */

#define PROBE_HZ       10000
#define PROBE_LIMIT_MS 300 /* an emulator may keep a core waiting for its host */
#define PROBE_QUIET_NS (20 * NSEC_PER_USEC)

/* Called by entry.S alone. */
struct trap_frame *nmi_dispatch(struct trap_frame *f);

enum watchdog { WATCHDOG_OFF, WATCHDOG_HPET, WATCHDOG_PIT };

static enum watchdog watchdog;
static u64 watchdog_period, watchdog_last; /* TSC ticks, for the PIT only */

static u32 probed;

static struct trap_frame *probe_hook(struct trap_frame *f)
{
	WRITE_ONCE(probed, probed + 1);
	return f;
}

/* Does an NMI come once the timer runs? Asked of each timer, so that none is promised. */
static bool arrives(void)
{
	u64 start = time_counter(), limit = time_hz() / 1000 * PROBE_LIMIT_MS;
	u32 before = READ_ONCE(probed);

	while (READ_ONCE(probed) == before && time_counter() - start < limit)
		cpu_relax();
	return READ_ONCE(probed) != before;
}

/*
 * Routes that look right may be dead: interrupt remapping left on by the firmware drops
 * what an I/O APIC sends the old way.
 */
void nmi_probe_timers(struct arch_cpu *cpu)
{
	cpu->nmi_hook = probe_hook;
	for (u32 use = 0; use < NR_HPET_USES; use++) {
		if (hpet_start(use, cpu->apic_id, PROBE_HZ) <= 0 || !arrives())
			hpet_give_up(use);
		hpet_stop(use);
	}
	if (pit_start(cpu->apic_id, PROBE_HZ) <= 0 || !arrives())
		pit_give_up();
	pit_stop();
	/* A last one may be under way. */
	time_delay_ns(PROBE_QUIET_NS);
	cpu->nmi_hook = NULL;
}

const char *nmi_source_name(enum nmi_source src)
{
	static const char *const names[NR_NMI_SOURCES] = {
		[NMI_SRC_ANON] = "anon",
		[NMI_SRC_IPI] = "ipi",
		[NMI_SRC_SUPERVISOR] = "supervisor",
		[NMI_SRC_WATCHDOG] = "watchdog",
		[NMI_SRC_TIMER_A] = "pit",
		[NMI_SRC_TIMER_B] = "hpet",
		[NMI_SRC_PMU] = "pmu",
		[NMI_SRC_EXTERNAL] = "lint1",
		[NMI_SRC_HARDWARE] = "hardware",
	};

	return src < NR_NMI_SOURCES ? names[src] : "?";
}

const char *nmi_source_missing(enum nmi_source src)
{
	switch (src) {
	case NMI_SRC_WATCHDOG:
		return hpet_missing(HPET_WATCHDOG) && pit_missing() ? "neither HPET nor PIT" : NULL;
	case NMI_SRC_TIMER_A:
		if (!pit_missing() && hpet_missing(HPET_WATCHDOG))
			return "the watchdog needs the PIT: no HPET";
		return pit_missing();
	case NMI_SRC_TIMER_B:
		return hpet_missing(HPET_PERIODIC);
	case NMI_SRC_PMU:
		return pmu_missing();
	default:
		return NULL;
	}
}

const char *nmi_mechanism(void)
{
	return "nmi";
}

int nmi_send(const struct arch_cpu *to)
{
	/* To itself too by physical id: NMI and the self shorthand do not go together. */
	return apic_send(to->apic_id, ICR_NMI);
}

int nmi_send_supervisor(const struct arch_cpu *to)
{
	return nmi_send(to);
}

s64 nmi_periodic_start(enum nmi_source src, u64 hz)
{
	struct arch_cpu *cpu = percpu_base();

	switch (src) {
	case NMI_SRC_TIMER_A:
		return nmi_source_missing(src) ? -ENODEV : pit_start(cpu->apic_id, hz);
	case NMI_SRC_TIMER_B:
		return hpet_start(HPET_PERIODIC, cpu->apic_id, hz);
	case NMI_SRC_PMU:
		return pmu_start(cpu, hz);
	default:
		return -ENODEV;
	}
}

void nmi_periodic_stop(enum nmi_source src)
{
	switch (src) {
	case NMI_SRC_TIMER_A:
		if (!nmi_source_missing(src))
			pit_stop();
		break;
	case NMI_SRC_TIMER_B:
		hpet_stop(HPET_PERIODIC);
		break;
	case NMI_SRC_PMU:
		pmu_stop(percpu_base());
		break;
	default:
		break;
	}
}

int nmi_watchdog_start(void)
{
	struct arch_cpu *cpu = percpu_base();

	if (watchdog != WATCHDOG_OFF)
		return 0;
	if (hpet_start(HPET_WATCHDOG, cpu->apic_id, WATCHDOG_HZ) > 0) {
		watchdog = WATCHDOG_HPET;
	} else if (pit_start(cpu->apic_id, WATCHDOG_HZ) > 0) {
		watchdog_period = time_hz() / WATCHDOG_HZ;
		watchdog_last = time_counter();
		watchdog = WATCHDOG_PIT;
	} else {
		return -ENODEV;
	}
	return 0;
}

void nmi_watchdog_stop(void)
{
	if (watchdog == WATCHDOG_HPET)
		hpet_stop(HPET_WATCHDOG);
	else if (watchdog == WATCHDOG_PIT)
		pit_stop();
	watchdog = WATCHDOG_OFF;
}

/* Did the watchdog tick since we last looked? The PIT cannot say, so its period does. */
static bool watchdog_ticked(void)
{
	u64 now;

	if (watchdog == WATCHDOG_HPET)
		return hpet_fired(HPET_WATCHDOG);
	if (watchdog != WATCHDOG_PIT)
		return false;
	now = time_counter();
	if (now - watchdog_last < watchdog_period / 4 * 3)
		return false;
	watchdog_last = now;
	return true;
}

/* SERR or IOCHK: a machine error. Clear and re-arm its latch. */
static bool hardware_error(void)
{
	u8 b = inb(PORT_B);

	if (!(b & (PORT_B_SERR | PORT_B_IOCHK)))
		return false;
	outb(PORT_B, (b & PORT_B_KEEP) | PORT_B_CLEAR);
	outb(PORT_B, b & PORT_B_KEEP);
	return true;
}

struct trap_frame *nmi_dispatch(struct trap_frame *f)
{
	struct arch_cpu *base = percpu_base(), *cpu = base->home;
	u32 sources = 1 << NMI_SRC_ANON;

	if (cpu->step_landing)
		return step_nmi(cpu, f);
	if (pmu_overflowed(cpu))
		sources |= 1 << NMI_SRC_PMU;
	/* LINT1, and with it the chipset, interrupts the boot core alone, and so do ticks. */
	if (cpu->lint1) {
		if (watchdog_ticked())
			sources |= 1 << NMI_SRC_WATCHDOG;
		if (hardware_error())
			sources |= 1 << NMI_SRC_HARDWARE;
	}
	if (base == cpu)
		return kernel_nmi(f, sources);
	wrmsr(MSR_GS_BASE, (uintptr_t)cpu);
	f = kernel_nmi(f, sources);
	/* Unless the job was abandoned, and its virtual core with it. */
	if (cpu->stepper)
		wrmsr(MSR_GS_BASE, (uintptr_t)base);
	return f;
}

/*
 * From nmi_body_begin() on NMIs are open, and x86 has no way to close them again but to
 * take one. What arrives later nests, and the kernel's depth tells.
 */
void nmi_body_end(void)
{
	barrier();
}
