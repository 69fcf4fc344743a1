/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Bringing cores up when some refuse, some never come, and memory ends.
 * unit: kernel/smp.c kernel/clock.c kernel/rng.c kernel/printf.c kernel/string.c
 * unit: tests/unit/host.c
 */
#include "unit.h"

#include <arch/smp.h>
#include <arch/time.h>
#include "../../boot/boot_info.h"
#include "../../kernel/clock.h"
#include "../../kernel/console.h"
#include "../../kernel/cpu.h"
#include "../../kernel/job.h"
#include "../../kernel/main.h"
#include "../../kernel/mem.h"
#include "../../kernel/printf.h"
#include "../../kernel/string.h"

const struct boot_info *boot;
struct boot_times boot_times;

/* What each core does when it is asked to start. */
enum behaviour { COMES, REFUSES, REFUSES_LATE, STAYS_AWAY };

static struct boot_info info;
static enum behaviour behaviour[BOOT_MAX_CPUS];
static struct cpu *asked[BOOT_MAX_CPUS];
static u32 nr_asked, nr_arrived;
static size_t memory;
static void *allocated[1000];
static u32 nr_allocated;
static char logged[4000];
static struct text log_text;

/* ---- What kernel/smp.c stands on */

void klog(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	text_vprintf(&log_text, fmt, ap);
	va_end(ap);
	text_printf(&log_text, "\n");
}

void panic(const char *fmt, ...)
{
	unit_fail(__FILE__, __LINE__, "panic: %s", fmt);
	for (;;)
		;
}

void *mem_alloc(size_t size, size_t align)
{
	void *p;

	if (size > memory || nr_allocated == ARRAY_SIZE(allocated))
		return NULL;
	memory -= size;
	p = unit_alloc(size + align);
	allocated[nr_allocated++] = p;
	return memset((void *)ALIGN_UP((uintptr_t)p, align), 0, size);
}

void *mem_alloc_stack(size_t size)
{
	u8 *p = mem_alloc(size, 16);

	return p ? p + size : NULL;
}

u64 mem_free_bytes(void)
{
	return memory;
}

int console_init_cpu(struct cpu *cpu)
{
	return 0;
}

int arch_cpu_init(struct arch_cpu *cpu, const struct boot_cpu *bc)
{
	host_cpu = cpu;
	return 0;
}

int smp_prepare(void)
{
	return 0;
}

int smp_start(struct arch_cpu *cpu, const struct boot_cpu *bc)
{
	if (behaviour[bc - info.cpu] == REFUSES)
		return -EIO;
	asked[nr_asked++] = (struct cpu *)cpu;
	return 0;
}

void smp_start_finish(void)
{
}

int smp_start_error(const struct arch_cpu *cpu)
{
	return behaviour[((const struct cpu *)cpu)->hwid / 0x100] == REFUSES_LATE ? -EIO : 0;
}

void cpu_idle(void)
{
	__builtin_unreachable();
}

void job_loop(void)
{
	__builtin_unreachable();
}

/* One core arrives each time the boot core looks; then only time passes. */
static void next_arrives(void)
{
	host_counter += NSEC_PER_MSEC;
	while (nr_arrived < nr_asked) {
		struct cpu *c = asked[nr_arrived++];

		if (behaviour[c->hwid / 0x100] != COMES)
			continue;
		c->state = CPU_IDLE;
		return;
	}
}

/* ---- */

static void set_up(u32 cpus)
{
	memset(&info, 0, sizeof(info));
	memset(behaviour, 0, sizeof(behaviour));
	memset(&online, 0, sizeof(online));
	nr_asked = nr_arrived = 0;
	memory = 1 << 30;
	log_text = TEXT_INIT(logged);
	logged[0] = '\0';
	host_relax = next_arrives;
	host_counter = 0;
	clock_init();
	info.nr_cpus = cpus;
	for (u32 i = 0; i < cpus; i++)
		info.cpu[i].hwid = i * 0x100;
	smp_boot_cpu(&info);
}

static void tear_down(void)
{
	while (nr_allocated)
		unit_free(allocated[--nr_allocated]);
	host_relax = NULL;
}

/* Ids are dense, in the firmware's order, and agree with the places in the group. */
static void expect_online(const u32 *index, u32 n)
{
	EXPECT_EQ(online.count, n);
	for (u32 i = 0; i < n; i++) {
		ASSERT(online.cpu[i]);
		EXPECT_EQ(online.cpu[i]->id, i);
		EXPECT_EQ(online.cpu[i]->hwid, index[i] * 0x100);
		EXPECT_EQ(online.cpu[i]->state, CPU_IDLE);
	}
	EXPECT(online.cpu[n] == NULL);
}

TEST(smp_all_come)
{
	set_up(4);
	EXPECT_EQ(smp_bring_up(&info), 4);
	expect_online((u32[]){0, 1, 2, 3}, 4);
	EXPECT_STR(logged, "");
	EXPECT(boot_times.all_online_ns < 100 * NSEC_PER_MSEC);
	tear_down();
}

TEST(smp_one_core)
{
	set_up(1);
	EXPECT_EQ(smp_bring_up(&info), 1);
	expect_online((u32[]){0}, 1);
	tear_down();
}

/* Nobody waits for a core that the firmware said no to. */
TEST(smp_refused_after_all)
{
	set_up(4);
	behaviour[2] = REFUSES_LATE;
	EXPECT_EQ(smp_bring_up(&info), 3);
	expect_online((u32[]){0, 1, 3}, 3);
	EXPECT_STR(logged, "# error cpu=2 hwid=0x200 refused to start\n");
	EXPECT(boot_times.all_online_ns < 100 * NSEC_PER_MSEC);
	tear_down();
}

TEST(smp_some_stay_away)
{
	set_up(6);
	behaviour[1] = STAYS_AWAY;
	behaviour[3] = REFUSES;
	behaviour[5] = STAYS_AWAY;
	EXPECT_EQ(smp_bring_up(&info), 3);
	expect_online((u32[]){0, 2, 4}, 3);
	EXPECT_HAS(logged, "# error cpu=1 hwid=0x100 did not start within 2000 ms\n");
	EXPECT_HAS(logged, "# error cpu=3 hwid=0x300 refused to start\n");
	EXPECT_HAS(logged, "# error cpu=5 hwid=0x500 did not start within 2000 ms\n");
	/* The deadline runs from the last arrival, and once for all. */
	EXPECT(boot_times.all_online_ns > 2000 * NSEC_PER_MSEC);
	EXPECT(boot_times.all_online_ns < 2100 * NSEC_PER_MSEC);
	/* A core that comes now finds that it is too late. */
	EXPECT_EQ(asked[0]->state, CPU_LOST);
	tear_down();
}

TEST(smp_user_wants_fewer)
{
	set_up(8);
	info.options.cpus = 3;
	EXPECT_EQ(smp_bring_up(&info), 3);
	EXPECT_EQ(nr_asked, 2);
	tear_down();
}

TEST(smp_memory_for_some)
{
	size_t one;

	set_up(5);
	one = (1 << 30) - memory;
	memory = 2 * one + 100000;
	EXPECT(smp_bring_up(&info) >= 2);
	EXPECT(online.count < 5);
	EXPECT_HAS(logged, "# error memory is enough for ");
	tear_down();
}
