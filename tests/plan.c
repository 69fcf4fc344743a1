/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "plan.h"
#include "program.h"
#include "../kernel/string.h"

#define WORD_MAX 64

/*
 * Suites that exist whatever scenarios say of themselves: "all" is every scenario,
 * "selftest" every known defect where it shows.
 */
#define SUITE_ALL      "all"
#define SUITE_SELFTEST "selftest"
#define SUITE_DEFAULT  "default"

/* How the names of locks out of a tree begin. */
#define LINUX "linux"

/* How a list of words names something; greater is more explicit. */
enum naming { NAMED_NOT, NAMED_BY_SUITE, NAMED_BY_GLOB, NAMED_EXACTLY };

/* Copy the next word of a comma list to @word. Return: where to go on, NULL at the end. */
static const char *next_word(const char *list, char word[WORD_MAX])
{
	size_t n = 0;

	while (*list == ',')
		list++;
	if (!*list)
		return NULL;
	while (*list && *list != ',') {
		if (n < WORD_MAX - 1)
			word[n++] = *list;
		list++;
	}
	word[n] = '\0';
	return list;
}

static bool is_glob(const char *word)
{
	return strchr(word, '*') || strchr(word, '?');
}

static bool in_list(const char *list, const char *name)
{
	char word[WORD_MAX];

	while ((list = next_word(list, word))) {
		if (!strcmp(word, name))
			return true;
	}
	return false;
}

static const char *run_list(const struct options *o)
{
	return o->run[0] ? o->run : o->replay[0] ? "replay" : SUITE_DEFAULT;
}

/* lock= absent or "default": the locks that stand for today's state of the art. */
static bool default_locks(const struct options *o)
{
	return !o->lock[0] || !strcmp(o->lock, SUITE_DEFAULT);
}

static enum naming word_names_scenario(const char *word, const struct scenario *s)
{
	if (!strcmp(word, s->name))
		return NAMED_EXACTLY;
	if (is_glob(word))
		return options_match(word, s->name) ? NAMED_BY_GLOB : NAMED_NOT;
	if (!strcmp(word, SUITE_ALL) || in_list(s->suites, word))
		return NAMED_BY_SUITE;
	return NAMED_NOT;
}

static enum naming scenario_naming(const struct options *o, const struct scenario *s)
{
	const char *list = run_list(o);
	enum naming best = NAMED_NOT;
	char word[WORD_MAX];

	while ((list = next_word(list, word)))
		best = MAX(best, word_names_scenario(word, s));
	return best;
}

bool plan_names(const struct options *o, const struct scenario *s)
{
	return scenario_naming(o, s) == NAMED_EXACTLY;
}

/* Locks of Linux trees are in the image: they and ours of the same kind are what is asked about. */
static bool trees_are_in(void)
{
	for (u32 i = 0; i < lock_count(); i++)
		if (!strncmp(lock_get(i)->name, LINUX, strlen(LINUX)))
			return true;
	return false;
}

static bool is_default(const struct lock_ops *ops)
{
	bool peer = !(ops->flags & LOCK_RESILIENT) && strncmp(ops->name, LINUX, strlen(LINUX));

	return !(ops->flags & (LOCK_NEGATIVE | LOCK_OLD | LOCK_BY_NAME)) &&
	       !(peer && trees_are_in());
}

static enum naming lock_naming(const struct options *o, const struct lock_ops *ops)
{
	const char *list = o->lock;
	enum naming best = NAMED_NOT;
	char word[WORD_MAX];

	if (default_locks(o))
		return is_default(ops) ? NAMED_BY_SUITE : NAMED_NOT;
	while ((list = next_word(list, word))) {
		if (!strcmp(word, ops->name))
			best = NAMED_EXACTLY;
		else if (!strcmp(word, SUITE_ALL) || options_match(word, ops->name))
			best = MAX(best, NAMED_BY_GLOB);
	}
	return best;
}

static bool has_defect_in(const struct lock_ops *ops, const struct scenario *s)
{
	return lock_expects(ops, s->name, "hang") || lock_expects(ops, s->name, "fail");
}

static bool may_fail_in(const struct lock_ops *ops, const struct scenario *s)
{
	return lock_expects(ops, s->name, "may-hang") || lock_expects(ops, s->name, "may-fail");
}

/* The suite "selftest": every lock's known defects, unless lock= narrows it. */
static bool selftest_takes(const struct options *o, const struct scenario *s,
			   const struct lock_ops *ops)
{
	if (!in_list(run_list(o), SUITE_SELFTEST) || !has_defect_in(ops, s))
		return false;
	return default_locks(o) || lock_naming(o, ops) != NAMED_NOT;
}

static const char *missing_flag(const struct scenario *s, const struct lock_ops *ops)
{
	u32 missing = s->lock_flags & ~ops->flags;

	if (missing & LOCK_RESILIENT)
		return "a resilient lock";
	if (missing & LOCK_NMI_SAFE)
		return "an NMI-safe lock";
	return missing ? "a lock with other properties" : NULL;
}

