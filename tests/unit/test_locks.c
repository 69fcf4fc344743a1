/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What every lock has to do, the negative controls that must not get away with it, the
 * registry and the oracle.
 *
 * unit: tests/unit/sim.c tests/unit/host.c tests/unit/lock_fixture.c tests/unit/threads.c
 * unit: tests/unit/lock_tables.ld lock/registry.c lock/oracle.c
 * unit: lock/ticket.c lock/ttas.c lock/mcs.c lock/clh.c lock/qspinlock.c
 * unit: lock/rqspinlock/rqspinlock.c lock/rqspinlock/inspect.c
 * unit: lock/broken/none.c lock/broken/no_release.c lock/broken/torn.c
 * unit: lock/broken/lost_handover.c lock/broken/leaked_entry.c lock/broken/pending_left.c
 * unit: kernel/printf.c kernel/string.c kernel/hist.c
 */
#include "lock_fixture.h"
#include "threads.h"
#include "../../kernel/string.h"
#include "../../lock/hot.h"

static struct oracle oracle;
static u64 entries;

/* Run @cores cores with @fn and fresh oracle; true if all returned. */
static bool run_all(const char *name, u32 cores, void (*fn)(void))
{
	fixture_begin(name, cores);
	oracle_init(&oracle);
	entries = 0;
	for (u32 i = 0; i < cores; i++)
		sim_start(i, fn);
	return sim_run(END);
}

/* The oracle's judgement, and its reason in @why. */
static bool judged_well(char *buf, size_t size)
{
	struct text why = {.buf = buf, .size = size};

	buf[0] = '\0';
	return oracle_finish(&oracle, ops, LOCK_A, entries, &why);
}

/* Sections with a wait inside, so that others run while somebody is in. */
static void sections(void)
{
	for (u32 i = 0; i < 40; i++) {
		if (take(LOCK_A))
			continue;
		oracle_enter(&oracle);
		entries++;
		sim_delay(i % 3 * 40 * NSEC_PER_USEC);
		oracle_exit(&oracle);
		drop(LOCK_A);
		if (i % 4 == cpu_id() % 4)
			sim_delay(60 * NSEC_PER_USEC);
	}
}

#define EACH_LOCK(i)                                                                               \
	u32 i = 0;                                                                                 \
	fixture_registry(), i < lock_count();                                                      \
	i++
#define HEALTHY(l) (!((l)->flags & LOCK_NEGATIVE))

TEST(registry_is_sorted_and_complete)
{
	fixture_registry();
	EXPECT_EQ(lock_count(), 18);
	for (EACH_LOCK(i)) {
		const struct lock_ops *l = lock_get(i);

		if (i)
			EXPECT(strcmp(lock_get(i - 1)->name, l->name) < 0);
		EXPECT(lock_find(l->name) == l);
		EXPECT(l->origin && l->doc && l->init && l->acquire && l->try_acquire);
		EXPECT(l->release && l->is_locked && l->word && l->decode && l->decode_cpu);
		EXPECT(l->at_rest && l->hot_pairs && l->hot_contend);
		EXPECT(l->size && l->size <= LOCK_SIZE_MAX && l->percpu_size <= LOCK_DATA_MAX);
		EXPECT(HEALTHY(l) || (l->defects && l->defects[0].scenario));
	}
	EXPECT(!lock_find("rq-9.9"));
	EXPECT(!lock_get(lock_count()));
}

TEST(registry_refuses_other_atomics)
{
	EXPECT_EQ(lock_registry_init("lse"), -ENODEV);
	EXPECT_EQ(lock_registry_init("nonsense"), -ENODEV);
	EXPECT_EQ(lock_registry_init("auto"), 0);
	EXPECT_EQ(lock_count(), 18);
}

TEST(registry_knows_expected_defects)
{
	fixture_registry();
	EXPECT(lock_expects(lock_find("rq-6.15"), "head-nmi", "hang"));
	EXPECT(!lock_expects(lock_find("rq-6.15"), "head-nmi", "fail"));
	EXPECT(!lock_expects(lock_find("rq-7.2"), "head-nmi", "hang"));
	EXPECT(lock_expects(lock_find("broken-none"), "exclusion", "fail"));
}

TEST(causes_have_names)
{
	EXPECT(!lock_cause_name(CAUSE_NONE));
	EXPECT(!lock_cause_name(NR_CAUSES));
	for (u32 c = 1; c < NR_CAUSES; c++)
		EXPECT(lock_cause_name(c) != NULL);
	EXPECT_STR(lock_cause_name(CAUSE_AA_BEFORE_QUEUE), "aa-before-queue");
}

