/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "explore.h"
#include "../kernel/crc32.h"
#include "../kernel/mem.h"
#include "../kernel/string.h"
#include "../kernel/symbols.h"

/*
 * The longest correct wait is a second (trial.c); time moves only when all wait, and at most
 * once for each attempt and each millisecond's check of a deadlock.
 */
#define MAX_STEPS 400000
#define MAX_NS	  (60 * NSEC_PER_SEC)

/* With as many locks there can be a cycle that no version of the lock looks for. */
#define LONG_CYCLE 3

const char *explore_fault_name(u32 kind)
{
	return kind == FAULT_TIMEOUT	? "timeout"
	       : kind == FAULT_INNOCENT ? "innocent"
					: trial_fault_name(kind);
}

/* ---- The target */

static void begin(void *arg)
{
	struct exploration *x = arg;

	trial_begin(x->trial, x->program, x->ops);
}

static bool broken(void *arg)
{
	const struct exploration *x = arg;

	return x->trial->state->fault || x->trial->world->now > MAX_NS;
}

/*
 * Attempts that failed and should not have. Time stands still while anybody can do something,
 * so whoever runs out of time was in a deadlock, with everybody waiting. And who takes part in
 * no deadlock by design, not even by an NMI of its own, is not to fail at all.
 */
static u64 mark(void *arg)
{
	const struct exploration *x = arg;
	const struct trial_state *st = x->trial->state;
	u64 found = 0;

	for (u32 i = 0; i < st->nr_attempts; i++) {
		const struct trial_attempt *a = &st->attempt[i];

		if (!a->over || !a->rc || a->kind != OP_LOCK)
			continue;
		if (a->rc == -ETIMEDOUT && x->program->locks < LONG_CYCLE)
			found |= 1u << FAULT_TIMEOUT;
		if (!a->level && !(x->program->guilty & 1u << a->core))
			found |= 1u << FAULT_INNOCENT;
	}
	return found;
}

static void set_fault(struct trial *t, enum trial_fault f)
{
	struct trial_state *st = t->state;

	if (st->fault)
		return;
	st->fault = f;
	while (st->fault_core + 1u < t->world->cores &&
	       t->world->core[st->fault_core]->live.state == VCORE_DONE)
		st->fault_core++;
}

static u32 check(void *arg, enum run_end end)
{
	struct exploration *x = arg;
	struct text why = TEXT_INIT(x->detail);
	enum trial_fault f;
	u64 marks;

	x->detail[0] = '\0';
	if (end == RUN_HANG)
		set_fault(x->trial, TRIAL_HANG);
	else if (end != RUN_DONE)
		set_fault(x->trial, TRIAL_ENDLESS);
	f = trial_check(x->trial, &why);
	if (f)
		return f;
	marks = mark(x);
	if (marks & 1u << FAULT_TIMEOUT) {
		text_printf(&why, "a deadlock ended by timeout only");
		return FAULT_TIMEOUT;
	}
	if (marks)
		text_printf(&why, "a task failed that was no part of a deadlock");
	return marks ? FAULT_INNOCENT : 0;
}

/* ---- Life */

_Static_assert(FAULT_INNOCENT < EXPLORE_KINDS, "the engine counts by kind");

struct exploration *exploration_new(void)
{
	struct exploration *x = mem_alloc(sizeof(*x), CACHE_LINE);

	if (!x)
		return NULL;
	x->trial = trial_new();
	if (!x->trial || explorer_init(&x->e, x->trial->world))
		return NULL;
	x->e.target = (struct explore_target){.begin = begin,
					      .broken = broken,
					      .mark = mark,
					      .check = check,
					      .arg = x,
					      .max_steps = MAX_STEPS};
	return x;
}

void exploration_prepare(struct exploration *x, const struct program *p, const struct lock_ops *ops,
			 const struct explore_bounds *bounds)
{
	x->program = p;
	x->ops = ops;
	x->e.target.nmi_cores = 0;
	for (u32 i = 0; i < p->cores; i++)
		x->e.target.nmi_cores |= (p->nmi[i].count != 0) << i;
	x->e.has_best = 0;
	x->e.watch = NULL;
	exploration_bound(x, bounds);
}

