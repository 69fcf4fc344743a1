/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The order in which a thread and the process become cores and a machine. */
#include "internal.h"
#include <arch/console.h>

static struct cpu_facts facts;

#ifdef HOST_THREAD_BASE
__thread void *host_base;
#endif

/* What the base register shows before arch_cpu_init(): large enough for a struct cpu. */
static union {
	struct arch_cpu arch;
	u8 zeroes[8192];
} early_cpu;

bool read_line(const char *path, char *line, size_t size)
{
	FILE *file = fopen(path, "r");
	bool got = file && fgets(line, size, file);

	if (file)
		fclose(file);
	if (got)
		line[strcspn(line, "\n")] = '\0';
	return got;
}

static void set_base(struct arch_cpu *cpu)
{
	cpu->self = cpu;
	cpu->home = cpu;
	cpu->step_break_fd = -1;
	base_write(cpu);
}

void host_early_init(void)
{
	set_base(&early_cpu.arch);
	signals_open(false);
	signals_init();
}

int arch_init(const struct boot_info *bi)
{
	time_init();
	topology_init();
	turns_init(bi->nr_cpus > bi->nr_cpus_listed);
	machine_facts(&facts);
	facts.irqchip = "signals";
	facts.level = "user";
	return 0;
}

int arch_cpu_init(struct arch_cpu *cpu, const struct boot_cpu *bc)
{
	cpu_set_t set;

	set_base(cpu);
	cpu->tid = gettid();
	cpu->processor = bc->acpi_uid;
	CPU_ZERO(&set);
	CPU_SET(cpu->processor, &set);
	if (sched_setaffinity(0, sizeof(set), &set) || signals_cpu_init(cpu)) {
		klog("# error arch: thread %u cannot be pinned to processor %u or has no stack for "
		     "signals",
		     cpu->tid, cpu->processor);
		return -EIO;
	}
	take_turns(true);
	return 0;
}

u64 cpu_hwid(void)
{
	return ((struct arch_cpu *)percpu_base())->home->processor;
}

const struct cpu_facts *cpu_facts(void)
{
	return &facts;
}
