/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A piece of a line of words, and the numbers that may stand in it. */
#ifndef BOOT_SPAN_H
#define BOOT_SPAN_H

#include "../kernel/string.h"

/* A piece of the line; not terminated. */
struct span {
	const char *p;
	size_t n;
};

static inline bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static inline int digit_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

static inline bool span_is(struct span s, const char *word)
{
	return strlen(word) == s.n && !memcmp(s.p, word, s.n);
}

static inline bool parse_u64(struct span s, u64 *out)
{
	unsigned int base = 10;
	u64 v = 0;

	if (s.n > 2 && s.p[0] == '0' && (s.p[1] == 'x' || s.p[1] == 'X')) {
		base = 16;
		s.p += 2;
		s.n -= 2;
	}
	if (!s.n)
		return false;
	for (size_t i = 0; i < s.n; i++) {
		int d = digit_value(s.p[i]);

		if (d < 0 || (unsigned int)d >= base || v > (~0ull - d) / base)
			return false;
		v = v * base + d;
	}
	*out = v;
	return true;
}

/* A number with decimals, in thousandths; digits beyond these are cut off. */
static inline bool parse_thousandths(struct span s, u64 most, u64 *out)
{
	size_t dot = 0;
	u64 v, unit = 100;

	while (dot < s.n && s.p[dot] != '.')
		dot++;
	if (!parse_u64((struct span){s.p, dot}, &v) || (dot > 1 && s.p[1] == 'x'))
		return false;
	if (v > most / 1000 || dot + 1 == s.n)
		return false;
	v *= 1000;
	for (size_t i = dot + 1; i < s.n; i++, unit /= 10) {
		if (s.p[i] < '0' || s.p[i] > '9')
			return false;
		v += (s.p[i] - '0') * unit;
	}
	if (v > most)
		return false;
	*out = v;
	return true;
}

static inline bool parse_number(struct span s, u64 most, u64 *out)
{
	u64 v;

	if (!parse_u64(s, &v) || v > most)
		return false;
	*out = v;
	return true;
}

#endif