/* Is this pair part of the run? Fills in @c if so. */
static bool plan_pair(const struct options *o, const struct scenario *s, const struct lock_ops *ops,
		      struct planned_case *c)
{
	enum naming by_run = scenario_naming(o, s), by_lock = lock_naming(o, ops);
	const char *missing = missing_flag(s, ops);
	bool exact = by_run == NAMED_EXACTLY && by_lock == NAMED_EXACTLY;

	*c = (struct planned_case){.scenario = s, .ops = ops};
	if (selftest_takes(o, s, ops))
		return true;
	if (by_run == NAMED_NOT || by_lock == NAMED_NOT)
		return false;
	if (missing) {
		struct text t = TEXT_INIT(c->skip);

		text_printf(&t, "needs %s, %s is none", missing, ops->name);
		return exact;
	}
	return exact || !(ops->flags & LOCK_NEGATIVE) || has_defect_in(ops, s) ||
	       may_fail_in(ops, s);
}

void plan_each(const struct options *o, void (*fn)(const struct planned_case *c, void *arg),
	       void *arg)
{
	struct planned_case c;

	for (u32 i = 0; i < scenario_count(); i++) {
		const struct scenario *s = scenario_get(i);

		c = (struct planned_case){.scenario = s};
		if (s->no_lock && scenario_naming(o, s) != NAMED_NOT)
			fn(&c, arg);
	}
	for (u32 l = 0; l < lock_count(); l++) {
		for (u32 i = 0; i < scenario_count(); i++) {
			const struct scenario *s = scenario_get(i);

			if (!s->no_lock && plan_pair(o, s, lock_get(l), &c))
				fn(&c, arg);
		}
	}
}

static void count_case(const struct planned_case *c, void *arg)
{
	++*(u32 *)arg;
}

u32 plan_count(const struct options *o)
{
	u32 n = 0;

	plan_each(o, count_case, &n);
	return n;
}

/* Names a user may give, for "did you mean": scenarios, then suites. */
static const char *const suites[] = {SUITE_DEFAULT, "deadlock", "stress",	"cost",
				     "engines",	    "mutants",	SUITE_SELFTEST, SUITE_ALL};

static const char *next_run_name(size_t i)
{
	if (i < scenario_count())
		return scenario_get(i)->name;
	i -= scenario_count();
	return i < ARRAY_SIZE(suites) ? suites[i] : NULL;
}

static const char *next_lock_name(size_t i)
{
	return i < lock_count() ? lock_get(i)->name : NULL;
}

/* What has directives is a script, and explore takes none. */
static bool program_word_known(const char *word)
{
	const struct program *p;

	for (u32 i = 0; (p = program_get(i)); i++) {
		if (!program_is_script(p) && options_match(word, p->name))
			return true;
	}
	return false;
}

static const char *next_program_name(size_t i)
{
	const struct program *p;

	for (u32 n = 0; (p = program_get(n)); n++) {
		if (!program_is_script(p) && i-- == 0)
			return p->name;
	}
	return NULL;
}

static bool run_word_known(const char *word)
{
	if (!strcmp(word, SUITE_SELFTEST))
		return true;
	for (u32 i = 0; i < scenario_count(); i++) {
		if (word_names_scenario(word, scenario_get(i)) != NAMED_NOT)
			return true;
	}
	return false;
}

static bool lock_word_known(const char *word)
{
	if (!strcmp(word, SUITE_ALL) || !strcmp(word, SUITE_DEFAULT))
		return true;
	for (u32 i = 0; i < lock_count(); i++) {
		if (options_match(word, lock_get(i)->name))
			return true;
	}
	return false;
}

static bool words_known(const char *option, const char *list, bool (*known)(const char *),
			const char *(*next)(size_t), const char *kind, struct text *why)
{
	char word[WORD_MAX];

	while ((list = next_word(list, word))) {
		const char *nearest;

		if (known(word))
			continue;
		nearest = options_nearest(word, next);
		text_printf(why, "%s=%s: no such %s", option, word, kind);
		if (nearest)
			text_printf(why, "; did you mean %s?", nearest);
		else
			text_printf(why, "; the option \"list\" shows what there is");
		return false;
	}
	return true;
}

bool plan_check(const struct options *o, struct text *why)
{
	if (!words_known("run", run_list(o), run_word_known, next_run_name, "scenario or suite",
			 why))
		return false;
	if (!words_known("lock", o->lock, lock_word_known, next_lock_name, "lock", why))
		return false;
	if (!words_known("program", o->program, program_word_known, next_program_name, "program",
			 why))
		return false;
	if (plan_count(o))
		return true;
	text_printf(why, "run=%s lock=%s: no scenario of the first takes a lock of the second",
		    run_list(o), o->lock[0] ? o->lock : SUITE_DEFAULT);
	return false;
}
