/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Linux has mapped everything; what is left to do are guard pages. */
#include "internal.h"
#include <arch/mmu.h>
#include <sys/mman.h>

int mmu_guard(void *page)
{
	return mprotect(page, PAGE_SIZE, PROT_NONE) ? -ENOMEM : 0;
}

/* Programs have no framebuffer: boot_info.fb says so, and this is never asked for. */
volatile void *mmu_map_framebuffer(u64 base, u64 size)
{
	abort();
}
