/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * rqspinlock's contract: what every revision does, each in its own time. Expected values are
 * those of the contract, in virtual time.
 *
 * unit: tests/unit/sim.c tests/unit/host.c tests/unit/lock_fixture.c
 * unit: tests/unit/lock_tables.ld lock/registry.c lock/oracle.c
 * unit: lock/rqspinlock/rqspinlock.c lock/rqspinlock/inspect.c
 * unit: kernel/printf.c kernel/string.c kernel/hist.c
 */
#include "lock_fixture.h"

/*
 * One core.
 */

static void aa_in_task(void)
{
	take(LOCK_A);
	take(LOCK_A);
	drop(LOCK_A);
}

TEST(aa_task)
{
	for (EACH_REVISION(rev)) {
		fixture_begin(revision[rev], 1);
		sim_start(0, aa_in_task);
		EXPECT(sim_run(END));
		EXPECT_CAUSE(tried[0][0], -EDEADLK, CAUSE_AA_AT_WAIT);
		EXPECT_ABOUT(tried[0][0].ns, rev >= RQ_6_19 ? 0 : MS);
		EXPECT(at_rest(1));
	}
}

/* Defect B: the NMI finds the lock held by the core it interrupted. */
static void nmi_in_section(void)
{
	take(LOCK_A);
	sim_nmi_now(take_a);
	drop(LOCK_A);
}

TEST(aa_nmi_in_section)
{
	for (EACH_REVISION(rev)) {
		fixture_begin(revision[rev], 1);
		sim_start(0, nmi_in_section);
		EXPECT(sim_run(END));
		EXPECT_CAUSE(tried[0][1], -EDEADLK, CAUSE_AA_AT_WAIT);
		EXPECT_ABOUT(tried[0][1].ns, rev >= RQ_6_19 ? 0 : MS);
		EXPECT(at_rest(1));
	}
}

/*
 * Defects A and A': an NMI after each access to the held table that an uncontended pair
 * makes. T: 250 ms and -ETIMEDOUT; D: -EDEADLK; +: the NMI got the lock.
 */
static u32 nmi_place;

static void nmi_at_place(void)
{
	sim_nmi_after_access(nmi_place, take_a);
	if (!take(LOCK_A))
		drop(LOCK_A);
}

TEST(nmi_at_each_table_access)
{
	/* rq-next counts in two accesses: a place more. */
	static const char *const want[NR_REVISIONS] = {"TDDT+", "TDDT+", "+++++",
						       "+++++", "+++++", "++++++"};

	for (EACH_REVISION(rev)) {
		char got[8] = "";

		for (nmi_place = 1; want[rev][nmi_place - 1]; nmi_place++) {
			const struct attempt *a = &tried[0][1];

			fixture_begin(revision[rev], 1);
			sim_start(0, nmi_at_place);
			EXPECT(sim_run(END));
			EXPECT(a->done);
			EXPECT(at_rest(1));
			got[nmi_place - 1] = a->rc == 0 ? '+' : a->rc == -EDEADLK ? 'D' : 'T';
			if (a->rc == -ETIMEDOUT)
				EXPECT_ABOUT(a->ns, 250 * MS);
		}
		EXPECT_STR(got, want[rev]);
	}
}

static struct attempt in_table, beyond_table;

static void overflow(void)
{
	const u32 held = 34;

	for (u32 i = 0; i < held; i++)
		take(&locks[i]);
	take(&locks[0]);
	in_table = tried[0][0];
	take(&locks[held - 1]);
	beyond_table = tried[0][0];
	for (u32 i = held; i-- > 0;)
		drop(&locks[i]);
	aa_in_task();
}

TEST(held_table_overflow)
{
	for (EACH_REVISION(rev)) {
		fixture_begin(revision[rev], 1);
		sim_start(0, overflow);
		EXPECT(sim_run(END));
		EXPECT_CAUSE(in_table, -EDEADLK, CAUSE_AA_AT_WAIT);
		EXPECT_CAUSE(beyond_table, -ETIMEDOUT, CAUSE_TIMEOUT_PENDING);
		EXPECT_ABOUT(beyond_table.ns, 250 * MS);
		/* And afterwards the table works again. */
		EXPECT_CAUSE(tried[0][0], -EDEADLK, CAUSE_AA_AT_WAIT);
		EXPECT(at_rest(34));
	}
}

/*
 * Several cores.
 */

TEST(stuck_owner)
{
	for (EACH_REVISION(rev)) {
		int flushed = rev >= RQ_6_19 ? -ETIMEDOUT : -EDEADLK;

		fixture_begin(revision[rev], 5);
		release_at = 600 * MS;
		sim_start(0, hold_a);
		for (u32 i = 1; i < 5; i++)
			sim_start(i, come_for_a);
		EXPECT(sim_run(END));
		EXPECT_CAUSE(tried[1][0], -ETIMEDOUT, CAUSE_TIMEOUT_PENDING);
		EXPECT_ABOUT(tried[1][0].ns, 250 * MS);
		EXPECT_CAUSE(tried[2][0], -ETIMEDOUT, CAUSE_TIMEOUT_HEAD);
		EXPECT_ABOUT(tried[2][0].ns, 500 * MS);
		EXPECT_CAUSE(tried[3][0], flushed, CAUSE_FLUSHED);
		EXPECT_CAUSE(tried[4][0], flushed, CAUSE_FLUSHED);
		EXPECT_ABOUT(tried[4][0].ns, 500 * MS);
		EXPECT(at_rest(1));
	}
}