TEST(addresses_belong_to_locks)
{
	for (EACH_LOCK(i)) {
		const struct lock_ops *l = lock_get(i);

		EXPECT(lock_of_text((uintptr_t)l->acquire) == l);
		EXPECT(lock_of_text((uintptr_t)l->release) == l);
		EXPECT(lock_of_text((uintptr_t)l->hot_pairs) == l);
	}
	EXPECT(!lock_of_text((uintptr_t)lock_of_text));
	EXPECT_EQ(lock_window((uintptr_t)lock_of_text), -1);
}

/* Every window of the contract is marked somewhere in rq-7.2's text. */
TEST(windows_are_marked)
{
	const struct lock_ops *l = lock_find("rq-7.2");
	u32 seen = 0;

	ASSERT(l);
	for (uintptr_t pc = (uintptr_t)l->text_start; pc < (uintptr_t)l->text_end; pc++) {
		int w = lock_window(pc);

		if (w >= 0)
			seen |= 1u << w;
	}
	/* W3 and W4 are one place there; W17 is the test-and-set path. */
	EXPECT_EQ(seen | 1u << 3 | 1u << 17, (1u << 18) - 1);
}

static void nested(void)
{
	for (u32 round = 0; round < 3; round++) {
		for (u32 i = 0; i < FIXTURE_LOCKS; i++)
			take(&locks[i]);
		for (u32 i = FIXTURE_LOCKS; i-- > 0;)
			drop(&locks[i]);
	}
}

TEST(locks_nest)
{
	for (EACH_LOCK(i)) {
		ops = lock_get(i);
		if (!HEALTHY(ops))
			continue;
		EXPECT(run_all(NULL, 1, nested));
		EXPECT(at_rest(FIXTURE_LOCKS));
	}
}

static bool first_try, second_try, third_try;

static void tries(void)
{
	first_try = ops->try_acquire(LOCK_A);
	second_try = ops->try_acquire(LOCK_A);
	drop(LOCK_A);
	third_try = ops->try_acquire(LOCK_A);
	if (third_try)
		drop(LOCK_A);
}

TEST(try_takes_a_free_lock_only)
{
	for (EACH_LOCK(i)) {
		ops = lock_get(i);
		if (!HEALTHY(ops))
			continue;
		EXPECT(run_all(NULL, 1, tries));
		EXPECT(first_try && !second_try && third_try);
		EXPECT(at_rest(1));
	}
}

TEST(locks_exclude)
{
	char why[200];

	for (EACH_LOCK(i)) {
		ops = lock_get(i);
		if (!HEALTHY(ops))
			continue;
		EXPECT(run_all(NULL, 6, sections));
		EXPECT_EQ(entries, 6 * 40);
		if (!judged_well(why, sizeof(why)))
			unit_fail(ops->name, 0, "%s", why);
	}
}

/* FIFO locks: core n asks n * 300 us after the first; they must get it in that order. */
static u32 order[SIM_CORES], ordered;

static void come_in_turn(void)
{
	sim_delay(cpu_id() * 300 * NSEC_PER_USEC);
	take(LOCK_A);
	order[ordered++] = cpu_id();
	sim_delay(5 * MS);
	drop(LOCK_A);
}

TEST(fifo_locks_keep_order)
{
	for (EACH_LOCK(i)) {
		ops = lock_get(i);
		if (!HEALTHY(ops) || !(ops->flags & LOCK_FIFO))
			continue;
		ordered = 0;
		EXPECT(run_all(NULL, 6, come_in_turn));
		EXPECT_EQ(ordered, 6);
		for (u32 n = 0; n < ordered; n++)
			EXPECT_EQ(order[n], n);
	}
}

TEST(hot_loops_leave_nothing_behind)
{
	static struct hist wait;

	for (EACH_LOCK(i)) {
		u32 stop = 1;
		struct hot_run run = {
			.lock = LOCK_A, .oracle = &oracle, .wait = &wait, .stop = &stop};

		ops = lock_get(i);
		if (!HEALTHY(ops))
			continue;
		fixture_begin(NULL, 1);
		ops->hot_pairs(LOCK_A, 100);
		ops->hot_contend(&run);
		EXPECT_EQ(run.ops, 0);
		EXPECT(at_rest(1));
	}
}

/*
 * Negative controls.
 */

