/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Starting cores by PSCI or through a spin table, and waking them. */
#include <arch/mmu.h>
#include <arch/smp.h>
#include "internal.h"

#define MPIDR_MT (1u << 24)

void secondary_psci(void);
void secondary_spin(void);
/* Called by start.S on the new core's own stack. */
__noreturn void secondary_main(struct arch_cpu *cpu);

/* start.S looks here for the core that a spin table released. */
struct arch_cpu *spin_table_cpus;

/* Device tree specification, section 3.8.1: the loader's parked cores poll this word. */
static int spin_table_release(struct arch_cpu *cpu, u64 park)
{
	u64 entry = (uintptr_t)secondary_spin;

	cpu->next = spin_table_cpus;
	spin_table_cpus = cpu;
	/* The parked core reads past all caches, so the word is written so too. */
	if (!mmu_map_device(park & ~7ull, sizeof(entry)))
		return -ENOMEM;
	cache_clean(&spin_table_cpus, sizeof(spin_table_cpus));
	mmio_write64(park, entry);
	dsb(sy);
	__asm__ volatile("sev" ::: "memory");
	return 0;
}

int smp_prepare(void)
{
	mmu_others_start();
	return 0;
}

int smp_start(struct arch_cpu *cpu, const struct boot_cpu *bc)
{
	s64 code = 0;
	int error;

	cpu->mpidr = bc->hwid;
	cpu->boot = bc;
	cpu->pmu_irq = bc->pmu_irq;
	if (gic) {
		error = gic->find(cpu, bc);
		if (error)
			return error;
	}
	smp_mb();
	if (bc->park)
		return spin_table_release(cpu, bc->park);
	return psci_cpu_on(bc->hwid, (uintptr_t)secondary_psci, (uintptr_t)cpu, &code);
}

void smp_start_finish(void)
{
}

void secondary_main(struct arch_cpu *cpu)
{
	if (arch_cpu_init(cpu, cpu->boot) == 0)
		kernel_secondary();
	for (;;)
		__asm__ volatile("wfi");
}

void smp_wake(const struct arch_cpu *to)
{
	if (gic) {
		gic->send(to, SGI_WAKE);
		return;
	}
	dsb(ishst);
	__asm__ volatile("sev" ::: "memory");
}

enum cpu_distance smp_distance(const struct arch_cpu *a, const struct arch_cpu *b)
{
	u64 differ = a->mpidr ^ b->mpidr;
	/* With MT set affinity level 0 is a thread, and every level names the next larger. */
	u32 shift = sysreg_read(mpidr_el1) & MPIDR_MT ? 0 : 8;

	if (!differ)
		return DIST_SELF;
	differ = (differ & 0xffffff) << shift | (differ >> 32) << 32;
	if (!(differ >> 8))
		return DIST_SMT;
	if (!(differ >> 16))
		return DIST_CLUSTER;
	return differ >> 24 ? DIST_SYSTEM : DIST_PACKAGE;
}
