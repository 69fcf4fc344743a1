/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Device trees that are truncated, overlapping or lying: a note, and never a fault.
 * unit: boot/acpi.c boot/acpi_madt.c boot/acpi_tables.c boot/facts.c boot/fdt.c
 * unit: boot/fdt_read.c boot/options.c boot/match.c kernel/printf.c kernel/string.c
 * unit: tests/unit/memory.c tests/unit/fdt_build.c
 */
#include "unit.h"
#include "fdt_build.h"
#include "memory.h"

#include "../../kernel/string.h"

/* Header fields, by offset */
enum {
	TOTAL = 4,
	STRUCTS = 8,
	STRINGS = 12,
	RESERVE = 16,
	VERSION = 20,
	COMPATIBLE = 24,
	STRINGS_SIZE = 32,
	STRUCTS_SIZE = 36
};

static u8 *small_tree(void)
{
	tree_with_one_cpu();
	return tree_place(FDT_AT);
}

static u32 get32(const u8 *p)
{
	return (u32)p[0] << 24 | p[1] << 16 | p[2] << 8 | p[3];
}

static void set32(u8 *p, u32 v)
{
	for (int i = 3; i >= 0; i--, v >>= 8)
		p[i] = v;
}

/* A header field with value @v is refused with a note that has @part. */
static void header_refused(u32 field, u32 v, const char *part)
{
	u8 *p = small_tree();

	set32(p + field, v);
	EXPECT_EQ(parse_again(), -EINVAL);
	EXPECT_EQ(bi.nr_cpus, 0);
	EXPECT_HAS(bi.note[0], part);
}

static bool noted(const char *text)
{
	for (u32 i = 0; i < bi.nr_notes; i++) {
		size_t n = strlen(bi.note[i]), part = strlen(text);

		for (size_t at = 0; at + part <= n; at++)
			if (!memcmp(bi.note[i] + at, text, part))
				return true;
	}
	return false;
}

TEST(undamaged)
{
	small_tree();
	EXPECT_EQ(parse_again(), 0);
	EXPECT_EQ(bi.nr_cpus, 1);
	EXPECT_EQ(bi.nr_notes, 0);
}

TEST(not_there)
{
	memory_reset();
	memset(&bi, 0, sizeof(bi));
	bi.fdt = 0x1234;
	EXPECT_EQ(parse_again(), -EINVAL);
	EXPECT_HAS(bi.note[0], "device tree at 0x1234: address is not readable");
}

TEST(header_cut)
{
	small_tree();
	memory_cut(FDT_AT, 39);
	EXPECT_EQ(parse_again(), -EINVAL);
	EXPECT_HAS(bi.note[0], "not readable");
}

TEST(body_cut)
{
	small_tree();
	memory_cut(FDT_AT, 100);
	EXPECT_EQ(parse_again(), -EINVAL);
	EXPECT_HAS(bi.note[0], "truncated");
}

TEST(magic)
{
	header_refused(0, 0xedfe0dd0, "bad magic number");
}

TEST(total_size)
{
	header_refused(TOTAL, 39, "bad total size");
	header_refused(TOTAL, 0xffffffff, "bad total size");
	header_refused(TOTAL, 41, "structure block is not inside");
}

TEST(version)
{
	header_refused(VERSION, 16, "version is not compatible");
	header_refused(COMPATIBLE, 18, "version is not compatible");
}

TEST(blocks_outside)
{
	header_refused(STRUCTS, 0, "structure block is not inside");
	header_refused(STRUCTS, 0xfffffff0, "structure block is not inside");
	header_refused(STRUCTS_SIZE, 0xffffffff, "structure block is not inside");
	header_refused(STRINGS, 0xffffffff, "strings block is not inside");
	header_refused(STRINGS, 39, "strings block is not inside");
	header_refused(STRINGS_SIZE, 0xfffffff0, "strings block is not inside");
	header_refused(RESERVE, 0xffffffff, "reservation block is not inside");
}

TEST(blocks_overlapping)
{
	u8 *p = small_tree();

	set32(p + STRINGS, get32(p + STRUCTS));
	set32(p + RESERVE, get32(p + STRUCTS));
	parse_again();
	EXPECT(bi.nr_notes > 0);
}

TEST(structure_block_empty)
{
	u8 *p = small_tree();

	set32(p + STRUCTS_SIZE, 0);
	EXPECT_EQ(parse_again(), -EINVAL);
	EXPECT_HAS(bi.note[0], "structure block is truncated");
	EXPECT_HAS(bi.note[1], "no enabled core");
}

/* What was read before the damage is kept. */
TEST(end_missing)
{
	u8 *p = small_tree();

	set32(p + STRUCTS_SIZE, get32(p + STRUCTS_SIZE) - 4);
	EXPECT_EQ(parse_again(), 0);
	EXPECT_EQ(bi.nr_cpus, 1);
	EXPECT_HAS(bi.note[0], "structure block is truncated");
}

TEST(unknown_token)
{
	tree_with_one_cpu();
	raw_token(5);
	EXPECT_EQ(tree_parse(), 0);
	EXPECT_EQ(bi.nr_cpus, 1);
	EXPECT_HAS(bi.note[0], "not made of tokens");
}

TEST(nops_everywhere)
{
	tree_begin();
	raw_token(4);
	node("cpus");
	raw_token(4);
	cells("#address-cells", 1, 1);
	raw_token(4);
	cells("#size-cells", 1, 0);
	raw_token(4);
	cpu("cpu@5", 1, 5, 0, NULL);
	raw_token(4);
	end_node();
	EXPECT_EQ(tree_parse(), 0);
	EXPECT_EQ(bi.cpu[0].hwid, 5);
	EXPECT_EQ(bi.nr_notes, 0);
}

