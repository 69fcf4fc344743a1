/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Device trees made by hand, in the physical memory of memory.h. */
#ifndef UNIT_FDT_BUILD_H
#define UNIT_FDT_BUILD_H

#include "../../boot/boot_info.h"

#define FDT_AT 0x48000000

/* What the parser fills; tree_begin() clears it. */
extern struct boot_info bi;

/* Put the structure block last, where AddressSanitizer sees a read past its end. */
extern bool tree_structs_last;

/* The root node with two address and two size cells; then the same with /cpus/cpu@0. */
void tree_begin(void);
void tree_cpu(void);
void tree_with_one_cpu(void);

void node(const char *name);
void end_node(void);
void prop(const char *name, const void *value, u32 len);
void string(const char *name, const char *value);
/* A property of @len bytes: several strings, or one that does not end. */
#define strings(name, value, len) prop(name, value, len)
/* @n cells, each an int or u32. */
void cells(const char *name, u32 n, ...);
void raw_token(u32 token);
/* An entry of the reservation block. */
void reserve(u64 base, u64 size);

void cpu(const char *name, u32 nr_cells, u32 reg0, u32 reg1, const char *enable_method);
void memory(const char *name, u64 base, u64 size);

/* End the tree, put it at FDT_AT (or @pa) and parse it. */
int tree_parse(void);
int tree_parse_at(u64 pa);
/* Only end it and put it there: a test then damages it and calls parse_again(). */
u8 *tree_place(u64 pa);
int parse_again(void);

#endif
