/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "fdt_build.h"
#include "memory.h"
#include "unit.h"

#include "../../kernel/string.h"

#include <stdarg.h>

#define HEADER	    40
#define MAX_RESERVE 4

struct boot_info bi;
bool tree_structs_last;

static struct buffer {
	u8 b[1 << 20];
	u32 len;
} structs, strings_block, reservations, whole;

static void put32(struct buffer *to, u32 v)
{
	for (int shift = 24; shift >= 0; shift -= 8)
		to->b[to->len++] = v >> shift;
}

static void put_bytes(struct buffer *to, const void *p, u32 len)
{
	memcpy(to->b + to->len, p, len);
	to->len += len;
	while (len++ % 4)
		to->b[to->len++] = 0;
}

void raw_token(u32 token)
{
	put32(&structs, token);
}

void node(const char *name)
{
	put32(&structs, 1);
	put_bytes(&structs, name, strlen(name) + 1);
}

void end_node(void)
{
	put32(&structs, 2);
}

/* Offset of @name in the strings block, added if it is not there. */
static u32 string_offset(const char *name)
{
	u32 at = 0;

	while (at < strings_block.len) {
		if (!strcmp((const char *)strings_block.b + at, name))
			return at;
		at += strlen((const char *)strings_block.b + at) + 1;
	}
	memcpy(strings_block.b + at, name, strlen(name) + 1);
	strings_block.len += strlen(name) + 1;
	return at;
}

void prop(const char *name, const void *value, u32 len)
{
	put32(&structs, 3);
	put32(&structs, len);
	put32(&structs, string_offset(name));
	put_bytes(&structs, value, len);
}

void string(const char *name, const char *value)
{
	prop(name, value, strlen(value) + 1);
}

void cells(const char *name, u32 n, ...)
{
	va_list ap;

	put32(&structs, 3);
	put32(&structs, 4 * n);
	put32(&structs, string_offset(name));
	va_start(ap, n);
	while (n--)
		put32(&structs, va_arg(ap, u32));
	va_end(ap);
}

void reserve(u64 base, u64 size)
{
	put32(&reservations, base >> 32);
	put32(&reservations, base);
	put32(&reservations, size >> 32);
	put32(&reservations, size);
}

void tree_begin(void)
{
	memory_reset();
	memset(&bi, 0, sizeof(bi));
	tree_structs_last = false;
	structs.len = strings_block.len = reservations.len = whole.len = 0;
	node("");
	cells("#address-cells", 1, 2);
	cells("#size-cells", 1, 2);
}

void cpu(const char *name, u32 nr_cells, u32 reg0, u32 reg1, const char *enable_method)
{
	node(name);
	cells("reg", nr_cells, reg0, reg1);
	if (enable_method)
		string("enable-method", enable_method);
	end_node();
}

void tree_cpu(void)
{
	node("cpus");
	cells("#address-cells", 1, 1);
	cells("#size-cells", 1, 0);
	cpu("cpu@0", 1, 0, 0, NULL);
	end_node();
}

void tree_with_one_cpu(void)
{
	tree_begin();
	tree_cpu();
}

void memory(const char *name, u64 base, u64 size)
{
	node(name);
	string("device_type", "memory");
	cells("reg", 4, (u32)(base >> 32), (u32)base, (u32)(size >> 32), (u32)size);
	end_node();
}

u8 *tree_place(u64 pa)
{
	u32 at_reserve = HEADER, at_structs, at_strings;

	end_node();
	put32(&structs, 9);
	reserve(0, 0);
	while (strings_block.len % 4)
		strings_block.b[strings_block.len++] = 0;
	at_structs = at_reserve + reservations.len + (tree_structs_last ? strings_block.len : 0);
	at_strings = at_reserve + reservations.len + (tree_structs_last ? 0 : structs.len);

	put32(&whole, 0xd00dfeed);
	put32(&whole, HEADER + reservations.len + structs.len + strings_block.len);
	put32(&whole, at_structs);
	put32(&whole, at_strings);
	put32(&whole, at_reserve);
	put32(&whole, 17);
	put32(&whole, 16);
	put32(&whole, 0);
	put32(&whole, strings_block.len);
	put32(&whole, structs.len);
	put_bytes(&whole, reservations.b, reservations.len);
	if (tree_structs_last)
		put_bytes(&whole, strings_block.b, strings_block.len);
	put_bytes(&whole, structs.b, structs.len);
	if (!tree_structs_last)
		put_bytes(&whole, strings_block.b, strings_block.len);

	bi.fdt = pa;
	memory_put(pa, whole.b, whole.len);
	return memory_at(pa);
}

int parse_again(void)
{
	u64 fdt = bi.fdt;

	memset(&bi, 0, sizeof(bi));
	bi.fdt = fdt;
	return fdt_parse(&bi, memory_reader());
}

int tree_parse_at(u64 pa)
{
	tree_place(pa);
	return fdt_parse(&bi, memory_reader());
}

int tree_parse(void)
{
	return tree_parse_at(FDT_AT);
}
