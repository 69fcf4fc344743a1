/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "coverage.h"
#include "../kernel/mem.h"
#include "../kernel/report.h"
#include "../kernel/symbols.h"

#define MAX_COVERED 64
/* Digits of one line; its other fields need less than the rest. */
#define DIGITS 800

/* Marks of one lock so far, one byte per byte of its text. */
struct covered {
	const struct lock_ops *ops;
	u8 *marks;
};

static struct covered covered[MAX_COVERED];

static struct covered *find(const struct lock_ops *ops, size_t size)
{
	struct covered *c = covered;

	while (c < covered + MAX_COVERED && c->ops && c->ops != ops)
		c++;
	if (c == covered + MAX_COVERED)
		return NULL;
	if (!c->ops) {
		c->marks = mem_alloc(ALIGN_UP(size, 16ul), 16);
		if (!c->marks)
			return NULL;
		c->ops = ops;
	}
	return c;
}

static void line(const struct covered *c, size_t size, size_t from, const char *what, u8 mark)
{
	char digits[DIGITS + 1];
	u32 n = 0;

	for (size_t at = from; at < size && n < DIGITS; at += 4) {
		u32 digit = 0;

		for (u32 i = 0; i < 4 && at + i < size; i++)
			digit |= !!(c->marks[at + i] & mark) << i;
		digits[n++] = "0123456789abcdef"[digit];
	}
	digits[n] = '\0';
	report_line("# cover lock=%s text=+%#llx size=%#llx from=%#llx %s=%s", c->ops->name,
		    (unsigned long long)(c->ops->text_start - text_start), (unsigned long long)size,
		    (unsigned long long)from, what, digits);
}

void coverage_add(const struct trial *t)
{
	struct covered *c = find(t->ops, t->wp.text_size);

	for (size_t i = 0; c && i < t->wp.text_size; i++)
		c->marks[i] |= t->wp.text_class[i] & (STEP_SEEN | STEP_NMI_SEEN);
}

void coverage_report(const struct lock_ops *ops)
{
	size_t size = ops->text_end - ops->text_start;
	struct covered *c = find(ops, size);

	if (!c)
		return;
	for (size_t from = 0; from < size; from += 4 * DIGITS)
		line(c, size, from, "seen", STEP_SEEN);
	for (size_t from = 0; from < size; from += 4 * DIGITS)
		line(c, size, from, "nmi", STEP_NMI_SEEN);
}
