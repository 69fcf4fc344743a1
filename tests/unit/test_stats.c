/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Per-core statistics, and the fairness index.
 * unit: kernel/stats.c kernel/hist.c kernel/rng.c kernel/string.c tests/unit/host.c
 */
#include "unit.h"

#include "../../kernel/cpu.h"
#include "../../kernel/rng.h"
#include "../../kernel/stats.h"

struct cpu_group online;

static struct cpu cpu[3];
static struct cpu_stats stats[3];

static u64 now(const struct cpu *c)
{
	return 1000 + c->id;
}

static void set_up(void)
{
	for (u32 i = 0; i < ARRAY_SIZE(cpu); i++) {
		stats_clear(&stats[i]);
		cpu[i].id = i;
		cpu[i].now = now;
		cpu[i].stats = &stats[i];
		cpu[i].nmi_depth = 0;
		online.cpu[i] = &cpu[i];
	}
	online.count = ARRAY_SIZE(cpu);
	host_cpu = &cpu[0];
}

TEST(stats_attempts_go_to_their_place)
{
	const struct ctx_stats *task = &stats[0].ctx[CTX_TASK], *nmi = &stats[0].ctx[CTX_NMI];

	set_up();
	stats_attempt(0, 0, 100, false);
	stats_attempt(-EDEADLK, 3, 200, false);
	stats_attempt(-ETIMEDOUT, 5, 300, true);
	cpu[0].nmi_depth = 1;
	stats_attempt(-EDEADLK, 1, 50, true);

	EXPECT_EQ(stats_attempts(task), 3);
	EXPECT_EQ(task->outcome[OUTCOME_OK], 1);
	EXPECT_EQ(task->outcome[OUTCOME_EDEADLK], 1);
	EXPECT_EQ(task->outcome[OUTCOME_ETIMEDOUT], 1);
	EXPECT_EQ(task->cause[3], 1);
	EXPECT_EQ(task->cause[5], 1);
	EXPECT_EQ(task->cause[0], 0);
	EXPECT_EQ(task->innocent, 1);
	EXPECT_EQ(task->wait_ok.count, 1);
	EXPECT_EQ(task->wait_fail.count, 2);
	EXPECT_EQ(task->worst.ns, 300);
	EXPECT_EQ(task->worst.at_ns, 1000);
	EXPECT(task->worst.pc != 0);
	EXPECT_EQ(stats_attempts(nmi), 1);
	EXPECT_EQ(nmi->innocent, 1);
	EXPECT_EQ(nmi->wait_fail.max, 50);
}

TEST(stats_unknown_cause_is_kept)
{
	set_up();
	stats_attempt(-EDEADLK, 77, 10, false);
	EXPECT_EQ(stats[0].ctx[CTX_TASK].cause[STATS_CAUSES - 1], 1);
}

TEST(stats_merge_sums_all_cores)
{
	static struct ctx_stats all;

	set_up();
	for (u32 i = 0; i < ARRAY_SIZE(cpu); i++) {
		host_cpu = &cpu[i];
		stats_attempt(0, 0, 10 * (i + 1), false);
		stats_attempt(-EDEADLK, 2, 5 * (i + 1), i == 1);
	}
	stats_merge(&all, CTX_TASK);
	EXPECT_EQ(stats_attempts(&all), 6);
	EXPECT_EQ(all.cause[2], 3);
	EXPECT_EQ(all.innocent, 1);
	EXPECT_EQ(all.wait_ok.max, 30);
	EXPECT_EQ(all.wait_fail.min, 5);
	EXPECT_EQ(all.worst.ns, 30);
	EXPECT_EQ(all.worst.cpu, 2);
	stats_merge(&all, CTX_NMI);
	EXPECT_EQ(stats_attempts(&all), 0);
}

TEST(jain_known_values)
{
	static const u64 even[] = {5, 5, 5, 5}, one[] = {9, 0, 0, 0}, half[] = {1, 1, 0, 0};
	static const u64 huge[] = {1ull << 62, 1ull << 62}, none[] = {0, 0};

	EXPECT_EQ(stats_jain(even, 4), 10000);
	EXPECT_EQ(stats_jain(one, 4), 2500);
	EXPECT_EQ(stats_jain(half, 4), 5000);
	EXPECT_EQ(stats_jain(huge, 2), 10000);
	EXPECT_EQ(stats_jain(none, 2), 10000);
}

/* In whole numbers against the definition in wide ones. */
TEST(jain_matches_definition)
{
	static u64 v[1024];
	u64 s = unit_random();

	for (int round = 0; round < 100; round++) {
		u32 n = 1 + rng_below(&s, ARRAY_SIZE(v));
		unsigned __int128 sum = 0, squares = 0;
		u32 exact, got;

		for (u32 i = 0; i < n; i++) {
			v[i] = 1000 + rng_below(&s, 100000000);
			sum += v[i];
			squares += (unsigned __int128)v[i] * v[i];
		}
		exact = (u32)(sum * sum * 10000 / (n * squares));
		got = stats_jain(v, n);
		EXPECT(got + 2 >= exact && got <= exact + 2);
	}
}
