/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Addresses to names: the image carries its own function table (made from the first
 * link by tests/run/symtab.py) so that a dump on a bare machine is readable.
 */
#ifndef KERNEL_SYMBOLS_H
#define KERNEL_SYMBOLS_H

#include <arch/types.h>

/**
 * symbol_name() - function that contains @pc
 * @offset: bytes from its start
 *
 * Return: name, or NULL when @pc is not in our text. Context: any.
 */
const char *symbol_name(uintptr_t pc, size_t *offset);

/**
 * symbol_set_windows() - who knows the named windows of the locks' machine code
 * @window: number of the window @pc lies in, or -1
 */
void symbol_set_windows(int (*window)(uintptr_t pc));
int symbol_window(uintptr_t pc);

/* Address of our image's first byte, to translate run-time addresses to link addresses. */
uintptr_t image_base(void);
extern const char text_start[], text_end[];

#endif
