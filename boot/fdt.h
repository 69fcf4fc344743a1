/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Reading a flattened device tree (Devicetree Specification 0.4, chapter 5). All reads are
 * bytewise: on arm64 this runs with the MMU off, where an unaligned access faults.
 */
#ifndef BOOT_FDT_H
#define BOOT_FDT_H

#include <arch/types.h>

#define FDT_DEPTH    16
#define FDT_MAX_SIZE (2u << 20) /* as the arm64 boot protocol limits it */

/* A checked tree. Offsets are into the block they name. */
struct fdt {
	const u8 *base;
	u32 size;
	const u8 *structs;
	u32 structs_size;
	const char *strings;
	u32 strings_size;
	u32 reservations; /* offset of the reservation block from @base */
};

struct fdt_node {
	const char *name; /* with the unit address */
	const struct fdt_node *parent;
	u32 props; /* offset of the first property */
};

/* A property's value; @data is NULL if the node has no such property. */
struct fdt_prop {
	const u8 *data;
	u32 len;
};

static inline u32 fdt_be32(const u8 *p)
{
	return (u32)p[0] << 24 | (u32)p[1] << 16 | (u32)p[2] << 8 | p[3];
}

static inline u64 fdt_be64(const u8 *p)
{
	return (u64)fdt_be32(p) << 32 | fdt_be32(p + 4);
}

/**
 * fdt_open() - check the header
 * @base: at least 40 readable bytes
 *
 * Return: NULL, or what is wrong. @f->size tells how many bytes must be readable.
 */
const char *fdt_open(struct fdt *f, const u8 *base);

/**
 * fdt_walk() - call @visit for each node, parents before children
 *
 * The node and its parents are valid during the call. Return: NULL, or what is wrong with
 * the structure; nodes before that place have been visited.
 */
const char *fdt_walk(const struct fdt *f, void (*visit)(void *ctx, const struct fdt_node *n),
		     void *ctx);

/* Memory reservation @i. Return: false behind the last one. */
bool fdt_reservation(const struct fdt *f, u32 i, u64 *base, u64 *size);

struct fdt_prop fdt_prop(const struct fdt *f, const struct fdt_node *n, const char *name);

/* First cell of a property, @missing without one. */
u32 fdt_u32(const struct fdt *f, const struct fdt_node *n, const char *name, u32 missing);

/* Is @want, whole, one of the strings in @list? */
bool fdt_list_has(struct fdt_prop list, const char *want);

/* Is @want, whole, one of the strings in property @name? */
bool fdt_has_string(const struct fdt *f, const struct fdt_node *n, const char *name,
		    const char *want);

/* The property's first string, NULL if there is none or it does not end. */
const char *fdt_string(const struct fdt *f, const struct fdt_node *n, const char *name);

/* No status, or "okay" or "ok". */
bool fdt_enabled(const struct fdt *f, const struct fdt_node *n);

/* Is @n called @name, apart from a unit address? */
bool fdt_named(const struct fdt_node *n, const char *name);

/* Is @n the node at @path (@len characters)? Unit addresses may be left out of @path. */
bool fdt_at_path(const struct fdt_node *n, const char *path, size_t len);

/**
 * fdt_reg() - entry @i of the node's reg property, in addresses of its parent
 * Return: false if there is none or its cells are more than 64 bits.
 */
bool fdt_reg(const struct fdt *f, const struct fdt_node *n, u32 i, u64 *base, u64 *size);

/* As fdt_reg(), with the address translated to the CPU's view by the ranges of all parents. */
bool fdt_reg_cpu(const struct fdt *f, const struct fdt_node *n, u32 i, u64 *base, u64 *size);

#endif