TEST(no_lock_is_caught)
{
	char why[200];

	EXPECT(run_all("broken-none", 4, sections));
	EXPECT(!judged_well(why, sizeof(why)));
	EXPECT_HAS(why, "exclusion violated");
}

TEST(torn_lock_is_caught)
{
	char why[200];

	EXPECT(run_all("broken-torn", 4, sections));
	EXPECT(!judged_well(why, sizeof(why)));
	EXPECT_HAS(why, "exclusion violated");
}

TEST(missing_release_is_caught)
{
	EXPECT(!run_all("broken-no-release", 2, sections));
	EXPECT(ops->is_locked(LOCK_A));
}

TEST(lost_handover_is_caught)
{
	EXPECT(!run_all("broken-lost-handover", 2, sections));
}

TEST(leaked_entry_is_caught)
{
	char why[200];

	EXPECT(run_all("broken-leaked-entry", 2, sections));
	EXPECT(!judged_well(why, sizeof(why)));
	EXPECT_HAS(why, "held table");
}

static void aa(void)
{
	take(LOCK_A);
	take(LOCK_A);
	drop(LOCK_A);
}

TEST(pending_left_is_caught)
{
	char why[200];

	EXPECT(run_all("broken-pending-left", 1, aa));
	EXPECT_CAUSE(tried[0][0], -EDEADLK, CAUSE_AA_AT_WAIT);
	EXPECT(!judged_well(why, sizeof(why)));
	EXPECT_HAS(why, "pending=1");
}

/*
 * The oracle by itself.
 */

TEST(oracle_counts_entries)
{
	char why[200];

	fixture_begin("ticket", 2);
	oracle_init(&oracle);
	entries = 1;
	EXPECT(!judged_well(why, sizeof(why)));
	EXPECT_HAS(why, "counted 1 successes but 0 entries");
	oracle_enter(&oracle);
	EXPECT(!judged_well(why, sizeof(why)));
	EXPECT_HAS(why, "never released by cpu0");
	oracle_exit(&oracle);
	EXPECT(judged_well(why, sizeof(why)));
	oracle_exit(&oracle);
	EXPECT(!judged_well(why, sizeof(why)));
	take(LOCK_A);
	oracle_init(&oracle);
	entries = 0;
	EXPECT(!judged_well(why, sizeof(why)));
	EXPECT_HAS(why, "still locked");
}

/* Each of its two signs alone is enough: a foreign owner, and counters that differ. */
TEST(oracle_needs_one_sign_only)
{
	fixture_begin("ticket", 3);
	oracle_init(&oracle);
	oracle.owner = 3 << 1;
	oracle_enter(&oracle);
	EXPECT_EQ(oracle.errors, 1);
	oracle.owner = 3 << 1;
	oracle_exit(&oracle);
	EXPECT_EQ(oracle.errors, 2);
	oracle_init(&oracle);
	oracle.left = 1;
	oracle_enter(&oracle);
	EXPECT_EQ(oracle.errors, 1);
}

TEST(oracle_names_who_met_whom)
{
	char why[200];

	fixture_begin("ticket", 3);
	oracle_init(&oracle);
	host_cpu = sim_cpu(2);
	oracle_enter(&oracle);
	host_cpu = sim_cpu(1);
	sim_cpu(1)->nmi_depth = 1;
	oracle_enter(&oracle);
	EXPECT(!judged_well(why, sizeof(why)));
	EXPECT_HAS(why, "exclusion violated 1 times, first cpu1's nmi met cpu2");
}

/*
 * Real threads, for what the one-at-a-time cores cannot show: the host's memory order.
 */

static void hammer(void)
{
	for (u32 i = 0; i < 3000; i++) {
		if (ops->acquire(LOCK_A))
			continue; /* descheduled for longer than a timeout */
		oracle_enter(&oracle);
		__atomic_store_n(&entries, entries + 1, __ATOMIC_RELAXED);
		oracle_exit(&oracle);
		ops->release(LOCK_A);
	}
}

TEST(locks_exclude_real_threads)
{
	char why[200];

	for (EACH_LOCK(i)) {
		ops = lock_get(i);
		if (!HEALTHY(ops))
			continue;
		fixture_begin(NULL, 2);
		oracle_init(&oracle);
		entries = 0;
		EXPECT(threads_run(2, hammer));
		if (!judged_well(why, sizeof(why)))
			unit_fail(ops->name, 0, "%s", why);
	}
}
