/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The direct door in C: what Xen's struct hvm_start_info says becomes boot_info. */
#include <arch/mmu.h>
#include <arch/time.h>
#include "door.h"
#include "../cmdline.h"
#include "../facts.h"
#include "../../arch/x86_64/internal.h"
#include "../../kernel/string.h"

#define START_MAGIC 0x336ec578
#define MEMORY_RAM  1
#define LOW_END	    0x9f000ull /* below the extended BIOS data area, wherever it is */
#define LOW_START   0x1000ull
#define MAX_CMDLINE 4096
#define SIZE_4G	    (1ull << 32)

struct start_info {
	u32 magic, version, flags, nr_modules;
	u64 modules, cmdline, rsdp;
	/* from version 1 on */
	u64 memory;
	u32 nr_memory, reserved;
};

struct memory_entry {
	u64 base, size;
	u32 type, reserved;
};

extern const char image_start[], image_end[];
__noreturn void pvh_main(const struct start_info *start);

static struct boot_info info;

static void add_memory(struct boot_info *bi, const struct start_info *start)
{
	const struct memory_entry *e = (const void *)start->memory;

	if (start->version < 1 || !start->memory || start->memory >= SIZE_4G) {
		boot_note(bi, "PVH: no memory map (start info version %u)", start->version);
		return;
	}
	for (u32 i = 0; i < start->nr_memory && i < 4 * BOOT_MAX_MEM; i++) {
		if (e[i].type == MEMORY_RAM)
			facts_add_mem(bi, e[i].base, e[i].size);
	}
}

/* Does [base, base + 2 pages) touch what the loader left for us? */
static bool in_use(const struct start_info *start, u64 base)
{
	const u64 at[] = {(uintptr_t)start, start->cmdline, start->memory};

	for (u32 i = 0; i < ARRAY_SIZE(at); i++) {
		if (at[i] + PAGE_SIZE > base && at[i] < base + 2 * PAGE_SIZE)
			return true;
	}
	return false;
}

/* Two pages for the trampoline, as high below 640 KiB as the memory map allows. */
static void find_low_page(struct boot_info *bi, const struct start_info *start)
{
	for (u32 i = 0; i < bi->nr_mem; i++) {
		u64 from = MAX(bi->mem[i].base, LOW_START);
		u64 to = MIN(bi->mem[i].base + bi->mem[i].size, LOW_END);

		for (u64 page = to - 2 * PAGE_SIZE; page >= from && to > from; page -= PAGE_SIZE) {
			if (in_use(start, page))
				continue;
			bi->low_page = page;
			return;
		}
	}
}

static void fill_in(struct boot_info *bi, const struct start_info *start)
{
	bi->door = DOOR_DIRECT;
	facts_add_readable(bi, 0, SIZE_4G);
	bi->image_base = (uintptr_t)image_start;
	bi->image_size = image_end - image_start;
	if (start->magic != START_MAGIC) {
		boot_note(bi, "PVH: start info has magic 0x%x", start->magic);
		return;
	}
	bi->rsdp = start->rsdp;
	if (start->cmdline && start->cmdline < SIZE_4G - MAX_CMDLINE)
		cmdline_add(bi, (const char *)start->cmdline, MAX_CMDLINE, "the loader");
	add_memory(bi, start);
	find_low_page(bi, start);
	/* The allocator gets what is left: not page 0, our image, or the trampoline. */
	facts_reserve(bi, 0, PAGE_SIZE);
	facts_reserve(bi, bi->image_base, bi->image_size);
	if (bi->low_page)
		facts_reserve(bi, bi->low_page, 2 * PAGE_SIZE);
}

void pvh_main(const struct start_info *start)
{
	info.entry_stamp = time_counter();
	trap_early_init();
	fill_in(&info, start);
	door_finish(&info);
}