void exploration_bound(struct exploration *x, const struct explore_bounds *bounds)
{
	x->e.bounds = *bounds;
	x->e.counts = (struct explore_counts){0};
	x->e.stopped = false;
}

/* ---- As a word */

/* The measuring loops of a lock are in its text and call others, wherever these lie. */
static bool is_measuring(uintptr_t pc)
{
	size_t offset;
	const char *name = symbol_name(pc, &offset);

	for (; name && *name; name++)
		if (!strncmp(name, "_hot_", 5))
			return true;
	return false;
}

static u32 text_crc(const struct lock_ops *ops)
{
	u32 crc = 0;

	for (const char *p = ops->text_start; p < ops->text_end; p++)
		if (!is_measuring((uintptr_t)p))
			crc = crc32_update(crc, p, 1);
	return crc;
}

u32 explore_id(const struct program *p, const struct lock_ops *ops)
{
	static const u32 version = EXPLORE_VERSION;
	u32 crc = text_crc(ops);

	crc = crc32_update(crc, &version, sizeof(version));
	crc = crc32_update(crc, &p->cores, sizeof(p->cores));
	crc = crc32_update(crc, p->task, sizeof(p->task));
	return crc32_update(crc, p->nmi, sizeof(p->nmi));
}

void explore_word_print(const struct exploration *x, const struct schedule *s, struct text *out)
{
	text_printf(out, "R%u.%08x.%s.%s.", EXPLORE_VERSION, explore_id(x->program, x->ops),
		    x->ops->name, x->program->name);
	schedule_print(s, out);
}

static bool parse_head(const char **at, u32 *id, struct text *why)
{
	char expected[8];
	const char *p = *at;

	snprintf(expected, sizeof(expected), "R%u.", EXPLORE_VERSION);
	if (strncmp(p, expected, strlen(expected))) {
		text_printf(why, "it begins with %s in this version", expected);
		return false;
	}
	p += strlen(expected);
	*id = 0;
	for (u32 i = 0; i < 8; i++, p++) {
		const char *digit = strchr("0123456789abcdef", *p ? *p : '?');

		if (!digit) {
			text_printf(why, "an id of 8 hexadecimal digits must follow");
			return false;
		}
		*id = *id << 4 | (*digit <= '9' ? *digit - '0' : *digit - 'a' + 10);
	}
	*at = p;
	return true;
}

/* "<name>." at @at, among names that may have dots themselves. */
static bool skip_name(const char **at, const char *name)
{
	size_t n = strlen(name);

	if ((*at)[0] != '.' || strncmp(*at + 1, name, n) || (*at)[n + 1] != '.')
		return false;
	*at += n + 1;
	return true;
}

static bool parse_names(const char **at, const struct program **p, const struct lock_ops **ops,
			struct text *why)
{
	const struct program *found;

	*ops = NULL;
	*p = NULL;
	for (u32 i = 0; i < lock_count() && !*ops; i++)
		if (skip_name(at, lock_get(i)->name))
			*ops = lock_get(i);
	for (u32 i = 0; *ops && program_get(i) && !*p; i++) {
		found = program_get(i);
		if (skip_name(at, found->name))
			*p = found;
	}
	if (!*p)
		text_printf(why, "%s '%s' is none that this build has",
			    *ops ? "the program at" : "the lock at", *at);
	return *p;
}

bool explore_word_parse(const char *word, const struct program **p, const struct lock_ops **ops,
			struct schedule *s, struct text *why)
{
	const char *at = word;
	u32 id;

	if (!parse_head(&at, &id, why) || !parse_names(&at, p, ops, why))
		return false;
	if (id != explore_id(*p, *ops)) {
		text_printf(why,
			    "it is of another build: lock %s and program %s had the id %08x there "
			    "and have %08x here",
			    (*ops)->name, (*p)->name, id, explore_id(*p, *ops));
		return false;
	}
	return schedule_parse(s, at + 1, (*p)->cores, why);
}
