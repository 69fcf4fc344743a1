/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <arch/mmu.h>
#include "../boot/boot_info.h"
#include "console.h"
#include "mem.h"
#include "string.h"

/* Firmware and old hardware have habits below this; and NULL must stay invalid. */
#define LOWEST (1ull << 20)

static struct boot_mem region[BOOT_MAX_MEM];
static u32 nr_regions;
static bool guards_missing;

/* Take everything from @bi, lowest first: low memory is mapped whatever happens. */
void mem_init(const struct boot_info *bi)
{
	for (u32 i = 0; i < bi->nr_mem; i++) {
		struct boot_mem m = bi->mem[i];
		u64 end = m.base + m.size;
		u32 at = nr_regions;

		m.base = MAX(m.base, LOWEST);
		if (end <= m.base)
			continue;
		m.size = end - m.base;
		for (; at > 0 && region[at - 1].base > m.base; at--)
			region[at] = region[at - 1];
		region[at] = m;
		nr_regions++;
	}
}

static void *take(size_t size, size_t align)
{
	for (u32 i = 0; i < nr_regions; i++) {
		struct boot_mem *m = &region[i];
		u64 at = ALIGN_UP(m->base, (u64)align);
		u64 end = m->base + m->size;

		if (at < m->base || at > end || end - at < size)
			continue;
		m->base = at + size;
		m->size = end - m->base;
		return (void *)(uintptr_t)at;
	}
	return NULL;
}

void *mem_alloc(size_t size, size_t align)
{
	void *p = take(size, align);

	return p ? memset(p, 0, size) : NULL;
}

/* Not cleared: a thousand cores' stacks would cost more time than starting the cores. */
void *mem_alloc_stack(size_t size)
{
	u8 *p = take(size + PAGE_SIZE, PAGE_SIZE);

	if (!p)
		return NULL;
	if (mmu_guard(p) && !guards_missing) {
		guards_missing = true;
		klog("# warn memory some stacks have no guard page: page tables used up");
	}
	return p + PAGE_SIZE + size;
}

u64 mem_free_bytes(void)
{
	u64 sum = 0;

	for (u32 i = 0; i < nr_regions; i++)
		sum += region[i].size;
	return sum;
}
