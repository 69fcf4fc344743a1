/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Walking a flattened device tree within its bounds, whatever its bytes say. */
#include "fdt.h"

#include "../kernel/string.h"

#define FDT_MAGIC 0xd00dfeedu

enum { FDT_BEGIN_NODE = 1, FDT_END_NODE = 2, FDT_PROP = 3, FDT_NOP = 4, FDT_END = 9 };

/* Header fields, by offset */
enum {
	HEAD_MAGIC = 0,
	HEAD_TOTALSIZE = 4,
	HEAD_STRUCTS = 8,
	HEAD_STRINGS = 12,
	HEAD_RESERVATIONS = 16,
	HEAD_VERSION = 20,
	HEAD_COMPATIBLE_VERSION = 24,
	HEAD_STRINGS_SIZE = 32,
	HEAD_STRUCTS_SIZE = 36,
	HEAD_SIZE = 40,
};

/* The one version in use since 2005: 17; 16 lacks only the size of the structure block. */
#define FDT_VERSION 17

struct token {
	u32 kind;
	const char *name; /* of a node or a property */
	struct fdt_prop value;
	u32 next;
};

static bool block_fits(const struct fdt *f, u32 offset, u32 size)
{
	return offset >= HEAD_SIZE && offset <= f->size && size <= f->size - offset;
}

const char *fdt_open(struct fdt *f, const u8 *base)
{
	u32 structs = fdt_be32(base + HEAD_STRUCTS), strings = fdt_be32(base + HEAD_STRINGS);

	memset(f, 0, sizeof(*f));
	if (fdt_be32(base + HEAD_MAGIC) != FDT_MAGIC)
		return "no device tree there (bad magic number)";
	f->base = base;
	f->size = fdt_be32(base + HEAD_TOTALSIZE);
	if (f->size < HEAD_SIZE || f->size > FDT_MAX_SIZE)
		return "bad total size";
	if (fdt_be32(base + HEAD_VERSION) < FDT_VERSION ||
	    fdt_be32(base + HEAD_COMPATIBLE_VERSION) > FDT_VERSION)
		return "version is not compatible with 17";

	f->structs_size = fdt_be32(base + HEAD_STRUCTS_SIZE);
	f->strings_size = fdt_be32(base + HEAD_STRINGS_SIZE);
	f->reservations = fdt_be32(base + HEAD_RESERVATIONS);
	if (!block_fits(f, structs, f->structs_size))
		return "structure block is not inside";
	if (!block_fits(f, strings, f->strings_size))
		return "strings block is not inside";
	if (!block_fits(f, f->reservations, 0))
		return "reservation block is not inside";
	f->structs = base + structs;
	f->strings = (const char *)base + strings;
	return NULL;
}

bool fdt_reservation(const struct fdt *f, u32 i, u64 *base, u64 *size)
{
	u64 at = f->reservations + (u64)i * 16;

	if (at + 16 > f->size)
		return false;
	*base = fdt_be64(f->base + at);
	*size = fdt_be64(f->base + at + 8);
	return *base || *size;
}

static u32 padded(u32 n)
{
	return (n + 3) & ~3u;
}

/* Length of a string in the @left bytes at @s; @left if it does not end there. */
static u32 bounded_strlen(const char *s, u32 left)
{
	return strnlen(s, left);
}

static bool read_prop(const struct fdt *f, u32 at, struct token *t)
{
	u32 name_at;

	if (f->structs_size - at < 8)
		return false;
	t->value.len = fdt_be32(f->structs + at);
	name_at = fdt_be32(f->structs + at + 4);
	at += 8;
	if (t->value.len > f->structs_size - at || name_at >= f->strings_size)
		return false;
	t->name = f->strings + name_at;
	if (bounded_strlen(t->name, f->strings_size - name_at) == f->strings_size - name_at)
		return false;
	t->value.data = f->structs + at;
	t->next = at + padded(t->value.len);
	return true;
}

/* The token at @at. Return: false if it does not fit or is none. */
static bool read_token(const struct fdt *f, u32 at, struct token *t)
{
	u32 n;

	if (at > f->structs_size || f->structs_size - at < 4)
		return false;
	t->kind = fdt_be32(f->structs + at);
	at += 4;
	t->next = at;
	switch (t->kind) {
	case FDT_BEGIN_NODE:
		t->name = (const char *)f->structs + at;
		n = bounded_strlen(t->name, f->structs_size - at);
		if (n == f->structs_size - at)
			return false;
		t->next = at + padded(n + 1);
		return true;
	case FDT_PROP:
		return read_prop(f, at, t);
	case FDT_END_NODE:
	case FDT_NOP:
	case FDT_END:
		return true;
	default:
		return false;
	}
}

const char *fdt_walk(const struct fdt *f, void (*visit)(void *ctx, const struct fdt_node *n),
		     void *ctx)
{
	struct fdt_node stack[FDT_DEPTH];
	u32 depth = 0, at = 0;
	struct token t;

	for (;; at = t.next) {
		if (!read_token(f, at, &t))
			return "structure block is truncated or not made of tokens";
		if (t.kind == FDT_BEGIN_NODE) {
			if (depth == FDT_DEPTH)
				return "nodes are nested too deeply";
			stack[depth] = (struct fdt_node){
				.name = t.name,
				.parent = depth ? &stack[depth - 1] : NULL,
				.props = t.next,
			};
			visit(ctx, &stack[depth++]);
		} else if (t.kind == FDT_END_NODE) {
			if (!depth)
				return "a node ends that never began";
			depth--;
		} else if (t.kind == FDT_END) {
			return depth ? "the tree ends inside a node" : NULL;
		}
	}
}

