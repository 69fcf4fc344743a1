/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the parsers share: adding facts to boot_info within its limits. Pure. */
#ifndef BOOT_FACTS_H
#define BOOT_FACTS_H

#include "boot_info.h"

/**
 * facts_add_cpu() - add an enabled core
 *
 * Keeps bi->cpu[] sorted by hardware id, so that neighbours in the list are neighbours in
 * the machine. A core listed twice (MADT types 0 and 9 may both name it) counts once; one
 * that no longer fits is counted in nr_cpus_listed alone.
 */
void facts_add_cpu(struct boot_info *bi, const struct boot_cpu *cpu);

/**
 * facts_add_mem() - add usable memory, cut to whole pages
 *
 * Joins what follows on an earlier range; pages listed before are not listed again. What
 * does not fit in bi->mem[] becomes a note.
 */
void facts_add_mem(struct boot_info *bi, u64 base, u64 size);

/* Take [base, base + size), grown to whole pages, out of bi->mem[]. */
void facts_reserve(struct boot_info *bi, u64 base, u64 size);

/**
 * facts_add_readable() - the parsers may read [base, base + size)
 *
 * Regions that touch or overlap become one, so a table may lie across two of the
 * firmware's. What does not fit in bi->readable[] stays unreadable and becomes a note.
 */
void facts_add_readable(struct boot_info *bi, u64 base, u64 size);

/* Add a GICv3 redistributor region; one listed twice counts once. */
void facts_add_gicr(struct boot_info *bi, u64 base, u64 size);

#endif
