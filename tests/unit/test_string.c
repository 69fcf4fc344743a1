/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The C library's handful against plain loops.
 * unit: kernel/string.c kernel/rng.c
 */
#include "unit.h"

#include "../../kernel/rng.h"
#include "../../kernel/string.h"

#define ROOM 96

static void fill(u8 *p, size_t n, u64 *s)
{
	for (size_t i = 0; i < n; i++)
		p[i] = rng_next(s);
}

static bool same(const u8 *a, const u8 *b, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (a[i] != b[i])
			return false;
	}
	return true;
}

/* All alignments and overlaps, by a detour through a second buffer. */
TEST(string_moves)
{
	u64 s = unit_random();

	for (int round = 0; round < 20000; round++) {
		size_t n = rng_below(&s, 40), from = rng_below(&s, 50), to = rng_below(&s, 50);
		u8 got[ROOM], want[ROOM], copy[ROOM];

		fill(got, ROOM, &s);
		for (size_t i = 0; i < ROOM; i++)
			want[i] = copy[i] = got[i];
		for (size_t i = 0; i < n; i++)
			want[to + i] = copy[from + i];
		EXPECT(memmove(got + to, got + from, n) == got + to);
		EXPECT(same(got, want, ROOM));
	}
}

TEST(string_copies_and_sets)
{
	u64 s = unit_random();

	for (int round = 0; round < 20000; round++) {
		size_t n = rng_below(&s, 40), at = rng_below(&s, 50), from = rng_below(&s, 50);
		u8 got[ROOM], want[ROOM], src[ROOM];

		fill(got, ROOM, &s);
		fill(src, ROOM, &s);
		for (size_t i = 0; i < ROOM; i++)
			want[i] = i >= at && i < at + n ? src[from + i - at] : got[i];
		memcpy(got + at, src + from, n);
		EXPECT(same(got, want, ROOM));
		for (size_t i = 0; i < n; i++)
			want[at + i] = 0x5a;
		memset(got + at, 0x15a, n);
		EXPECT(same(got, want, ROOM));
	}
}

TEST(string_compares)
{
	EXPECT_EQ(memcmp("abc", "abc", 3), 0);
	EXPECT(memcmp("abc", "abd", 3) < 0);
	EXPECT(memcmp("\xff", "\x01", 1) > 0);
	EXPECT_EQ(memcmp("abc", "abd", 2), 0);
	EXPECT_EQ(strcmp("", ""), 0);
	EXPECT(strcmp("a", "") > 0);
	EXPECT(strcmp("a", "ab") < 0);
	EXPECT(strcmp("\xff", "\x01") > 0);
	EXPECT_EQ(strncmp("abc", "abd", 2), 0);
	EXPECT(strncmp("abc", "abd", 3) < 0);
	EXPECT_EQ(strncmp("ab", "ab", 9), 0);
	EXPECT_EQ(strncmp("a", "b", 0), 0);
}

TEST(string_lengths)
{
	char unterminated[3] = {'a', 'b', 'c'};

	EXPECT_EQ(strlen(""), 0);
	EXPECT_EQ(strlen("abc"), 3);
	EXPECT_EQ(strnlen(unterminated, 3), 3);
	EXPECT_EQ(strnlen("ab", 3), 2);
}

TEST(string_finds)
{
	const char *s = "a=b=c";

	EXPECT(strchr(s, '=') == s + 1);
	EXPECT(strchr(s, 'x') == NULL);
	EXPECT(strchr(s, 0) == s + 5);
}

TEST(string_strlcpy)
{
	char buf[4] = "zzz";

	EXPECT_EQ(strlcpy(buf, "abcdef", sizeof(buf)), 6);
	EXPECT_STR(buf, "abc");
	EXPECT_EQ(strlcpy(buf, "x", sizeof(buf)), 1);
	EXPECT_STR(buf, "x");
	EXPECT_EQ(strlcpy(buf, "abc", 0), 3);
	EXPECT_STR(buf, "x");
}
