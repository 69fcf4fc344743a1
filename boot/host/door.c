/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The door of a Linux program: its arguments are the options line, its processors those it
 * may run on, its memory one large mapping of which only what is used costs anything.
 */
#include "../../arch/host/internal.h"
#include <arch/time.h>
#include <sys/mman.h>
#include "../cmdline.h"

#define MEMORY	     (256ull << 20)
#define PER_CORE     (ARCH_NR_STACKS * ARCH_STACK_SIZE + (1ull << 20))
#define STATUS_ERROR 2

static struct boot_info info;

static __noreturn void refuse(const char *what)
{
	perror(what);
	exit(STATUS_ERROR);
}

static void add_options(char **argv)
{
	for (u32 i = 1; argv[i]; i++)
		cmdline_add(&info, argv[i], strlen(argv[i]), "the command line");
	options_default(&info.options);
	options_parse(&info.options, info.cmdline);
}

/* Where more cores are asked for than there are processors, some take turns on one. */
static void add_cores(void)
{
	u32 processor[CPU_SETSIZE], n = 0, cores = info.options.cpus;
	cpu_set_t set;

	if (sched_getaffinity(0, sizeof(set), &set))
		refuse("sched_getaffinity");
	for (u32 i = 0; i < CPU_SETSIZE; i++) {
		if (CPU_ISSET(i, &set))
			processor[n++] = i;
	}
	cores = MIN(cores ? cores : n, BOOT_MAX_CPUS);
	for (u32 i = 0; i < cores; i++)
		info.cpu[i] = (struct boot_cpu){.hwid = i, .acpi_uid = processor[i % n]};
	info.nr_cpus = cores;
	info.nr_cpus_listed = n;
	if (cores > n)
		boot_note(&info, "%u cores take turns on %u processors: timing means nothing",
			  cores, n);
}

static void add_memory(void)
{
	size_t size = MEMORY + info.nr_cpus * PER_CORE;
	void *p = mmap(NULL, size, PROT_READ | PROT_WRITE,
		       MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	if (p == MAP_FAILED)
		refuse("memory");
	info.mem[info.nr_mem++] = (struct boot_mem){(uintptr_t)p, size};
}

int main(int argc, char **argv)
{
	host_early_init();
	info.door = DOOR_HOST;
	info.entry_stamp = time_counter();
	info.s5_type = 0xff;
	add_options(argv);
	add_cores();
	add_memory();
	kernel_main(&info);
}
