/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Choosing by name: globs for those who know what they want, the nearest word for the others. */
#include "options.h"

#include "../kernel/string.h"

#define WORD_MAX 48

/*
 * Edit distance that also counts two swapped neighbours as one mistake (optimal string
 * alignment): the commonest slip of a typing hand. Three rows of the table are enough.
 */
static size_t distance(const char *a, size_t na, const char *b, size_t nb)
{
	u8 rows[3][WORD_MAX + 1];

	for (size_t j = 0; j <= nb; j++)
		rows[0][j] = j;
	for (size_t i = 1; i <= na; i++) {
		u8 *row = rows[i % 3], *up = rows[(i + 2) % 3], *up2 = rows[(i + 1) % 3];

		row[0] = i;
		for (size_t j = 1; j <= nb; j++) {
			u8 best = up[j - 1] + (a[i - 1] != b[j - 1]);

			best = MIN(best, up[j] + 1);
			best = MIN(best, row[j - 1] + 1);
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
				best = MIN(best, up2[j - 2] + 1);
			row[j] = best;
		}
	}
	return rows[na % 3][nb];
}

const char *options_nearest(const char *word, const char *(*next)(size_t i))
{
	size_t n = strlen(word), best = MAX(n / 3, (size_t)2) + 1;
	const char *name, *nearest = NULL;

	if (n > WORD_MAX)
		return NULL;
	for (size_t i = 0; (name = next(i)); i++) {
		size_t len = strlen(name), d;

		/* As many letters as one is longer must be wrong. */
		if (len > WORD_MAX || (len > n ? len - n : n - len) >= best)
			continue;
		d = distance(word, n, name, len);
		/* A word with nothing in common with the name is no misspelling of it. */
		if (d < best && d < MAX(n, len)) {
			best = d;
			nearest = name;
		}
	}
	return nearest;
}

/* Does the glob [p, end) match all of @s? Only the last '*' has to be retried. */
static bool glob(const char *p, const char *end, const char *s)
{
	const char *star = NULL, *resume = NULL;

	while (*s) {
		if (p < end && *p == '*') {
			star = ++p;
			resume = s;
		} else if (p < end && (*p == '?' || *p == *s)) {
			p++;
			s++;
		} else if (star) {
			p = star;
			s = ++resume;
		} else {
			return false;
		}
	}
	while (p < end && *p == '*')
		p++;
	return p == end;
}

bool options_match(const char *list, const char *name)
{
	for (;;) {
		const char *end = list;

		while (*end && *end != ',')
			end++;
		if (end > list && glob(list, end, name))
			return true;
		if (!*end)
			return false;
		list = end + 1;
	}
}
