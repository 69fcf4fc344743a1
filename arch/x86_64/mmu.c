/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One identity map for all cores: four (or, where the firmware left it so, five) levels,
 * the largest page that fits, pages split where an attribute changes. SDM volume 3, 4.5.
 */
#include <arch/mmu.h>
#include "internal.h"
#include "../../kernel/string.h"
#include "../../kernel/symbols.h"

#define PTE_P	  (1ull << 0)
#define PTE_W	  (1ull << 1)
#define PTE_PWT	  (1ull << 3)
#define PTE_PCD	  (1ull << 4)
#define PTE_A	  (1ull << 5)
#define PTE_D	  (1ull << 6)
#define PTE_PS	  (1ull << 7)
#define PTE_NX	  (1ull << 63)
#define PTE_ADDR  0x000ffffffffff000ull
#define PTE_TABLE (PTE_P | PTE_W | PTE_A)

/* Leaf attributes. PAT entry 1 (PWT alone) is write-combining, see mmu_cpu_init(). */
#define MAP_DATA   (PTE_P | PTE_W | PTE_A | PTE_D | PTE_NX)
#define MAP_TEXT   (PTE_P | PTE_A | PTE_D)
#define MAP_RODATA (PTE_P | PTE_A | PTE_D | PTE_NX)
#define MAP_DEVICE (MAP_DATA | PTE_PCD | PTE_PWT)
#define MAP_FB	   (MAP_DATA | PTE_PWT)

#define PAT_VALUE  0x0007040600070106ull

#define ENTRIES	   512
#define POOL_PAGES 192
#define SIZE_2M	   (1ull << 21)
#define SIZE_1G	   (1ull << 30)
#define SIZE_4G	   (1ull << 32)

extern const char rodata_start[], rodata_end[];
extern u8 door_stack_guard[]; /* boot_stack.S */

static u64 pool[POOL_PAGES][ENTRIES] __aligned(PAGE_SIZE);
static u32 pool_used;
static u64 *root;
static int root_level;
static bool has_1g, loaded;

static u64 *new_table(void)
{
	return pool_used < POOL_PAGES ? pool[pool_used++] : NULL;
}

static u32 entry_index(u64 va, int level)
{
	return va >> (12 + 9 * (level - 1)) & (ENTRIES - 1);
}

/* Replace a large page by a table of the next smaller ones with the same attributes. */
static bool split(u64 *entry, int level)
{
	u64 *table = new_table();
	u64 step = 1ull << (12 + 9 * (level - 2));
	u64 leaf = *entry;

	if (!table)
		return false;
	if (level == 2)
		leaf &= ~PTE_PS;
	for (u32 i = 0; i < ENTRIES; i++)
		table[i] = leaf + i * step;
	*entry = (uintptr_t)table | PTE_TABLE;
	return true;
}

/* The entry that maps @va at @level (1: 4 KiB, 2: 2 MiB, 3: 1 GiB), or NULL. */
static u64 *entry_of(u64 va, int level)
{
	u64 *table = root;

	for (int l = root_level;; l--) {
		u64 *entry = &table[entry_index(va, l)];

		if (l == level)
			return entry;
		if (!(*entry & PTE_P)) {
			u64 *next = new_table();

			if (!next)
				return NULL;
			*entry = (uintptr_t)next | PTE_TABLE;
		} else if (*entry & PTE_PS && !split(entry, l)) {
			return NULL;
		}
		table = (u64 *)(*entry & PTE_ADDR);
	}
}

static void flush(u64 va)
{
	if (loaded)
		__asm__ volatile("invlpg (%0)" ::"r"(va) : "memory");
}

static int map_page(u64 va, int level, u64 attributes)
{
	u64 *entry = entry_of(va, level);

	if (!entry)
		return -ENOMEM;
	*entry = va | attributes | (level > 1 ? PTE_PS : 0);
	flush(va);
	return 0;
}

/* Is there a table below this place already? Then a large page would lose what it says. */
static bool has_table(u64 va, int level)
{
	u64 *table = root;

	for (int l = root_level;; l--) {
		u64 entry = table[entry_index(va, l)];

		if (!(entry & PTE_P) || (l <= 3 && entry & PTE_PS))
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

	while (va < end) {
		u64 left = end - va;
		u64 step = PAGE_SIZE;
		int level = 1;
		int error;

		if (has_1g && !(va & (SIZE_1G - 1)) && left >= SIZE_1G && !has_table(va, 3)) {
			level = 3;
			step = SIZE_1G;
		} else if (!(va & (SIZE_2M - 1)) && left >= SIZE_2M && !has_table(va, 2)) {
			level = 2;
			step = SIZE_2M;
		}
		error = map_page(va, level, attributes);
		if (error)
			return error;
		va += step;
	}
	return 0;
}

/* The first 4 GiB in 2 MiB pages, so that memory types may differ between them. */
static int map_low(void)
{
	int error = 0;

	for (u64 va = 0; va < SIZE_4G && !error; va += SIZE_2M)
		error = map_page(va, 2, MAP_DATA);
	return error;
}

static int map_high(u64 base, u64 size)
{
	u64 from = MAX(ALIGN_DOWN(base, SIZE_2M), SIZE_4G);
	u64 to = ALIGN_UP(base + size, SIZE_2M);

	return to > from ? map_range(from, to - from, MAP_DATA) : 0;
}

static int map_everything(const struct boot_info *bi)
{
	u64 text = (uintptr_t)text_start, rodata = (uintptr_t)rodata_start;
	int error = map_low();

	for (u32 i = 0; i < bi->nr_mem && !error; i++)
		error = map_high(bi->mem[i].base, bi->mem[i].size);
	if (!error)
		error = map_high(bi->image_base, bi->image_size);
	if (!error)
		error = map_range(text, (uintptr_t)text_end - text, MAP_TEXT);
	if (!error)
		error = map_range(rodata, (uintptr_t)rodata_end - rodata, MAP_RODATA);
	/* A null pointer faults, and so does an overflow of the boot core's stack. */
	if (!error)
		error = mmu_guard(NULL);
	return error ? error : mmu_guard(door_stack_guard);
}

int mmu_init(const struct boot_info *bi)
{
	int error;

	root_level = read_cr4() & CR4_LA57 ? 5 : 4;
	has_1g = cpuid_if(0x80000001, 0).edx & (1u << 26);
	root = new_table();
	error = map_everything(bi);
	if (error)
		return error;
	mmu_cpu_init();
	loaded = true;
	return 0;
}

void mmu_cpu_init(void)
{
	/* PGE, PCIDE and whatever else the firmware used go off, and stale entries with it. */
	wrmsr(MSR_EFER, EFER_LME | EFER_LMA | EFER_NXE);
	write_cr0(CR0_PE | CR0_MP | CR0_ET | CR0_NE | CR0_WP | CR0_PG);
	write_cr4(CR4_PAE | CR4_MCE | CR4_OSFXSR | CR4_OSXMMEXCPT | (read_cr4() & CR4_LA57));
	wrmsr(MSR_PAT, PAT_VALUE);
	write_cr3((uintptr_t)root);
}

void mmu_copy_root(void *page)
{
	memcpy(page, root, PAGE_SIZE);
}

int mmu_make_text(void *page)
{
	return map_page((uintptr_t)page, 1, MAP_TEXT);
}

int mmu_guard(void *page)
{
	u64 *entry = entry_of((uintptr_t)page, 1);

	if (!entry)
		return -ENOMEM;
	*entry = 0;
	flush((uintptr_t)page);
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
