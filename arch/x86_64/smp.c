/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * INIT-SIPI-SIPI (SDM volume 3, 9.4.4), all cores at once: the trampoline page tells none
 * of them who it is; each looks itself up by APIC id in the list of those asked.
 */
#include <arch/smp.h>
#include <arch/time.h>
#include "internal.h"
#include "../../kernel/string.h"

#define INIT_DELAY_NS (10 * NSEC_PER_MSEC)
#define SIPI_WAIT_NS  (1 * NSEC_PER_MSEC) /* 200 us are asked for; emulators are slower */
#define XAPIC_LAST_ID 254
#define LEVEL_NONE    0
#define LEVEL_SMT     1

extern u8 trampoline_start[], trampoline_end[], trampoline_gdt[], trampoline_64[];
extern u8 gdt_pointer[], trampoline_far[], trampoline_entry[];
extern u8 trampoline_cr0[], trampoline_cr3[], trampoline_cr4[], trampoline_efer[];
void secondary_entry(void);

/* Read by trampoline.S. */
extern u32 smp_id_leaf, smp_nr_asked, smp_asked_id[BOOT_MAX_CPUS];
extern struct arch_cpu *smp_asked_cpu[BOOT_MAX_CPUS];
__noreturn void secondary_main(struct arch_cpu *cpu);

u32 smp_id_leaf, smp_nr_asked, smp_asked_id[BOOT_MAX_CPUS];
struct arch_cpu *smp_asked_cpu[BOOT_MAX_CPUS];
static const struct boot_cpu *asked_bc[BOOT_MAX_CPUS];
static u64 low_page;
static u32 smt_shift, cache_shift, package_shift;

_Static_assert(offsetof(struct arch_cpu, stack) == 16, "trampoline.S loads stack[0]");
_Static_assert(offsetof(struct arch_cpu, nmi_hook) == 8, "entry.S calls it");
_Static_assert(offsetof(struct abort_point, armed) == 128, "entry.S sets it");

static u32 log2_up(u32 n)
{
	return n <= 1 ? 0 : 32 - __builtin_clz(n - 1);
}

/* How many low bits of an APIC id name the place within a package: leaf 0xb or 1. */
static void find_package_shift(void)
{
	for (u32 sub = 0; sub < 8; sub++) {
		struct cpuid r = cpuid_if(0xb, sub);
		u32 level = r.ecx >> 8 & 0xff;

		if (level == LEVEL_NONE)
			break;
		package_shift = r.eax & 0x1f;
		if (level == LEVEL_SMT)
			smt_shift = package_shift;
	}
	if (!package_shift && cpuid(1, 0).edx & (1u << 28))
		package_shift = log2_up(cpuid(1, 0).ebx >> 16 & 0xff);
}

/* Cores that share the last-level cache: leaf 4, or AMD's 0x8000001d of the same form. */
static void find_cache_shift(void)
{
	u32 leaf = cpuid_if(4, 0).eax & 0x1f ? 4 : 0x8000001d;

	cache_shift = smt_shift;
	for (u32 sub = 0; sub < 8; sub++) {
		struct cpuid r = cpuid_if(leaf, sub);

		if (!(r.eax & 0x1f))
			break;
		if ((r.eax >> 5 & 7) == 3)
			cache_shift = log2_up((r.eax >> 14 & 0xfff) + 1);
	}
}

void smp_init(const struct boot_info *bi)
{
	low_page = bi->low_page;
	find_package_shift();
	find_cache_shift();
	/* The leaf that repeats what our local APIC says; leaf 1 has eight bits only. */
	smp_id_leaf = cpuid_if(0xb, 0).ebx && cpuid(0xb, 0).edx == apic_id() ? 0xb : 1;
}

static void put32(const u8 *label, u64 v)
{
	u32 low = v;

	memcpy((u8 *)low_page + (label - trampoline_start), &low, sizeof(low));
}

static void put64(const u8 *label, u64 v)
{
	memcpy((u8 *)low_page + (label - trampoline_start), &v, sizeof(v));
}

int smp_prepare(void)
{
	if (!low_page)
		return -ENOMEM;
	memcpy((u8 *)low_page, trampoline_start, trampoline_end - trampoline_start);
	/* Real mode loads 32 bits of CR3: the next page holds a copy of the root. */
	mmu_copy_root((void *)(low_page + PAGE_SIZE));
	put32(trampoline_cr3, low_page + PAGE_SIZE);
	put32(trampoline_cr0, read_cr0());
	put32(trampoline_cr4, read_cr4());
	put32(trampoline_efer, EFER_LME | EFER_NXE);
	put32(gdt_pointer + 2, low_page + (trampoline_gdt - trampoline_start));
	put32(trampoline_far, low_page + (trampoline_64 - trampoline_start));
	put64(trampoline_entry, (uintptr_t)secondary_entry);
	smp_nr_asked = 0;
	return mmu_make_text((void *)low_page);
}

int smp_start(struct arch_cpu *cpu, const struct boot_cpu *bc)
{
	u32 n = smp_nr_asked;

	if (n == BOOT_MAX_CPUS || (bc->hwid > XAPIC_LAST_ID && !apic_is_x2apic()))
		return -ENODEV;
	cpu->apic_id = bc->hwid;
	smp_asked_id[n] = bc->hwid;
	smp_asked_cpu[n] = cpu;
	asked_bc[n] = bc;
	smp_nr_asked = n + 1;
	return 0;
}

static bool all_awake(void)
{
	for (u32 i = 0; i < smp_nr_asked; i++) {
		if (!READ_ONCE(smp_asked_cpu[i]->self))
			return false;
	}
	return true;
}

static void await_awake(void)
{
	u64 start = time_counter();
	u64 limit = time_hz() / 1000 * SIPI_WAIT_NS / NSEC_PER_MSEC;

	while (!all_awake() && time_counter() - start < limit)
		cpu_relax();
}

void smp_start_finish(void)
{
	u32 startup = ICR_SIPI(low_page);

	/* A command that does not leave shows as a core that does not come. */
	for (u32 i = 0; i < smp_nr_asked; i++)
		apic_send(smp_asked_id[i], ICR_INIT);
	if (quirks() & QUIRK_INIT_DELAY)
		time_delay_ns(INIT_DELAY_NS);
	for (u32 i = 0; i < smp_nr_asked; i++)
		apic_send(smp_asked_id[i], startup);
	await_awake();
	for (u32 i = 0; i < smp_nr_asked; i++) {
		if (!READ_ONCE(smp_asked_cpu[i]->self))
			apic_send(smp_asked_id[i], startup);
	}
}

/* Nothing answers an INIT or SIPI but the core itself. */
int smp_start_error(const struct arch_cpu *cpu)
{
	return 0;
}

void secondary_main(struct arch_cpu *cpu)
{
	u32 i = 0;

	mmu_cpu_init();
	while (smp_asked_cpu[i] != cpu)
		i++;
	if (!arch_cpu_init(cpu, asked_bc[i]))
		kernel_secondary();
	for (;;)
		__asm__ volatile("cli; hlt");
}

void smp_wake(const struct arch_cpu *to)
{
	apic_send(to->apic_id, ICR_FIXED(VECTOR_WAKE));
}

enum cpu_distance smp_distance(const struct arch_cpu *a, const struct arch_cpu *b)
{
	u32 differ = a->apic_id ^ b->apic_id;

	if (!differ)
		return DIST_SELF;
	if (!(differ >> smt_shift))
		return DIST_SMT;
	if (!(differ >> cache_shift))
		return DIST_CLUSTER;
	return differ >> package_shift ? DIST_SYSTEM : DIST_PACKAGE;
}
