/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The situations of several cores and an NMI that tell rqspinlock's revisions apart: the
 * defects that were found in the field, and one that is open.
 *
 * unit: tests/unit/sim.c tests/unit/host.c tests/unit/lock_fixture.c
 * unit: tests/unit/lock_tables.ld lock/registry.c lock/oracle.c
 * unit: lock/rqspinlock/rqspinlock.c lock/rqspinlock/inspect.c
 * unit: kernel/printf.c kernel/string.c kernel/hist.c
 */
#include "lock_fixture.h"

/* Defect D: the NMI queues behind the head that it interrupted. */
TEST(nmi_on_the_heads_core)
{
	for (EACH_REVISION(rev)) {
		bool ended;

		fixture_begin(revision[rev], 3);
		release_at = 20 * MS;
		sim_start(0, hold_a);
		sim_start(1, come_for_a);
		sim_start(2, come_for_a);
		EXPECT(!sim_run(2 * MS));
		sim_nmi(2, take_a);
		ended = sim_run(END);
		EXPECT_EQ(ended, rev != RQ_6_15);
		if (!ended)
			continue;
		EXPECT_EQ(failures(), 1);
		EXPECT_CAUSE(tried[2][1], -EDEADLK,
			     rev >= RQ_6_19 ? CAUSE_AA_BEFORE_QUEUE : CAUSE_AA_AT_WAIT);
		EXPECT_ABOUT(tried[2][1].ns, rev >= RQ_6_19 ? 0 : MS);
		EXPECT(at_rest(1));
	}
}

/* Defect E: the NMI queues as non-head and so blocks the owner it interrupted. */
TEST(nmi_on_the_owners_core)
{
	for (EACH_REVISION(rev)) {
		bool hurts = rev == RQ_6_15 || rev == RQ_6_18;

		fixture_begin(revision[rev], 3);
		release_at = 3 * MS;
		sim_start(0, hold_a);
		sim_start(1, come_for_a);
		sim_start(2, come_for_a);
		EXPECT(!sim_run(2 * MS));
		sim_nmi(0, take_a);
		EXPECT(sim_run(END));
		EXPECT_EQ(failures(), hurts ? 3 : 1);
		EXPECT_CAUSE(tried[0][1], -EDEADLK,
			     hurts	      ? CAUSE_FLUSHED
			     : rev >= RQ_6_19 ? CAUSE_AA_BEFORE_QUEUE
					      : CAUSE_AA_AT_WAIT);
		EXPECT_ABOUT(tried[0][1].ns, hurts ? 499 * MS : rev >= RQ_6_19 ? 0 : MS);
		EXPECT(at_rest(1));
	}
}

/* Defect F: a lone head in an ABBA. It looks first, because it has waited for longer. */
static void lone_head(void)
{
	take(LOCK_B);
	sim_delay(2 * 300 * NSEC_PER_USEC);
	take_a();
	drop(LOCK_B);
}

static void owner_wants_b(void)
{
	take(LOCK_A);
	sim_delay(MS + 200 * NSEC_PER_USEC);
	take_b();
	drop(LOCK_A);
}

TEST(abba_against_a_lone_head)
{
	for (EACH_REVISION(rev)) {
		bool ended;

		fixture_begin(revision[rev], 3);
		sim_start(0, owner_wants_b);
		sim_start(1, come_for_a);
		sim_start(2, lone_head);
		ended = sim_run(END);
		EXPECT_EQ(ended, rev != RQ_6_19);
		if (!ended)
			continue;
		EXPECT_EQ(failures(), 1);
		EXPECT_CAUSE(tried[2][0], -EDEADLK, CAUSE_ABBA);
		EXPECT_ABOUT(tried[2][0].ns, MS);
		EXPECT(at_rest(2));
	}
}

/* A head that fails for a deadlock takes the innocent queue with it, up to 6.18. */
TEST(deadlocked_head_and_its_queue)
{
	for (EACH_REVISION(rev)) {
		if (rev == RQ_6_19)
			continue; /* hangs or not, depending on who comes: see above */
		fixture_begin(revision[rev], 4);
		sim_start(0, owner_wants_b);
		sim_start(1, come_for_a);
		sim_start(2, lone_head);
		sim_start(3, come_for_a);
		EXPECT(sim_run(END));
		EXPECT_CAUSE(tried[2][0], -EDEADLK, CAUSE_ABBA);
		if (rev >= RQ_7_2)
			EXPECT_EQ(tried[3][0].rc, 0);
		else
			EXPECT_CAUSE(tried[3][0], -EDEADLK, CAUSE_FLUSHED);
		EXPECT(at_rest(2));
	}
}

/* The open case: both owners' NMIs queue as non-heads on the other lock; nobody sees it. */
TEST(two_locks_two_nmis)
{
	for (EACH_REVISION(rev)) {
		fixture_begin(revision[rev], 6);
		release_at = 3 * MS;
		sim_start(0, hold_a);
		sim_start(1, come_for_a);
		sim_start(2, come_for_a);
		sim_start(3, hold_b);
		sim_start(4, come_for_b);
		sim_start(5, come_for_b);
		EXPECT(!sim_run(2 * MS));
		sim_nmi(0, take_b);
		sim_nmi(3, take_a);
		EXPECT(sim_run(END));
		if (rev == RQ_6_17) {
			EXPECT(failures() <= 2);
			EXPECT(longest() < 4 * MS);
		} else {
			EXPECT_EQ(failures(), 4);
			EXPECT_ABOUT(longest(), 498 * MS);
		}
		EXPECT(at_rest(2));
	}
}

/* An NMI on a core that queues for another lock has no node to queue with. */
TEST(nmi_on_a_queued_core_wants_another_lock)
{
	static const struct {
		int rc;
		u32 cause;
		u64 ns;
	} want[NR_REVISIONS] = {
		[RQ_6_15] = {0, CAUSE_NONE, 300 * MS},
		[RQ_6_17] = {-ETIMEDOUT, CAUSE_TIMEOUT_TRYLOCK, 250 * MS},
		[RQ_6_18] = {-ETIMEDOUT, CAUSE_TIMEOUT_TRYLOCK, 250 * MS},
		[RQ_6_19] = {-EDEADLK, CAUSE_NO_NODE, 0},
		[RQ_7_2] = {-EDEADLK, CAUSE_NO_NODE, 0},
		[RQ_NEXT] = {-EDEADLK, CAUSE_NO_NODE, 0},
	};

	for (EACH_REVISION(rev)) {
		fixture_begin(revision[rev], 5);
		release_at = 300 * MS;
		sim_start(0, hold_a);
		sim_start(1, come_for_a);
		sim_start(2, come_for_a);
		sim_start(3, hold_b);
		sim_start(4, come_for_b);
		EXPECT(!sim_run(2 * MS));
		sim_nmi(2, take_b);
		EXPECT(sim_run(END));
		EXPECT_CAUSE(tried[2][1], want[rev].rc, want[rev].cause);
		EXPECT_ABOUT(tried[2][1].ns, want[rev].ns);
		EXPECT(at_rest(2));
	}
}