TEST(too_many_ends)
{
	tree_with_one_cpu();
	end_node();
	end_node();
	EXPECT_EQ(tree_parse(), 0);
	EXPECT_HAS(bi.note[0], "a node ends that never began");
}

TEST(end_inside_a_node)
{
	tree_with_one_cpu();
	node("open");
	EXPECT_EQ(tree_parse(), 0);
	EXPECT_HAS(bi.note[0], "the tree ends inside a node");
}

TEST(nested_too_deeply)
{
	tree_with_one_cpu();
	for (u32 i = 0; i < 1000; i++)
		node("deeper");
	EXPECT_EQ(tree_parse(), 0);
	EXPECT_HAS(bi.note[0], "nodes are nested too deeply");
}

TEST(deepest_allowed)
{
	tree_with_one_cpu();
	for (u32 i = 0; i < 15; i++)
		node("deeper");
	for (u32 i = 0; i < 15; i++)
		end_node();
	EXPECT_EQ(tree_parse(), 0);
	EXPECT_EQ(bi.nr_notes, 0);
}

TEST(property_longer_than_the_block)
{
	tree_with_one_cpu();
	raw_token(3);
	raw_token(0xfffffffd); /* wraps when rounded up to whole cells */
	raw_token(0);
	EXPECT_EQ(tree_parse(), 0);
	EXPECT_HAS(bi.note[0], "structure block is truncated");
}

TEST(property_name_outside)
{
	tree_with_one_cpu();
	raw_token(3);
	raw_token(0);
	raw_token(0xffffffff);
	EXPECT_EQ(tree_parse(), 0);
	EXPECT_HAS(bi.note[0], "structure block is truncated");
}

TEST(property_name_without_end)
{
	u8 *p;

	tree_with_one_cpu();
	cells("last", 1, 1);
	p = tree_place(FDT_AT);
	/* The strings block now ends in the middle of "last". */
	for (u32 size = get32(p + STRINGS_SIZE);; size--) {
		if (p[get32(p + STRINGS) + size - 1] == 't') {
			set32(p + STRINGS_SIZE, size);
			break;
		}
	}
	EXPECT_EQ(parse_again(), 0);
	EXPECT_HAS(bi.note[0], "structure block is truncated");
}

TEST(node_name_without_end)
{
	u8 *p = small_tree();

	/* "cpu@0" and what follows, up to the end of the block */
	memset(p + get32(p + STRUCTS) + 8, 'x', get32(p + STRUCTS_SIZE) - 8);
	EXPECT_EQ(parse_again(), -EINVAL);
	EXPECT_HAS(bi.note[0], "structure block is truncated");
}

/* Nothing after the structure block belongs to it: cut it at every byte. */
TEST(structure_block_cut_at_every_byte)
{
	u32 at, size;
	u8 *p;

	for (u32 cut = 1;; cut++) {
		tree_with_one_cpu();
		tree_structs_last = true;
		node("chosen");
		string("bootargs", "x");
		string("stdout-path", "/serial@1000");
		end_node();
		p = tree_place(FDT_AT);
		at = get32(p + STRUCTS);
		size = get32(p + STRUCTS_SIZE);
		if (cut > size)
			break;
		set32(p + STRUCTS_SIZE, size - cut);
		set32(p + TOTAL, at + size - cut);
		memory_cut(FDT_AT, at + size - cut);
		parse_again();
		EXPECT(noted("structure block is truncated"));
	}
}

TEST(cells_property_too_short)
{
	tree_begin();
	node("cpus");
	prop("#address-cells", "\0\1", 2); /* the default, 2, holds */
	cells("#size-cells", 1, 0);
	cpu("cpu@7", 2, 0, 7, NULL);
	end_node();
	EXPECT_EQ(tree_parse(), 0);
	EXPECT_EQ(bi.cpu[0].hwid, 7);
}

TEST(strings_without_end)
{
	tree_with_one_cpu();
	node("chosen");
	strings("bootargs", "abc", 3);
	strings("stdout-path", "serial0", 7);
	end_node();
	node("psci");
	strings("compatible", "arm,psci-1.0", 12);
	strings("method", "hvc", 3);
	end_node();
	node("empty");
	prop("compatible", "", 0);
	prop("status", "", 0);
	prop("reg", "", 0);
	end_node();
	EXPECT_EQ(tree_parse(), 0);
	EXPECT_STR(bi.cmdline, "");
	EXPECT_EQ(bi.psci, PSCI_NONE);
}

TEST(reservations_without_end)
{
	u8 *p;

	tree_with_one_cpu();
	memory("memory@0", 0, 0x10000);
	reserve(0x1000, 0x1000);
	p = tree_place(FDT_AT);
	/* The list now runs through all that follows it. */
	memset(p + 40 + 16, 0x11, 16);
	EXPECT_EQ(parse_again(), 0);
	EXPECT_EQ(bi.nr_cpus, 1);
	EXPECT_EQ(bi.mem[0].size, 0x1000);
}

/* Cut at every place, and every bit changed once: never a fault. */
TEST(qemu_tree_damaged)
{
	size_t len;
	u8 *dtb = unit_read_file("tests/unit/corpus/fdt/virt-gicv2-2.dtb", &len);

	for (size_t i = 0; i < len; i++) {
		memory_reset();
		memory_put(FDT_AT, dtb, i);
		bi.fdt = FDT_AT;
		EXPECT_EQ(parse_again(), -EINVAL);
	}
	for (size_t i = 0; i < len; i++) {
		dtb[i] ^= 1 << i % 8;
		memory_reset();
		memory_put(FDT_AT, dtb, len);
		EXPECT(parse_again() == 0 || bi.nr_notes);
		dtb[i] ^= 1 << i % 8;
	}
	unit_free(dtb);
	memory_reset();
}
