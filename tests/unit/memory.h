/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Physical memory made of pieces, for parser tests and fuzzers. Each look at it gets a heap
 * block of exactly the length asked for, so that AddressSanitizer sees one byte too many.
 */
#ifndef UNIT_MEMORY_H
#define UNIT_MEMORY_H

#include "../../boot/boot_info.h"

/* Forget all pieces and free what the reader handed out. */
void memory_reset(void);

/* Add a piece (copied). */
void memory_put(u64 pa, const void *data, size_t len);

/* A piece that holds @pa, NULL if none; tests damage it in place. */
u8 *memory_at(u64 pa);

/* Cut the piece at @pa to @len bytes. */
void memory_cut(u64 pa, size_t len);

/**
 * memory_load() - add the pieces of an image (see dump_corpus.py)
 * @fix: set each ACPI table's checksum right, for inputs that a fuzzer has changed
 *
 * Return: the root pointer's address; what is left of a damaged image is used.
 */
u64 memory_load(const u8 *image, size_t len, bool fix);

const struct phys_reader *memory_reader(void);

#endif
