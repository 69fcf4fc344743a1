/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "decision.h"
#include "../string.h"

typedef unsigned long long llu;

void schedule_add(struct schedule *s, const struct decision *d)
{
	s->nmis += d->kind == DECIDE_NMI;
	s->preemptions += d->preempts;
	if (s->count < SCHEDULE_MAX)
		s->decision[s->count++] = *d;
	else
		s->overflow = true;
}

void schedule_cut(struct schedule *s, u32 count)
{
	u32 keep = MIN(s->count, count);

	s->count = s->nmis = s->preemptions = 0;
	s->overflow = false;
	for (u32 i = 0; i < keep; i++)
		schedule_add(s, &s->decision[i]);
}

static int order(u64 a, u64 b)
{
	return a < b ? -1 : a > b;
}

int schedule_compare(const struct schedule *a, const struct schedule *b)
{
	int less = order(a->overflow, b->overflow);

	less = less ? less : order(a->nmis, b->nmis);
	less = less ? less : order(a->preemptions, b->preemptions);
	less = less ? less : order(a->count, b->count);
	for (u32 i = 0; i < a->count && !less; i++) {
		const struct decision *x = &a->decision[i], *y = &b->decision[i];

		less = order(x->at, y->at);
		less = less ? less : order(x->kind, y->kind);
		less = less ? less : order(x->core, y->core);
	}
	return less;
}

void schedule_print(const struct schedule *s, struct text *out)
{
	if (!s->count)
		text_printf(out, "d");
	for (u32 i = 0; i < s->count; i++) {
		const struct decision *d = &s->decision[i];

		text_printf(out, "%s%llu%c%u", i ? "-" : "", (llu)d->at,
			    d->kind == DECIDE_NMI ? 'n' : 'c', d->core);
	}
	if (s->overflow)
		text_printf(out, "-...");
}

static bool digits(const char **text, u64 *value)
{
	const char *p = *text;
	u64 v = 0;

	for (; *p >= '0' && *p <= '9'; p++) {
		if (v > 1000000000000ull)
			return false;
		v = v * 10 + (*p - '0');
	}
	if (p == *text)
		return false;
	*text = p;
	*value = v;
	return true;
}

static bool one_decision(const char **text, struct decision *d)
{
	u64 core;

	*d = (struct decision){0};
	if (!digits(text, &d->at) || (**text != 'c' && **text != 'n'))
		return false;
	d->kind = *(*text)++ == 'n' ? DECIDE_NMI : DECIDE_CORE;
	if (!digits(text, &core) || core > 255)
		return false;
	d->core = core;
	return **text == '-' || !**text;
}

bool schedule_parse(struct schedule *s, const char *text, u32 cores, struct text *why)
{
	const char *p = text;
	struct decision d;
	u64 last = 0;

	s->count = s->nmis = s->preemptions = 0;
	s->overflow = false;
	if (!strcmp(text, "d"))
		return true;
	do {
		size_t at = p - text;

		if (!one_decision(&p, &d)) {
			text_printf(why,
				    "'%s' cannot be read at character %u: must be decisions such "
				    "as 123c1-140n0, or d",
				    text, (u32)at + 1);
			return false;
		}
		if (d.core >= cores || d.at < last || s->count == SCHEDULE_MAX) {
			text_printf(why, "'%s': %s at character %u", text,
				    d.core >= cores ? "no such core"
				    : d.at < last   ? "a position before the one in front of it"
						    : "too many decisions",
				    (u32)at + 1);
			return false;
		}
		last = d.at;
		schedule_add(s, &d);
	} while (*p++ == '-');
	return true;
}
