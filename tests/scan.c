/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "scan.h"
#include "../kernel/string.h"

bool scan_fail(struct scan *s, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	text_printf(s->why, "line %u: ", s->line);
	text_vprintf(s->why, fmt, ap);
	va_end(ap);
	return false;
}

bool scan_is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '_';
}

bool scan_at_end(char c)
{
	return !c || c == '\n' || c == ';' || c == '#';
}

/*
 * The next word of the line, "," and ":" being words of their own; "" at its end. A longer
 * word than there are is cut, and unknown anyhow.
 */
void scan_word(struct scan *s, char word[SCAN_WORD])
{
	size_t n = 0;

	while (scan_is_blank(*s->p))
		s->p++;
	if (*s->p == ',' || *s->p == ':') {
		word[n++] = *s->p++;
	} else {
		for (; !scan_at_end(*s->p) && !scan_is_blank(*s->p) && *s->p != ',' && *s->p != ':';
		     s->p++) {
			if (n < SCAN_WORD - 1)
				word[n++] = *s->p > ' ' && *s->p < 0x7f ? *s->p : '?';
		}
	}
	word[n] = '\0';
}

/* Go on behind @word if that is what comes next. */
bool scan_accept(struct scan *s, const char *word)
{
	const char *before = s->p;
	char next[SCAN_WORD];

	scan_word(s, next);
	if (!strcmp(next, word))
		return true;
	s->p = before;
	return false;
}

bool scan_end(struct scan *s)
{
	char word[SCAN_WORD];

	scan_word(s, word);
	return !word[0] || scan_fail(s, "'%s' is too much here", word);
}

bool scan_number(const char *word, u64 most, u64 *out)
{
	u64 v = 0;

	if (!*word)
		return false;
	for (; *word; word++) {
		if (*word < '0' || *word > '9' || v > most)
			return false;
		v = v * 10 + (*word - '0');
	}
	*out = v;
	return v <= most;
}
