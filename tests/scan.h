/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Reading a text of short lines word by word, for the programs' parser. Pure. */
#ifndef TESTS_SCAN_H
#define TESTS_SCAN_H

#include "../kernel/printf.h"

#define SCAN_WORD 24

struct program;

/**
 * struct scan - where the parser is
 * @p: the rest of line @line; complaints go to @why
 * @program: what is being read
 * @defined, @nmis: masks of cores with a program, with an NMI program, so far
 */
struct scan {
	const char *p;
	u32 line;
	struct text *why;
	struct program *program;
	u32 defined, nmis;
};

/* "line 7: ...". Return: false. */
bool scan_fail(struct scan *s, const char *fmt, ...) __printf(2, 3);

/* Blanks are "_" too; lines end at a newline, at ";" or before a remark, "#". */
bool scan_is_blank(char c);
bool scan_at_end(char c);

/**
 * scan_word() - the next word of the line
 *
 * "," and ":" are words of their own; "" at the end. A word longer than all there are is cut,
 * and unknown anyhow.
 */
void scan_word(struct scan *s, char word[SCAN_WORD]);

/* Go on behind @word, "" being the end, if that is what comes next. */
bool scan_accept(struct scan *s, const char *word);

/* Nothing more may come in this line. */
bool scan_end(struct scan *s);

/* A decimal number of at most @most. */
bool scan_number(const char *word, u64 most, u64 *out);

#endif
