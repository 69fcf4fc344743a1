/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The command line as it grows from file, load options and fw_cfg.
 * unit: boot/cmdline.c boot/facts.c boot/acpi.c boot/acpi_tables.c boot/acpi_madt.c
 * unit: boot/fdt.c boot/fdt_read.c boot/options.c boot/match.c kernel/printf.c
 * unit: kernel/string.c
 */
#include "unit.h"

#include "../../boot/cmdline.h"
#include "../../kernel/string.h"

static struct boot_info bi;

static const char *add(const char *text)
{
	cmdline_add(&bi, text, strlen(text), "a test");
	return bi.cmdline;
}

static void fresh(void)
{
	memset(&bi, 0, sizeof(bi));
}

TEST(words_of_all_sources_make_one_line)
{
	fresh();
	EXPECT_STR(add("run=aa-nmi"), "run=aa-nmi");
	EXPECT_STR(add("lock=mcs"), "run=aa-nmi lock=mcs");
	EXPECT_STR(add(""), "run=aa-nmi lock=mcs");
}

TEST(line_ends_and_tabs_are_one_blank)
{
	fresh();
	EXPECT_STR(add("\r\n\r\nrun=abba\t \tseed=1\nlist"), "run=abba seed=1 list");
}

TEST(a_comment_ends_with_its_line)
{
	fresh();
	EXPECT_STR(add("# all of it\nrun=abba # and this\nseed=1 #"), "run=abba seed=1 ");
}

TEST(text_ends_at_nul_or_length)
{
	fresh();
	cmdline_add(&bi, "list\0junk", 9, "a test");
	EXPECT_STR(bi.cmdline, "list");
	fresh();
	cmdline_add(&bi, "listjunk", 4, "a test");
	EXPECT_STR(bi.cmdline, "list");
}

TEST(what_does_not_fit_is_said_once_and_cut)
{
	static char text[2 * BOOT_CMDLINE];

	fresh();
	memset(text, 'x', sizeof(text) - 1);
	add(text);
	EXPECT_EQ(strlen(bi.cmdline), BOOT_CMDLINE - 1);
	EXPECT_EQ(bi.nr_notes, 1);
	EXPECT_HAS(bi.note[0], "a test");
	add("y");
	EXPECT_EQ(strlen(bi.cmdline), BOOT_CMDLINE - 1);
	EXPECT_EQ(bi.nr_notes, 2);
}
