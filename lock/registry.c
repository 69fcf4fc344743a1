/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The registry: which locks were linked in, which of them this machine runs, and which
 * lock or window an address belongs to.
 */
#include "lock.h"
#include "../kernel/string.h"

/* Room for the mutants too. */
#define MAX_LOCKS 128

/* Filled by LOCK_REGISTER() and LOCK_WINDOW(), bounded by the linker script. */
extern const struct lock_ops *const lock_table_start[], *const lock_table_end[];

struct window {
	s32 at; /* relative to this field: needs no relocation in a moved image */
	s32 number;
};
extern const struct window lock_windows_start[], lock_windows_end[];

static const struct lock_ops *chosen[MAX_LOCKS];
static u32 nr_chosen;

const char *lock_cause_name(u32 cause)
{
	static const char *const name[NR_CAUSES] = {
		[CAUSE_AA_AT_WAIT] = "aa-at-wait",
		[CAUSE_AA_BEFORE_QUEUE] = "aa-before-queue",
		[CAUSE_ABBA] = "abba",
		[CAUSE_NO_NODE] = "no-node",
		[CAUSE_TIMEOUT_PENDING] = "timeout-pending",
		[CAUSE_TIMEOUT_HEAD] = "timeout-head",
		[CAUSE_FLUSHED] = "flushed",
		[CAUSE_TIMEOUT_TAS] = "timeout-tas",
		[CAUSE_TIMEOUT_TRYLOCK] = "timeout-trylock",
	};

	return cause < NR_CAUSES ? name[cause] : NULL;
}

static bool is(const char *a, const char *b)
{
	return strcmp(a, b) == 0;
}

/* Insert by name: the table is short and this runs once. */
static void insert_sorted(const struct lock_ops *ops)
{
	u32 i = nr_chosen++;

	for (; i > 0 && strcmp(chosen[i - 1]->name, ops->name) > 0; i--)
		chosen[i] = chosen[i - 1];
	chosen[i] = ops;
}

int lock_registry_init(const char *want)
{
	const char *best = cpu_facts()->atomics;
	const struct lock_ops *const *p;

	if (is(want, "auto"))
		want = best;
	/* A core with LSE runs LL/SC too; nothing else stands in for another. */
	if (!is(want, best) && !(is(want, "llsc") && is(best, "lse")))
		return -ENODEV;

	nr_chosen = 0;
	for (p = lock_table_start; p < lock_table_end; p++) {
		if (!is((*p)->atomics, want) && !is((*p)->atomics, "native"))
			continue;
		if (nr_chosen == MAX_LOCKS)
			return -ENOSPC;
		insert_sorted(*p);
	}
	return nr_chosen ? 0 : -ENODEV;
}

u32 lock_count(void)
{
	return nr_chosen;
}

const struct lock_ops *lock_get(u32 i)
{
	return i < nr_chosen ? chosen[i] : NULL;
}

const struct lock_ops *lock_find(const char *name)
{
	for (u32 i = 0; i < nr_chosen; i++)
		if (strcmp(chosen[i]->name, name) == 0)
			return chosen[i];
	return NULL;
}

bool lock_expects(const struct lock_ops *lock, const char *scenario, const char *outcome)
{
	const struct lock_defect *d = lock->defects;

	for (; d && d->scenario; d++)
		if ((is(d->scenario, scenario) || is(d->scenario, LOCK_ANY_SCENARIO)) &&
		    is(d->outcome, outcome))
			return true;
	return false;
}

const struct lock_ops *lock_of_text(uintptr_t pc)
{
	const struct lock_ops *const *p;

	/* The linked table, not the chosen half: a dump may run before the choice. */
	for (p = lock_table_start; p < lock_table_end; p++)
		if (pc >= (uintptr_t)(*p)->text_start && pc < (uintptr_t)(*p)->text_end)
			return *p;
	return NULL;
}

int lock_window(uintptr_t pc)
{
	const struct lock_ops *ops = lock_of_text(pc);
	uintptr_t best = ops ? (uintptr_t)ops->text_start : 0;
	const struct window *w;
	int number = -1;

	if (!ops)
		return -1;
	for (w = lock_windows_start; w < lock_windows_end; w++) {
		uintptr_t at = (uintptr_t)&w->at + (intptr_t)w->at;

		/* Equal addresses: the mark written later in the source names the place. */
		if (at <= pc && at >= best) {
			best = at;
			number = w->number;
		}
	}
	return number;
}
