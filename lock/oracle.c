/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The oracle: plain loads and stores around every critical section.
 *
 * Nothing here is atomic on purpose. Two cores inside at once meet in the owner word or
 * tear the two counters apart; if the lock orders its critical sections, these plain
 * accesses are ordered too, and if it does not, the oracle must not repair it. All go
 * through READ_ONCE/WRITE_ONCE: a compiler that may assume "no data race" folds such
 * checks to "never fails" (seen in another lock test, which reports no error for any lock).
 */
#include "oracle.h"
#include "../kernel/stats.h"
#include "../kernel/string.h"

#define NOBODY (~0u)

void oracle_init(struct oracle *o)
{
	memset(o, 0, sizeof(*o));
	o->last = NOBODY;
}

static u64 my_tag(void)
{
	return ((u64)cpu_id() + 1) << 1 | cpu_in_nmi();
}

static void violation(struct oracle *o, u64 whom)
{
	struct cpu_stats *stats = this_cpu()->stats;

	if (!READ_ONCE(o->errors)) {
		WRITE_ONCE(o->first_error_at, cpu_now());
		WRITE_ONCE(o->first_error_pair, my_tag() << 32 | whom);
	}
	/* May lose counts when two cores come together; it never goes back to zero. */
	WRITE_ONCE(o->errors, READ_ONCE(o->errors) + 1);
	if (stats)
		WRITE_ONCE(stats->oracle_errors, READ_ONCE(stats->oracle_errors) + 1);
}

static void count_run(struct oracle *o)
{
	struct cpu_stats *stats = this_cpu()->stats;
	u32 id = cpu_id(), run = 1;

	if (READ_ONCE(o->last) == id)
		run = READ_ONCE(o->run) + 1;
	WRITE_ONCE(o->last, id);
	WRITE_ONCE(o->run, run);
	if (stats && run > READ_ONCE(stats->longest_run))
		WRITE_ONCE(stats->longest_run, run);
}

void oracle_enter(struct oracle *o)
{
	u64 whom = READ_ONCE(o->owner), left = READ_ONCE(o->left);

	WRITE_ONCE(o->owner, my_tag());
	if (whom || left != READ_ONCE(o->right))
		violation(o, whom);
	WRITE_ONCE(o->left, left + 1);
	count_run(o);
}

void oracle_exit(struct oracle *o)
{
	u64 owner = READ_ONCE(o->owner), right = READ_ONCE(o->right) + 1;

	if (owner != my_tag() || READ_ONCE(o->left) != right)
		violation(o, owner);
	WRITE_ONCE(o->right, right);
	WRITE_ONCE(o->owner, 0);
}

/* "cpu3", "cpu3's nmi"; an owner word of 0 tells that only the counters differed. */
static void describe_tag(struct text *t, u32 tag)
{
	if (tag)
		text_printf(t, "cpu%u%s", (tag >> 1) - 1, tag & 1 ? "'s nmi" : "");
	else
		text_printf(t, "somebody who left");
}

bool oracle_finish(const struct oracle *o, const struct lock_ops *ops, const void *lock,
		   u64 entries, struct text *why)
{
	u64 errors = READ_ONCE(o->errors), owner = READ_ONCE(o->owner);
	u64 left = READ_ONCE(o->left), right = READ_ONCE(o->right);

	if (errors) {
		text_printf(why, "exclusion violated %llu times, first ",
			    (unsigned long long)errors);
		describe_tag(why, (u32)(o->first_error_pair >> 32));
		text_printf(why, " met ");
		describe_tag(why, (u32)o->first_error_pair);
		return false;
	}
	if (owner) {
		text_printf(why, "never released by ");
		describe_tag(why, (u32)owner);
		return false;
	}
	if (left != right || left != entries) {
		text_printf(why, "counted %llu successes but %llu entries and %llu exits",
			    (unsigned long long)entries, (unsigned long long)left,
			    (unsigned long long)right);
		return false;
	}
	if (ops->is_locked(lock)) {
		text_printf(why, "still locked after all was released");
		return false;
	}
	return ops->at_rest(lock, why);
}
