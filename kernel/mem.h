/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Memory from the firmware's map. Nothing is ever freed: a run allocates once. */
#ifndef KERNEL_MEM_H
#define KERNEL_MEM_H

#include <arch/types.h>

struct boot_info;

void mem_init(const struct boot_info *bi);

/**
 * mem_alloc() - zeroed memory
 * @size: bytes
 * @align: power of two, at least 16
 *
 * Return: NULL when the machine has no more. Context: task, boot core.
 */
void *mem_alloc(size_t size, size_t align);

/**
 * mem_alloc_stack() - a stack with an inaccessible guard page below it
 * @size: bytes, multiple of PAGE_SIZE
 *
 * Return: the address just above the stack (its initial stack pointer), or NULL.
 */
void *mem_alloc_stack(size_t size);

/* Bytes left. */
u64 mem_free_bytes(void);

#endif
