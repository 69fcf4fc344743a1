/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Starting cores by PSCI or through a spin table, and waking them. */
#include <arch/mmu.h>
#include <arch/atomic.h>
#include <arch/smp.h>
#include <arch/time.h>
#include "internal.h"

#define MPIDR_MT (1u << 24)

void secondary_psci(void);
void secondary_spin(void);
/* Called by start.S on the new core's own stack. */
__noreturn void secondary_main(struct arch_cpu *cpu);

#define ANSWER_MS 1000

/*
 * Each call of the firmware makes an emulator with one host thread look at all its cores,
 * so that the boot core alone would start 64 in 64 such rounds. Calls in the same round
 * share it: whoever runs takes the next core that is still to be asked for.
 */
static struct arch_cpu *asked[BOOT_MAX_CPUS];
static u32 nr_listed, nr_asked, next_asked, nr_answered;

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
	nr_listed = nr_asked = next_asked = nr_answered = 0;
	return 0;
}

int smp_start(struct arch_cpu *cpu, const struct boot_cpu *bc)
{
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
	if (!psci_present() || nr_listed == BOOT_MAX_CPUS)
		return -ENODEV;
	asked[nr_listed++] = cpu;
	return 0;
}

static void ask_firmware(void)
{
	u32 i = atomic_read_rlx(&next_asked);
	s64 code;

	while (i < load_acquire(&nr_asked)) {
		struct arch_cpu *cpu = asked[i];

		if (!atomic_try_cmpxchg_full(&next_asked, &i, i + 1))
			continue;
		cpu->start_error =
			psci_cpu_on(cpu->mpidr, (uintptr_t)secondary_psci, (uintptr_t)cpu, &code);
		atomic_add_full(&nr_answered, 1);
		i = atomic_read_rlx(&next_asked);
	}
}

void smp_start_finish(void)
{
	u64 start = time_counter(), limit = time_hz() / 1000 * ANSWER_MS;

	store_release(&nr_asked, nr_listed);
	ask_firmware();
	/* Others may still be in the firmware. Who gets stuck there shows as not arrived. */
	while (atomic_read_acq(&nr_answered) < nr_listed && time_counter() - start < limit)
		cpu_relax();
}

int smp_start_error(const struct arch_cpu *cpu)
{
	return cpu->start_error;
}

void secondary_main(struct arch_cpu *cpu)
{
	ask_firmware();
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
