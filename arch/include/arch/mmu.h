/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * arch/mmu.h - one identity map for all cores. Text read-only and executable, constants
 * read-only, everything else writable and not executable; devices uncached.
 */
#ifndef ARCH_MMU_H
#define ARCH_MMU_H

#include <arch/types.h>

/* Page size of guard pages and allocations on both architectures. */
#define PAGE_SIZE 4096ul

/**
 * mmu_guard() - make one page inaccessible, so that a stack overflow faults
 * @page: page-aligned address from mem_alloc()
 *
 * Return: 0, or -ENOMEM when no page table is left. Context: task, boot core, before
 * another core can have the page in its TLB.
 */
int mmu_guard(void *page);

/* Map @size bytes at physical @base as device memory and return the address. */
volatile void *mmu_map_device(u64 base, u64 size);

/* Map a framebuffer: writable, write-combining or uncached. */
volatile void *mmu_map_framebuffer(u64 base, u64 size);

#endif
