/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "lock_fixture.h"
#include "../../kernel/string.h"

const struct lock_ops *ops;
struct fixture_lock locks[FIXTURE_LOCKS];
struct attempt tried[SIM_CORES][2];
u64 release_at;

const char *const revision[NR_REVISIONS] = {"rq-6.15", "rq-6.17", "rq-6.18",
					    "rq-6.19", "rq-7.2",  "rq-next"};

const struct cpu_facts *cpu_facts(void)
{
	static const struct cpu_facts facts = {.model = "host", .atomics = LOCK_ATOMICS};

	return &facts;
}

void fixture_registry(void)
{
	if (!lock_count())
		EXPECT_EQ(lock_registry_init("auto"), 0);
}

void fixture_begin(const char *name, u32 cores)
{
	fixture_registry();
	if (name)
		ops = lock_find(name);
	sim_begin(cores);
	memset(tried, 0, sizeof(tried));
	memset(locks, 0, sizeof(locks));
	for (u32 i = 0; i < FIXTURE_LOCKS; i++)
		ops->init(&locks[i]);
}

int take(struct fixture_lock *l)
{
	struct attempt *a = &tried[cpu_id()][cpu_in_nmi()];
	u64 start = cpu_now();
	int rc;

	this_cpu()->cause = CAUSE_NONE;
	*a = (struct attempt){0};
	rc = ops->acquire(l);
	*a = (struct attempt){true, rc, rc ? this_cpu()->cause : CAUSE_NONE, cpu_now() - start};
	return rc;
}

void drop(struct fixture_lock *l)
{
	ops->release(l);
}

void take_and_drop(struct fixture_lock *l)
{
	if (!take(l))
		drop(l);
}

u32 failures(void)
{
	u32 n = 0;

	for (u32 i = 0; i < SIM_CORES; i++)
		for (u32 ctx = 0; ctx < 2; ctx++)
			n += tried[i][ctx].done && tried[i][ctx].rc;
	return n;
}

u64 longest(void)
{
	u64 ns = 0;

	for (u32 i = 0; i < SIM_CORES; i++)
		for (u32 ctx = 0; ctx < 2; ctx++)
			ns = MAX(ns, tried[i][ctx].ns);
	return ns;
}

bool at_rest(u32 nr_locks)
{
	char buf[200] = "";
	struct text why = TEXT_INIT(buf);

	for (u32 i = 0; i < nr_locks; i++) {
		if (!ops->is_locked(&locks[i]) && ops->at_rest(&locks[i], &why))
			continue;
		unit_fail(ops->name, (int)i, "not at rest: %s", buf);
		return false;
	}
	return true;
}

void take_a(void)
{
	take_and_drop(LOCK_A);
}

void take_b(void)
{
	take_and_drop(LOCK_B);
}

void hold_a(void)
{
	take(LOCK_A);
	while (sim_now() < release_at)
		sim_delay(10 * NSEC_PER_USEC);
	drop(LOCK_A);
}

void hold_b(void)
{
	take(LOCK_B);
	while (sim_now() < release_at)
		sim_delay(10 * NSEC_PER_USEC);
	drop(LOCK_B);
}

void come_for_a(void)
{
	sim_delay(cpu_id() * 300 * NSEC_PER_USEC);
	take_a();
}

void come_for_b(void)
{
	sim_delay(cpu_id() * 300 * NSEC_PER_USEC);
	take_b();
}
