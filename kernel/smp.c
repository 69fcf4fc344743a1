/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <arch/smp.h>
#include <arch/time.h>
#include "../boot/boot_info.h"
#include "clock.h"
#include "console.h"
#include "cpu.h"
#include "job.h"
#include "main.h"
#include "mem.h"
#include "rng.h"
#include "stats.h"

/*
 * All cores start at once, so a core's deadline runs from the last arrival of any: real ones
 * need milliseconds, hundreds of emulated ones take their turns.
 */
#define START_MS 2000

struct cpu_group online;

/* In the firmware's order, until those that stayed away are known. */
static struct cpu *candidate[BOOT_MAX_CPUS];

/* What a core needs; NULL when memory ends. @first_stack skips the task stack. */
static struct cpu *cpu_alloc(const struct boot_info *bi, u32 index, u32 first_stack)
{
	struct cpu *cpu = mem_alloc(sizeof(*cpu), 2 * CACHE_LINE);

	if (!cpu)
		return NULL;
	cpu->id = index;
	cpu->hwid = bi->cpu[index].hwid;
	cpu->group = &online;
	cpu->now = clock_cpu_now;
	cpu->rng = rng_seed(bi->options.seed, index);
	cpu->stats = mem_alloc(sizeof(*cpu->stats), CACHE_LINE);
	cpu->snapshot = mem_alloc(sizeof(*cpu->snapshot), CACHE_LINE);
	if (!cpu->stats || !cpu->snapshot || console_init_cpu(cpu))
		return NULL;
	for (u32 i = first_stack; i < ARCH_NR_STACKS; i++) {
		cpu->arch.stack[i] = (uintptr_t)mem_alloc_stack(ARCH_STACK_SIZE);
		if (!cpu->arch.stack[i])
			return NULL;
	}
	return cpu;
}

void smp_boot_cpu(const struct boot_info *bi)
{
	struct cpu *cpu = cpu_alloc(bi, 0, 1);

	if (!cpu)
		panic("not enough memory for one core: %llu KiB left",
		      (unsigned long long)mem_free_bytes() / 1024);
	if (arch_cpu_init(&cpu->arch, &bi->cpu[0]))
		panic("the boot core cannot be set up");
	cpu->state = CPU_IDLE;
	online.cpu[0] = cpu;
	store_release(&online.count, 1);
}

/* A core that comes after its deadline was left out: it has no id and must stay away. */
void kernel_secondary(void)
{
	struct cpu *cpu = this_cpu();
	u32 starting = CPU_STARTING;

	if (!__atomic_compare_exchange_n(&cpu->state, &starting, CPU_IDLE, false, __ATOMIC_SEQ_CST,
					 __ATOMIC_SEQ_CST)) {
		for (;;)
			cpu_idle();
	}
	job_loop();
}

static void not_started(u32 index, u64 hwid, const char *why)
{
	klog("# error cpu=%u hwid=%#llx %s", index, (unsigned long long)hwid, why);
}

/*
 * First memory for all, while this core runs alone: guard pages change the page tables
 * under stacks that a running core would be using. Return: how many have some.
 */
static u32 allocate_all(const struct boot_info *bi, u32 limit)
{
	for (u32 n = 1; n < limit; n++) {
		candidate[n] = cpu_alloc(bi, n, 0);
		if (!candidate[n]) {
			klog("# error memory is enough for %u of %u cores", n, limit);
			return n;
		}
	}
	return limit;
}

static void ask_all(const struct boot_info *bi, u32 n)
{
	for (u32 i = 1; i < n; i++) {
		struct cpu *cpu = candidate[i];

		WRITE_ONCE(cpu->state, CPU_STARTING);
		if (smp_start(&cpu->arch, &bi->cpu[i])) {
			WRITE_ONCE(cpu->state, CPU_LOST);
			not_started(i, cpu->hwid, "refused to start");
		}
	}
	smp_start_finish();
	for (u32 i = 1; i < n; i++) {
		struct cpu *cpu = candidate[i];

		if (smp_start_error(&cpu->arch)) {
			WRITE_ONCE(cpu->state, CPU_LOST);
			not_started(i, cpu->hwid, "refused to start");
		}
	}
}

static u32 count_starting(u32 n)
{
	u32 starting = 0;

	for (u32 i = 1; i < n; i++)
		starting += READ_ONCE(candidate[i]->state) == CPU_STARTING;
	return starting;
}

static void await_arrivals(u32 n)
{
	u64 since = clock_now_ns();
	u32 waiting = count_starting(n);

	while (waiting && clock_now_ns() - since < START_MS * NSEC_PER_MSEC) {
		u32 now = count_starting(n);

		if (now != waiting)
			since = clock_now_ns();
		waiting = now;
		cpu_relax();
	}
}

/* Give ids to those that came. */
static void compact(u32 n)
{
	u32 count = 1;
	char why[48];

	snprintf(why, sizeof(why), "did not start within %u ms", START_MS);
	for (u32 i = 1; i < n; i++) {
		struct cpu *cpu = candidate[i];
		u32 starting = CPU_STARTING;

		if (__atomic_compare_exchange_n(&cpu->state, &starting, CPU_LOST, false,
						__ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST))
			not_started(i, cpu->hwid, why);
		if (cpu->state == CPU_LOST)
			continue;
		cpu->id = count;
		online.cpu[count++] = cpu;
	}
	store_release(&online.count, count);
}

u32 smp_bring_up(const struct boot_info *bi)
{
	u32 limit = bi->nr_cpus;

	if (bi->options.cpus)
		limit = MIN(limit, bi->options.cpus);
	limit = allocate_all(bi, limit);
	if (limit > 1 && smp_prepare() == 0) {
		ask_all(bi, limit);
		await_arrivals(limit);
		compact(limit);
	}
	boot_times.all_online_ns = clock_ticks_to_ns(time_counter() - boot_times.entry_ticks);
	return online.count;
}
