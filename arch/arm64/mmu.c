/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One identity map for all cores: four levels, 4 KiB granule, the largest page that fits,
 * pages split where an attribute changes (Arm ARM, D8). Only memory the firmware gave us,
 * the image and asked-for devices are there: the processor may read ahead in what is
 * mapped as memory, and what is secure or a device must not be read ahead.
 */
#include <arch/mmu.h>
#include "internal.h"

#define PTE_VALID   (1ull << 0)
#define PTE_TABLE   (1ull << 1) /* at level 1: a page */
#define PTE_ATTR(i) ((u64)(i) << 2)
#define PTE_RO	    (1ull << 7)
#define PTE_INNER   (3ull << 8)
#define PTE_AF	    (1ull << 10)
#define PTE_PXN	    (1ull << 53)
#define PTE_UXN	    (1ull << 54)
#define PTE_ADDR    0x0000fffffffff000ull

/* MAIR: 0 device nGnRE, 1 normal write-back, 2 normal not cached. */
#define MAIR_VALUE 0x44ff04ull

#define MAP_NX	   (PTE_AF | PTE_INNER | PTE_PXN | PTE_UXN)
#define MAP_DATA   (MAP_NX | PTE_ATTR(1))
#define MAP_TEXT   (PTE_AF | PTE_INNER | PTE_UXN | PTE_ATTR(1) | PTE_RO)
#define MAP_RODATA (MAP_DATA | PTE_RO)
#define MAP_DEVICE (MAP_NX | PTE_ATTR(0))
#define MAP_FB	   (MAP_NX | PTE_ATTR(2))

/* 48-bit addresses, 4 KiB granule, walks cached and inner shareable, no upper half. */
#define TCR_VALUE   (16ull | 1ull << 8 | 1ull << 10 | 3ull << 12 | 1ull << 23)
#define TCR_IPS(n)  ((u64)(n) << 32)
#define IPS_48	    5
#define SCTLR_VALUE (SCTLR_EL1_OFF | 1 << 0 | 1 << 2 | 1 << 3 | 1 << 12 | 1 << 19)

#define ENTRIES	    512
#define POOL_PAGES  192
#define ROOT_LEVEL  4

extern const char image_start[], image_end[], rodata_start[], data_start[];

struct mmu_regs mmu_regs;
static u64 pool[POOL_PAGES][ENTRIES] __aligned(PAGE_SIZE);
static u32 pool_used;
static u64 *root;
static bool live;
/* Other cores may walk our tables. */
static bool others;

_Static_assert(offsetof(struct mmu_regs, ttbr) == MMU_REGS_TTBR, "entry.h");
_Static_assert(offsetof(struct mmu_regs, mair) == MMU_REGS_MAIR, "entry.h");
_Static_assert(offsetof(struct mmu_regs, el2) == MMU_REGS_EL2, "entry.h");

bool cpu_at_el2(void)
{
	return sysreg_read(CurrentEL) == CURRENT_EL2;
}

static u64 *new_table(void)
{
	return pool_used < POOL_PAGES ? pool[pool_used++] : NULL;
}

static u32 entry_index(u64 va, int level)
{
	return va >> (12 + 9 * (level - 1)) & (ENTRIES - 1);
}

static u64 level_size(int level)
{
	return 1ull << (12 + 9 * (level - 1));
}

/* The new entry must be seen by the table walker before anybody relies on it. */
static void write_entry(u64 *entry, u64 value)
{
	WRITE_ONCE(*entry, value);
	dsb(ishst);
	isb();
}

void mmu_others_start(void)
{
	others = true;
}

/*
 * Cores that start later flush their own TLB (start.S). To tell hundreds of them about each
 * guard page took 14 of the 15 seconds that an emulated machine of 512 needed to start.
 */
static void flush_tlb(u64 va)
{
	u64 page = va >> 12 & 0xfffffffffffull;

	dsb(ishst);
	if (others)
		__asm__ volatile("tlbi vaae1is, %0" ::"r"(page) : "memory");
	else
		__asm__ volatile("tlbi vaae1, %0" ::"r"(page) : "memory");
	dsb(ish);
	isb();
}

/*
 * Replace a live entry by way of an invalid one (break before make, Arm ARM D8.16.1).
 * Nothing in use by this code lies in a page that is split: the image is mapped in 4 KiB
 * pages from the start.
 */
static void replace_entry(u64 *entry, u64 va, u64 value)
{
	if (live && *entry & PTE_VALID) {
		write_entry(entry, 0);
		flush_tlb(va);
	}
	write_entry(entry, value);
}

/* A table in place of a large page, of the next smaller ones with the same attributes. */
static bool split(u64 *entry, u64 va, int level)
{
	u64 *table = new_table();
	u64 step = level_size(level - 1);
	u64 leaf = *entry | (level == 2 ? PTE_TABLE : 0);

	if (!table)
		return false;
	for (u32 i = 0; i < ENTRIES; i++)
		table[i] = leaf + i * step;
	replace_entry(entry, va, (uintptr_t)table | PTE_TABLE | PTE_VALID);
	return true;
}

