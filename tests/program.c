/* SPDX-License-Identifier: GPL-2.0-or-later */
/* From text to struct program. Pure: also built on the host. */
#include "program.h"
#include "scan.h"
#include "../kernel/string.h"

#define WINDOWS	    18 /* W0 to W17 */
#define STEPS_MAX   1000000
#define WAIT_MAX_US 10000000

static bool parse_core(struct scan *s, u8 *core)
{
	char word[SCAN_WORD];
	u64 v;

	scan_word(s, word);
	if (!scan_number(word, WORLD_CORES - 1, &v))
		return scan_fail(s, "core '%s': there are cores 0 to %u", word, WORLD_CORES - 1);
	*core = v;
	return true;
}

static bool parse_lock(struct scan *s, u8 *lock)
{
	char word[SCAN_WORD];

	scan_word(s, word);
	if (word[0] < 'A' || word[0] >= 'A' + PROGRAM_LOCKS || word[1])
		return scan_fail(s, "lock '%s': there are locks A to %c", word,
				 'A' + PROGRAM_LOCKS - 1);
	*lock = word[0] - 'A';
	s->program->locks = MAX(s->program->locks, *lock + 1u);
	return true;
}

/* "W7", or "W3 or W4": a mask. */
static bool parse_windows(struct scan *s, s64 *mask)
{
	char word[SCAN_WORD];
	u64 v;

	do {
		scan_word(s, word);
		if (word[0] != 'W' || !scan_number(word + 1, WINDOWS - 1, &v))
			return scan_fail(s, "window '%s': there are W0 to W%u", word, WINDOWS - 1);
		*mask |= 1 << v;
	} while (scan_accept(s, "or"));
	return true;
}

/* ---- Operations */

/* The lock operation that this unlock belongs to: the latest one still open. */
static bool match_unlock(struct scan *s, struct op_list *list, struct op *op)
{
	bool closed[PROGRAM_OPS] = {false};
	u32 i = op - list->op;

	while (i--) {
		const struct op *o = &list->op[i];

		if (o->kind == OP_UNLOCK) {
			closed[o->match] = true;
		} else if (!closed[i]) {
			if (o->lock != op->lock)
				return scan_fail(
					s, "unlock %c: %c was locked last and has to go first",
					'A' + op->lock, 'A' + o->lock);
			op->match = i;
			return true;
		}
	}
	return scan_fail(s, "unlock %c: it is not locked here", 'A' + op->lock);
}

static bool parse_op(struct scan *s, struct op_list *list)
{
	static const char *const kinds[] = {
		[OP_LOCK] = "lock", [OP_TRY] = "try", [OP_UNLOCK] = "unlock"};
	struct op *op = &list->op[list->count];
	char word[SCAN_WORD];

	scan_word(s, word);
	for (op->kind = 0; op->kind < ARRAY_SIZE(kinds); op->kind++) {
		if (!strcmp(word, kinds[op->kind]))
			break;
	}
	if (op->kind == ARRAY_SIZE(kinds))
		return scan_fail(s, "operation '%s': there are lock, try and unlock", word);
	if (list->count == PROGRAM_OPS)
		return scan_fail(s, "more than %u operations", PROGRAM_OPS);
	if (!parse_lock(s, &op->lock))
		return false;
	if (op->kind == OP_UNLOCK && !match_unlock(s, list, op))
		return false;
	list->count++;
	return true;
}

/* What is left locked at the end of a list would be locked for ever. */
static bool all_unlocked(struct scan *s, const struct op_list *list)
{
	u32 open = 0;

	for (u32 i = 0; i < list->count; i++) {
		if (list->op[i].kind == OP_UNLOCK)
			open &= ~(1u << list->op[i].match);
		else
			open |= 1u << i;
	}
	for (u32 i = 0; i < list->count; i++) {
		if (open & 1u << i)
			return scan_fail(s, "%c is locked and never unlocked",
					 'A' + list->op[i].lock);
	}
	return true;
}

static bool parse_list(struct scan *s, struct op_list *list, u32 *mask, u8 core)
{
	if (*mask & 1u << core)
		return scan_fail(s, "core %u has this program already", core);
	*mask |= 1u << core;
	do {
		if (!parse_op(s, list))
			return false;
	} while (scan_accept(s, ","));
	return scan_end(s) && all_unlocked(s, list);
}

/* ---- Directives */