struct fdt_prop fdt_prop(const struct fdt *f, const struct fdt_node *n, const char *name)
{
	struct token t;

	for (u32 at = n->props; read_token(f, at, &t); at = t.next) {
		if (t.kind == FDT_PROP && !strcmp(t.name, name))
			return t.value;
		if (t.kind != FDT_PROP && t.kind != FDT_NOP)
			break;
	}
	return (struct fdt_prop){NULL, 0};
}

u32 fdt_u32(const struct fdt *f, const struct fdt_node *n, const char *name, u32 missing)
{
	struct fdt_prop p = fdt_prop(f, n, name);

	return p.data && p.len >= 4 ? fdt_be32(p.data) : missing;
}

bool fdt_list_has(struct fdt_prop p, const char *want)
{
	size_t size = strlen(want) + 1;

	for (u32 at = 0; at < p.len;) {
		u32 len = bounded_strlen((const char *)p.data + at, p.len - at);

		if (len + 1 == size && size <= p.len - at && !memcmp(p.data + at, want, size))
			return true;
		at += len + 1;
	}
	return false;
}

bool fdt_has_string(const struct fdt *f, const struct fdt_node *n, const char *name,
		    const char *want)
{
	return fdt_list_has(fdt_prop(f, n, name), want);
}

const char *fdt_string(const struct fdt *f, const struct fdt_node *n, const char *name)
{
	struct fdt_prop p = fdt_prop(f, n, name);
	const char *s = (const char *)p.data;

	return p.data && bounded_strlen(s, p.len) < p.len ? s : NULL;
}

bool fdt_enabled(const struct fdt *f, const struct fdt_node *n)
{
	struct fdt_prop status = fdt_prop(f, n, "status");

	return !status.data || fdt_list_has(status, "okay") || fdt_list_has(status, "ok");
}

/* Does the name of @n equal the @len characters at @name, unit address or not? */
static bool name_is(const struct fdt_node *n, const char *name, size_t len)
{
	return !strncmp(n->name, name, len) && (!n->name[len] || n->name[len] == '@');
}

bool fdt_named(const struct fdt_node *n, const char *name)
{
	return name_is(n, name, strlen(name));
}

bool fdt_at_path(const struct fdt_node *n, const char *path, size_t len)
{
	for (; n->parent; n = n->parent) {
		size_t start = len;

		while (start > 0 && path[start - 1] != '/')
			start--;
		if (!start || start == len || !name_is(n, path + start, len - start))
			return false;
		len = start - 1;
	}
	return len == 0;
}

static u64 cells(const u8 *p, u32 n)
{
	return n == 2 ? fdt_be64(p) : n == 1 ? fdt_be32(p) : 0;
}

/* How many cells the children of @n use for addresses and sizes; false if more than two. */
static bool child_cells(const struct fdt *f, const struct fdt_node *n, u32 *address, u32 *size)
{
	*address = fdt_u32(f, n, "#address-cells", 2);
	*size = fdt_u32(f, n, "#size-cells", 1);
	return *address >= 1 && *address <= 2 && *size <= 2;
}

bool fdt_reg(const struct fdt *f, const struct fdt_node *n, u32 i, u64 *base, u64 *size)
{
	struct fdt_prop reg = fdt_prop(f, n, "reg");
	u32 na, ns, entry;

	if (!n->parent || !reg.data || !child_cells(f, n->parent, &na, &ns))
		return false;
	entry = 4 * (na + ns);
	if (i >= reg.len / entry)
		return false;
	*base = cells(reg.data + i * entry, na);
	*size = cells(reg.data + i * entry + 4 * na, ns);
	return true;
}

/* One step up: @addr as seen on bus @bus becomes the address on the bus above. */
static bool translate(const struct fdt *f, const struct fdt_node *bus, u64 *addr)
{
	struct fdt_prop ranges = fdt_prop(f, bus, "ranges");
	u32 na, ns, na_up, ns_up, entry;

	if (!ranges.data || !child_cells(f, bus, &na, &ns) ||
	    !child_cells(f, bus->parent, &na_up, &ns_up))
		return false;
	if (!ranges.len)
		return true; /* the same addresses above and below */
	entry = 4 * (na + na_up + ns);
	for (u32 at = 0; at + entry <= ranges.len; at += entry) {
		u64 child = cells(ranges.data + at, na);
		u64 parent = cells(ranges.data + at + 4 * na, na_up);
		u64 size = cells(ranges.data + at + 4 * (na + na_up), ns);

		if (*addr >= child && *addr - child < size) {
			*addr = *addr - child + parent;
			return true;
		}
	}
	return false;
}

bool fdt_reg_cpu(const struct fdt *f, const struct fdt_node *n, u32 i, u64 *base, u64 *size)
{
	if (!fdt_reg(f, n, i, base, size))
		return false;
	for (const struct fdt_node *bus = n->parent; bus->parent; bus = bus->parent)
		if (!translate(f, bus, base))
			return false;
	return true;
}