/* The entry that maps @va at @level (1: 4 KiB, 2: 2 MiB, 3: 1 GiB), or NULL. */
static u64 *entry_of(u64 va, int level)
{
	u64 *table = root;

	for (int l = ROOT_LEVEL;; l--) {
		u64 *entry = &table[entry_index(va, l)];

		if (l == level)
			return entry;
		if (!(*entry & PTE_VALID)) {
			u64 *next = new_table();

			if (!next)
				return NULL;
			write_entry(entry, (uintptr_t)next | PTE_TABLE | PTE_VALID);
		} else if (!(*entry & PTE_TABLE) && !split(entry, va, l)) {
			return NULL;
		}
		table = (u64 *)(*entry & PTE_ADDR);
	}
}

static int map_page(u64 va, int level, u64 attributes)
{
	u64 *entry = entry_of(va, level);
	u64 value = va | attributes | PTE_VALID | (level == 1 ? PTE_TABLE : 0);

	if (!entry)
		return -ENOMEM;
	if (*entry != value)
		replace_entry(entry, va, value);
	return 0;
}

/* Is there a table below this place already? Then a large page would lose what it says. */
static bool has_table(u64 va, int level)
{
	u64 *table = root;

	for (int l = ROOT_LEVEL;; l--) {
		u64 entry = table[entry_index(va, l)];

		if (!(entry & PTE_VALID) || !(entry & PTE_TABLE))
			return false;
		if (l == level)
			return level > 1;
		table = (u64 *)(entry & PTE_ADDR);
	}
}

static int map_range(u64 base, u64 size, u64 attributes)
{
	u64 end = ALIGN_UP(base + size, PAGE_SIZE);
	u64 va = ALIGN_DOWN(base, PAGE_SIZE);

	if (end > 1ull << 48 || end < va)
		return -EINVAL;
	while (va < end) {
		int level = 3;
		int error;

		while (level > 1 && (va & (level_size(level) - 1) || end - va < level_size(level) ||
				     has_table(va, level)))
			level--;
		error = map_page(va, level, attributes);
		if (error)
			return error;
		va += level_size(level);
	}
	return 0;
}

static int map_image_part(const char *from, const char *to, u64 attributes)
{
	return map_range((uintptr_t)from, to - from, attributes);
}

static int map_everything(const struct boot_info *bi)
{
	int error = map_image_part(image_start, rodata_start, MAP_TEXT);

	if (!error)
		error = map_image_part(rodata_start, data_start, MAP_RODATA);
	if (!error)
		error = map_image_part(data_start, image_end, MAP_DATA);
	for (u32 i = 0; i < bi->nr_mem && !error; i++)
		error = map_range(bi->mem[i].base, bi->mem[i].size, MAP_DATA);
	if (!error && uart_base())
		error = map_range(uart_base(), PAGE_SIZE, MAP_DEVICE);
	return error;
}

/* By virtual address to the point of coherency, where a core without caches looks. */
#define cache_lines(op, from, to)                                                                  \
	do {                                                                                       \
		u64 line_ = 4ull << (sysreg_read(ctr_el0) >> 16 & 15);                             \
		for (u64 a_ = ALIGN_DOWN((u64)(from), line_); a_ < (u64)(to); a_ += line_)         \
			__asm__ volatile("dc " op ", %0" ::"r"(a_) : "memory");                    \
		dsb(sy);                                                                           \
	} while (0)

void cache_clean(const void *p, size_t size)
{
	cache_lines("cvac", p, (uintptr_t)p + size);
}

static bool caches_on(void)
{
	u64 sctlr = cpu_at_el2() ? sysreg_read(sctlr_el2) : sysreg_read(sctlr_el1);

	return (sctlr & 5) == 5;
}

int mmu_init(const struct boot_info *bi)
{
	u32 range = sysreg_read(id_aa64mmfr0_el1) & 15;
	int error;

	root = new_table();
	error = map_everything(bi);
	if (error)
		return error;
	mmu_regs = (struct mmu_regs){
		.ttbr = (uintptr_t)root,
		.tcr = TCR_VALUE | TCR_IPS(MIN(range, (u32)IPS_48)),
		.mair = MAIR_VALUE,
		.sctlr = SCTLR_VALUE,
		.el2 = cpu_at_el2() && bi->options.el2 &&
		       id_field(sysreg_read(id_aa64mmfr1_el1), 8),
	};
	/*
	 * With caches on, everything is written back: mmu_enter() runs uncached. With them
	 * off we wrote to memory past whatever stale lines the caches hold of it.
	 */
	if (caches_on())
		cache_lines("civac", image_start, image_end);
	else
		cache_lines("ivac", image_start, image_end);
	mmu_enter(&mmu_regs);
	live = true;
	return 0;
}

int mmu_guard(void *page)
{
	u64 *entry = entry_of((uintptr_t)page, 1);

	if (!entry)
		return -ENOMEM;
	write_entry(entry, 0);
	flush_tlb((uintptr_t)page);
	return 0;
}

volatile void *mmu_map_device(u64 base, u64 size)
{
	return map_range(base, size, MAP_DEVICE) ? NULL : (volatile void *)base;
}

volatile void *mmu_map_framebuffer(u64 base, u64 size)
{
	return map_range(base, size, MAP_FB) ? NULL : (volatile void *)base;
}
