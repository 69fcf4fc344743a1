/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Globs and the nearest word.
 * unit: boot/match.c kernel/string.c
 */
#include "unit.h"

#include "../../boot/options.h"

static const char *const locks[] = {"rq-6.15", "rq-7.2", "rq-7.2-tas", "mcs", "ticket", NULL};

static const char *next_lock(size_t i)
{
	return locks[i];
}

static const char *next_none(size_t i)
{
	return NULL;
}

TEST(match_whole_names)
{
	EXPECT(options_match("mcs", "mcs"));
	EXPECT(options_match("ticket,mcs", "mcs"));
	EXPECT(!options_match("mc", "mcs"));
	EXPECT(!options_match("mcss", "mcs"));
	EXPECT(!options_match("", "mcs"));
	EXPECT(!options_match(",", "mcs"));
	EXPECT(options_match(",,mcs,", "mcs"));
}

TEST(match_empty_name)
{
	EXPECT(!options_match("", ""));
	EXPECT(!options_match("mcs,", ""));
	EXPECT(options_match("*", ""));
}

TEST(match_globs)
{
	EXPECT(options_match("*", "mcs"));
	EXPECT(options_match("rq-*", "rq-6.15"));
	EXPECT(options_match("rq-*", "rq-"));
	EXPECT(!options_match("rq-*", "rq"));
	EXPECT(options_match("rq-?.?", "rq-7.2"));
	EXPECT(!options_match("rq-?.?", "rq-7.2-tas"));
	EXPECT(options_match("*-tas", "rq-7.2-tas"));
	EXPECT(options_match("*a*b*", "xxaxxabxx"));
	EXPECT(!options_match("*a*b", "xxaxxabxx"));
	EXPECT(options_match("**", "mcs"));
	EXPECT(!options_match("?", ""));
}

TEST(match_glob_ends_at_comma)
{
	EXPECT(!options_match("m*,x", "nx"));
	EXPECT(options_match("a*,b*", "bcd"));
	EXPECT(!options_match("a?,b?", "a?,b?"));
}

/* Backtracking over every star would take years. */
TEST(match_glob_is_not_exponential)
{
	EXPECT(!options_match(
		"*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*b",
		"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"));
}

TEST(nearest_finds_slips)
{
	EXPECT_STR(options_nearest("mcs", next_lock), "mcs");
	EXPECT_STR(options_nearest("msc", next_lock), "mcs");
	EXPECT_STR(options_nearest("tiket", next_lock), "ticket");
	EXPECT_STR(options_nearest("ticekt", next_lock), "ticket");
	EXPECT_STR(options_nearest("itcekt", next_lock), "ticket"); /* two swaps are two slips */
	EXPECT_STR(options_nearest("rq-7.2tas", next_lock), "rq-7.2-tas");
	EXPECT_STR(options_nearest("rq-7.1", next_lock), "rq-7.2");
}

TEST(nearest_knows_its_limit)
{
	EXPECT(!options_nearest("qspinlock", next_lock));
	EXPECT(!options_nearest("", next_lock));
	EXPECT(!options_nearest("zzz", next_lock));
	EXPECT(!options_nearest("mcs", next_none));
}

#define A48 "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"

static const char *next_long(size_t i)
{
	static const char *const names[] = {A48 "a", A48, NULL};

	return names[i];
}

/* The table has room for 48 letters: longer words match nothing, longer names are passed over. */
TEST(nearest_with_overlong_words)
{
	EXPECT_STR(options_nearest(A48, next_long), A48);
	EXPECT(!options_nearest(A48 "a", next_long));
	EXPECT(!options_nearest(A48 A48, next_long));
}