static bool parse_until(struct scan *s, struct directive *d)
{
	const char *before;
	char word[SCAN_WORD];
	u8 lock = 0;

	if (scan_accept(s, "done")) {
		d->kind = DO_RUN_DONE;
		return true;
	}
	if (scan_accept(s, "slow")) {
		d->kind = DO_RUN_SLOW;
		return true;
	}
	if (scan_accept(s, "holds")) {
		d->kind = DO_RUN_HOLDS;
		if (!parse_lock(s, &lock))
			return false;
		d->arg = lock;
		return true;
	}
	if (scan_accept(s, "waits")) {
		d->kind = DO_RUN_WAITS;
		return scan_accept(s, "") || parse_windows(s, &d->arg);
	}
	before = s->p;
	scan_word(s, word);
	if (word[0] != 'W')
		return scan_fail(
			s, "until '%s': there are Wn, waits, waits Wn, holds LOCK, slow and done",
			word);
	s->p = before;
	d->kind = DO_RUN_WINDOW;
	return parse_windows(s, &d->arg);
}

static bool parse_amount(struct scan *s, const char *unit, u64 most, s64 *out)
{
	char word[SCAN_WORD];
	u64 v;

	scan_word(s, word);
	if (!scan_number(word, most, &v) || !v || !scan_accept(s, unit))
		return scan_fail(s, "'%s': a number from 1 to %llu and '%s' are needed here", word,
				 (unsigned long long)most, unit);
	*out = v;
	return true;
}

static bool parse_run(struct scan *s, struct directive *d)
{
	if (scan_accept(s, "all")) {
		d->kind = DO_RUN_ALL;
		return true;
	}
	if (!parse_core(s, &d->core))
		return false;
	if (scan_accept(s, "until"))
		return parse_until(s, d);
	d->kind = DO_RUN_STEPS;
	if (scan_accept(s, "for"))
		return parse_amount(s, "steps", STEPS_MAX, &d->arg);
	return scan_fail(s, "run %u: 'until ...' or 'for K steps' is needed here", d->core);
}

/* Return: is @word a directive? Its result is in *@good. */
static bool parse_directive(struct scan *s, const char *word, bool *good)
{
	static const struct {
		const char *word;
		u8 kind;
	} simple[] = {{"nmi", DO_NMI}, {"hold", DO_HOLD}, {"free", DO_FREE}, {"map", DO_MAP}};
	struct program *p = s->program;
	struct directive d = {.line = s->line};
	u32 i;

	if (!strcmp(word, "run")) {
		*good = parse_run(s, &d);
	} else if (!strcmp(word, "wait")) {
		d.kind = DO_WAIT;
		*good = parse_amount(s, "us", WAIT_MAX_US, &d.arg);
		d.arg *= NSEC_PER_USEC;
	} else if (!strcmp(word, "idle")) {
		d.kind = DO_IDLE;
		*good = true;
	} else {
		for (i = 0; i < ARRAY_SIZE(simple) && strcmp(word, simple[i].word); i++)
			;
		if (i == ARRAY_SIZE(simple))
			return false;
		d.kind = simple[i].kind;
		*good = parse_core(s, &d.core);
	}
	*good = *good && scan_end(s);
	if (*good && p->nr_directives == PROGRAM_DIRECTIVES)
		*good = scan_fail(s, "more than %u directives", PROGRAM_DIRECTIVES);
	if (*good)
		p->directive[p->nr_directives++] = d;
	return true;
}

/* ---- Lines */

/* The rest of the line as text, for people. */
static bool parse_text(struct scan *s, const char *what, char *out, size_t size)
{
	size_t n = 0;

	while (scan_is_blank(*s->p))
		s->p++;
	for (; !scan_at_end(*s->p); s->p++) {
		if (n == size - 1)
			return scan_fail(s, "%s has more than %zu characters", what, size - 1);
		out[n++] = scan_is_blank(*s->p) ? ' ' : *s->p > ' ' && *s->p < 0x7f ? *s->p : '?';
	}
	while (n && scan_is_blank(out[n - 1]))
		n--;
	out[n] = '\0';
	return n || scan_fail(s, "%s: a text is needed here", what);
}

static bool parse_guilty(struct scan *s)
{
	u8 core;

	do {
		if (!parse_core(s, &core))
			return false;
		s->program->guilty |= 1u << core;
		scan_accept(s, ",");
	} while (!scan_accept(s, ""));
	return true;
}

static bool parse_needs(struct scan *s)
{
	static const struct {
		const char *word;
		u32 flag;
	} flags[] = {
		{"resilient", LOCK_RESILIENT}, {"nmi-safe", LOCK_NMI_SAFE}, {"fifo", LOCK_FIFO}};
	char word[SCAN_WORD];
	u32 i;

	do {
		scan_word(s, word);
		for (i = 0; i < ARRAY_SIZE(flags) && strcmp(word, flags[i].word); i++)
			;
		if (i == ARRAY_SIZE(flags))
			return scan_fail(s, "needs '%s': there are resilient, nmi-safe and fifo",
					 word);
		s->program->flags |= flags[i].flag;
		scan_accept(s, ",");
	} while (!scan_accept(s, ""));
	return true;
}

/* "core N: ..." and "nmi N: ..."; without the colon the latter is a directive. */
static bool parse_program(struct scan *s, struct op_list *lists, u32 *mask)
{
	u8 core = 0;

	return parse_core(s, &core) &&
	       (scan_accept(s, ":") || scan_fail(s, "':' is needed behind the core")) &&
	       parse_list(s, &lists[core], mask, core);
}