TEST(dump_names_every_waiter)
{
	char buf[200];
	struct text out = TEXT_INIT(buf);

	fixture_begin("rq-7.2", 5);
	release_at = 600 * MS;
	sim_start(0, hold_a);
	for (u32 i = 1; i < 5; i++)
		sim_start(i, come_for_a);
	EXPECT(!sim_run(20 * MS));
	ops->decode(LOCK_A, &out);
	EXPECT_STR(buf, "word=0x00140101 locked=1 pending=1 tail=cpu4/node0 "
			"queue=cpu4/node0<-cpu3/node0<-cpu2/node0");
	out = TEXT_INIT(buf);
	ops->decode_cpu(sim_cpu(3), &out);
	EXPECT_HAS(buf, "nodes=1 node0:signal=wait");
	EXPECT_HAS(buf, "held=1 top=");
	out = TEXT_INIT(buf);
	EXPECT(!ops->at_rest(LOCK_A, &out));
	EXPECT_HAS(buf, "lock not free");
}

/* A tail that names no core must not lead the dump astray. */
TEST(dump_survives_a_torn_word)
{
	char buf[200];
	struct text out = TEXT_INIT(buf);

	fixture_begin("rq-7.2", 2);
	*(u32 *)LOCK_A = 0xfffc0000u;
	ops->decode(LOCK_A, &out);
	EXPECT_HAS(buf, "tail=invalid");
	out = TEXT_INIT(buf);
	*(u32 *)LOCK_A = 0x00010000u;
	ops->decode(LOCK_A, &out);
	EXPECT_HAS(buf, "tail=invalid");
}

static void ab(void)
{
	take(LOCK_A);
	sim_delay(MS);
	take_b();
	drop(LOCK_A);
}

static void ba(void)
{
	take(LOCK_B);
	sim_delay(MS + 100 * NSEC_PER_USEC);
	take_a();
	drop(LOCK_B);
}

TEST(abba)
{
	for (EACH_REVISION(rev)) {
		fixture_begin(revision[rev], 2);
		sim_start(0, ab);
		sim_start(1, ba);
		EXPECT(sim_run(END));
		EXPECT_CAUSE(tried[0][0], -EDEADLK, CAUSE_ABBA);
		EXPECT_ABOUT(tried[0][0].ns, MS);
		EXPECT_EQ(tried[1][0].rc, 0);
		EXPECT(at_rest(2));
	}
}

static void a_then_b(void)
{
	take(LOCK_A);
	sim_delay(MS);
	take_b();
	drop(LOCK_A);
}

/*
 * A chain is no cycle: who waits for A waits for core 0, and core 0 for B, but B is not
 * held by anybody who waits. However often they look, nobody may see a deadlock.
 */
TEST(no_cycle_no_error)
{
	for (EACH_REVISION(rev)) {
		fixture_begin(revision[rev], 5);
		release_at = 100 * MS;
		sim_start(0, a_then_b);
		sim_start(1, hold_b);
		sim_start(2, come_for_a);
		sim_start(3, come_for_a);
		sim_start(4, come_for_b);
		EXPECT(sim_run(END));
		EXPECT_EQ(failures(), 0);
		EXPECT(at_rest(2));
	}
}

/*
 * W16: core 3 saw the lock held and nobody waiting, and is interrupted before it sets the
 * pending bit. When it does, there is a queue: it must take its bit back, or the head
 * waits for a pending waiter that does not exist.
 */
static void long_nmi(void)
{
	sim_delay(2 * MS);
}

static void come_first_and_stall(void)
{
	sim_delay(100 * NSEC_PER_USEC);
	sim_nmi(cpu_id(), long_nmi);
	take_a();
}

static void come_and_hold(void)
{
	sim_delay(cpu_id() * 300 * NSEC_PER_USEC);
	take(LOCK_A);
	sim_delay(5 * MS);
	drop(LOCK_A);
}

TEST(late_pending_bit_is_taken_back)
{
	for (EACH_REVISION(rev)) {
		fixture_begin(revision[rev], 4);
		release_at = MS;
		sim_start(0, hold_a);
		sim_start(1, come_and_hold);
		sim_start(2, come_for_a);
		sim_start(3, come_first_and_stall);
		EXPECT(sim_run(END));
		EXPECT_EQ(failures(), 0);
		EXPECT(tried[3][0].ns > 2 * MS);
		EXPECT(at_rest(1));
	}
}

/*
 * Test-and-set.
 */

TEST(tas_errors)
{
	fixture_begin("rq-7.2-tas", 1);
	sim_start(0, aa_in_task);
	EXPECT(sim_run(END));
	EXPECT_CAUSE(tried[0][0], -EDEADLK, CAUSE_AA_AT_WAIT);
	EXPECT_ABOUT(tried[0][0].ns, 0);
	EXPECT(at_rest(1));

	fixture_begin("rq-7.2-tas", 2);
	sim_start(0, ab);
	sim_start(1, ba);
	EXPECT(sim_run(END));
	EXPECT_CAUSE(tried[0][0], -EDEADLK, CAUSE_ABBA);
	EXPECT_EQ(tried[1][0].rc, 0);
	EXPECT(at_rest(2));

	fixture_begin("rq-7.2-tas", 3);
	release_at = 1100 * MS;
	sim_start(0, hold_a);
	sim_start(1, come_for_a);
	sim_start(2, come_for_a);
	EXPECT(sim_run(END));
	EXPECT_CAUSE(tried[1][0], -ETIMEDOUT, CAUSE_TIMEOUT_TAS);
	EXPECT_CAUSE(tried[2][0], -ETIMEDOUT, CAUSE_TIMEOUT_TAS);
	EXPECT_ABOUT(tried[2][0].ns, NSEC_PER_SEC);
	EXPECT(at_rest(1));
}
