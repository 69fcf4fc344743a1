/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Formatting against the host's C library.
 * unit: kernel/printf.c kernel/rng.c kernel/string.c
 */
#include "unit.h"

#include "../../kernel/printf.h"
#include "../../kernel/rng.h"
#include "../../kernel/string.h"

/* The host's own; names.h has renamed ours. */
int host_snprintf(char *buf, size_t size, const char *fmt, ...) __asm__("snprintf");

#pragma GCC diagnostic ignored "-Wformat-nonliteral"
#pragma GCC diagnostic ignored "-Wformat-security"
#pragma GCC diagnostic ignored "-Wformat-overflow"

#define BOTH(size, ...)                                                                            \
	do {                                                                                       \
		char got[200], want[200];                                                          \
		int n = snprintf(got, size, __VA_ARGS__);                                          \
		int m = host_snprintf(want, size, __VA_ARGS__);                                    \
                                                                                                   \
		EXPECT_EQ(n, m);                                                                   \
		EXPECT_STR(got, want);                                                             \
	} while (0)

/* "%" flags width length letter, at random but defined: no '0' with '-', '#' only for x. */
static void random_spec(char *out, const char *length, char letter, u64 *s)
{
	bool left = rng_below(s, 3) == 0;

	*out++ = '%';
	if (left)
		*out++ = '-';
	else if (rng_below(s, 2) && letter != 's' && letter != 'c')
		*out++ = '0';
	if ((letter == 'x' || letter == 'X') && rng_below(s, 3) == 0)
		*out++ = '#';
	if (rng_below(s, 2))
		out += host_snprintf(out, 8, "%u", 1 + (u32)rng_below(s, 30));
	if (letter == 's' && rng_below(s, 2))
		out += host_snprintf(out, 8, ".%u", (u32)rng_below(s, 12));
	while (*length)
		*out++ = *length++;
	*out++ = letter;
	*out = '\0';
}

static u64 random_value(u64 *s)
{
	static const u64 odd[] = {0, 1, 9, 10, 1ull << 31, (1ull << 31) - 1, 1ull << 63, ~0ull};

	if (rng_below(s, 4) == 0)
		return odd[rng_below(s, ARRAY_SIZE(odd))];
	return rng_next(s) >> rng_below(s, 64);
}

TEST(printf_random_numbers)
{
	static const char letters[] = "diuxX";
	u64 s = unit_random();

	for (int i = 0; i < 50000; i++) {
		char letter = letters[rng_below(&s, 5)], spec[32];
		size_t size = 1 + rng_below(&s, 100);
		u64 v = random_value(&s);

		random_spec(spec, "ll", letter, &s);
		BOTH(size, spec, v);
		random_spec(spec, "l", letter, &s);
		BOTH(size, spec, (unsigned long)v);
		random_spec(spec, "z", letter, &s);
		BOTH(size, spec, (size_t)v);
		random_spec(spec, "", letter, &s);
		BOTH(size, spec, (u32)v);
	}
}

TEST(printf_random_strings)
{
	static const char *const words[] = {"", "x", "lock", "a somewhat longer text"};
	u64 s = unit_random();

	for (int i = 0; i < 20000; i++) {
		const char *word = words[rng_below(&s, ARRAY_SIZE(words))];
		size_t size = 1 + rng_below(&s, 40);
		int letter = 'a' + rng_below(&s, 26);
		char spec[32];

		random_spec(spec, "", 's', &s);
		BOTH(size, spec, word);
		random_spec(spec, "", 'c', &s);
		BOTH(40, spec, letter);
	}
}

TEST(printf_star_and_percent)
{
	BOTH(100, "%*d|%-*d|%.*s|%%", 6, 42, 6, 43, 2, "abc");
	BOTH(100, "%*d", -6, 42);
	BOTH(100, "no conversion");
	BOTH(100, "%p", (void *)0x1234abcd);
}

TEST(printf_cuts_and_terminates)
{
	char *buf = unit_alloc(4);

	EXPECT_EQ(snprintf(buf, 4, "%u", 123456), 6);
	EXPECT_STR(buf, "123");
	EXPECT_EQ(snprintf(buf, 1, "abc"), 3);
	EXPECT_STR(buf, "");
	EXPECT_EQ(snprintf(NULL, 0, "abc"), 3);
	unit_free(buf);
}

TEST(printf_odd_input)
{
	char buf[32];
	const char *null = NULL, *trailing = "50%", *unknown = "%k";

	snprintf(buf, sizeof(buf), "%s", null);
	EXPECT_STR(buf, "(null)");
	EXPECT_EQ(snprintf(buf, sizeof(buf), trailing), 2);
	EXPECT_STR(buf, "50");
	snprintf(buf, sizeof(buf), unknown);
	EXPECT_STR(buf, "k");
}

TEST(text_appends_until_full)
{
	char buf[8];
	struct text t = TEXT_INIT(buf);

	text_printf(&t, "%s", "abc");
	EXPECT(!t.full);
	EXPECT_EQ(t.len, 3);
	text_printf(&t, "%d", 4567);
	EXPECT(!t.full);
	EXPECT_STR(buf, "abc4567");
	text_printf(&t, "8");
	EXPECT(t.full);
	EXPECT_STR(buf, "abc4567");
	EXPECT_EQ(t.len, 7);
}

TEST(text_without_storage)
{
	struct text t = {0};

	for (int i = 0; i < 3; i++)
		text_printf(&t, "%s", "abc");
	EXPECT(t.full);
	EXPECT_EQ(t.len, 0);
}