static bool has_colon(const char *p)
{
	while (!scan_at_end(*p) && *p != ':')
		p++;
	return *p == ':';
}

static bool parse_line(struct scan *s)
{
	struct program *p = s->program;
	char word[SCAN_WORD];
	bool good;

	scan_word(s, word);
	if (!word[0])
		return true;
	if (!strcmp(word, "doc"))
		return parse_text(s, "doc", p->doc, sizeof(p->doc));
	if (!strcmp(word, "name"))
		return parse_text(s, "name", p->name, sizeof(p->name));
	if (!strcmp(word, "core"))
		return parse_program(s, p->task, &s->defined);
	if (!strcmp(word, "nmi") && has_colon(s->p))
		return parse_program(s, p->nmi, &s->nmis);
	if (!strcmp(word, "guilty"))
		return parse_guilty(s);
	if (!strcmp(word, "needs"))
		return parse_needs(s);
	if (parse_directive(s, word, &good))
		return good;
	return scan_fail(s,
			 "'%s': there are doc, name, core, nmi, guilty, needs, run, hold, free, "
			 "wait, idle and map",
			 word);
}

/* ---- The whole */

static bool takes(const struct op_list *list, u32 lock)
{
	for (u32 i = 0; i < list->count; i++) {
		if (list->op[i].kind != OP_UNLOCK && list->op[i].lock == lock)
			return true;
	}
	return false;
}

/* @held: mask of cores held so far; @maps: DO_MAP so far. */
static bool check_directive(struct scan *s, const struct directive *d, u32 *held, u32 *maps)
{
	const struct program *p = s->program;
	bool alone = d->kind != DO_WAIT && d->kind != DO_RUN_ALL && d->kind != DO_IDLE;

	s->line = d->line;
	if (alone && d->core >= p->cores)
		return scan_fail(s, "core %u: this text has cores 0 to %u", d->core, p->cores - 1);
	switch (d->kind) {
	case DO_NMI:
		return p->nmi[d->core].count ||
		       scan_fail(s, "nmi %u: there is no 'nmi %u: ...'", d->core, d->core);
	case DO_RUN_HOLDS:
		return takes(&p->task[d->core], d->arg) || takes(&p->nmi[d->core], d->arg) ||
		       scan_fail(s, "core %u never takes %c", d->core, 'A' + (char)d->arg);
	case DO_MAP:
		return !(*maps)++ || scan_fail(s, "map: only once");
	case DO_HOLD:
		*held |= 1u << d->core;
		return true;
	case DO_FREE:
		if (!(*held & 1u << d->core))
			return scan_fail(s, "free %u: it is not held", d->core);
		*held &= ~(1u << d->core);
		return true;
	default:
		return true;
	}
}

static bool check_program(struct scan *s)
{
	struct program *p = s->program;
	u32 held = 0, maps = 0;

	if (!s->defined)
		return scan_fail(s, "no core has a program: 'core 0: lock A, unlock A'");
	while (s->defined & 1u << p->cores)
		p->cores++;
	if (s->defined >> p->cores)
		return scan_fail(s, "core %u has no program, but a higher one has", p->cores);
	if (s->nmis >> p->cores || p->guilty >> p->cores)
		return scan_fail(s, "nmi or guilty: a core without a program; there are 0 to %u",
				 p->cores - 1);
	if (s->nmis)
		p->flags |= LOCK_NMI_SAFE;
	for (u32 i = 0; i < p->nr_directives; i++) {
		if (!check_directive(s, &p->directive[i], &held, &maps))
			return false;
	}
	return true;
}

bool program_parse(struct program *p, const char *name, const char *text, struct text *why)
{
	struct scan s = {.program = p, .p = text, .why = why};

	memset(p, 0, sizeof(*p));
	strlcpy(p->name, name, sizeof(p->name));
	for (;;) {
		bool remark = false;

		s.line++;
		if (!parse_line(&s))
			return false;
		while (*s.p && *s.p != '\n' && (remark || *s.p != ';'))
			remark |= *s.p++ == '#';
		if (!*s.p)
			break;
		s.p++;
	}
	return check_program(&s);
}

bool program_is_map(const struct program *p)
{
	for (u32 i = 0; i < p->nr_directives; i++) {
		if (p->directive[i].kind == DO_MAP)
			return true;
	}
	return false;
}

const char *program_missing(const struct program *p, const struct lock_ops *ops)
{
	u32 missing = p->flags & ~ops->flags;

	if (missing & LOCK_RESILIENT)
		return "a resilient lock";
	if (missing & LOCK_NMI_SAFE)
		return "an NMI-safe lock";
	return missing & LOCK_FIFO ? "a FIFO lock" : NULL;
}
