/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "expected.h"
#include "../kernel/string.h"

#define WORDS	 7
#define WORD_MAX 160

/* Words of one line. Return: how many; more than WORDS count as WORDS + 1. */
static u32 split(const char **line, char words[WORDS][WORD_MAX])
{
	const char *p = *line;
	u32 n = 0;

	for (;;) {
		size_t len = 0;

		while (*p == ' ' || *p == '\t' || *p == '\r')
			p++;
		if (!*p || *p == '\n' || *p == '#')
			break;
		for (; *p && *p != '\n' && *p != ' ' && *p != '\t' && *p != '\r'; p++) {
			if (n < WORDS && len < WORD_MAX - 1)
				words[n][len++] = *p;
		}
		if (n < WORDS)
			words[n][len] = '\0';
		n = MIN(n + 1, WORDS + 1u);
	}
	while (*p && *p != '\n')
		p++;
	*line = *p ? p + 1 : p;
	return n;
}

static bool number(const char *word, u64 *out)
{
	u64 v = 0;

	if (!*word)
		return false;
	for (; *word; word++) {
		if (*word < '0' || *word > '9' || v > 1000000000000ull)
			return false;
		v = v * 10 + (*word - '0');
	}
	*out = v;
	return true;
}

int expected_find(const char *table, const char *script, const char *lock, struct expected *out,
		  struct text *why)
{
	char words[WORDS][WORD_MAX];

	for (u32 line = 1; *table; line++) {
		u32 n = split(&table, words);

		if (!n)
			continue;
		if (n != WORDS || !number(words[4], &out->time_ns) ||
		    !number(words[5], &out->fails) || !number(words[6], &out->innocents)) {
			text_printf(why,
				    "line %u: needed are script, lock, outcome, cause and "
				    "three numbers",
				    line);
			return -1;
		}
		if (strcmp(words[0], script) || strcmp(words[1], lock))
			continue;
		strlcpy(out->outcome, words[2], sizeof(out->outcome));
		strlcpy(out->cause, words[3], sizeof(out->cause));
		return 1;
	}
	return 0;
}
