/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cpu.h"
#include "stats.h"
#include "string.h"

void stats_clear(struct cpu_stats *s)
{
	memset(s, 0, sizeof(*s));
}

static enum stat_outcome outcome_of(int rc)
{
	switch (rc) {
	case 0:
		return OUTCOME_OK;
	case -EDEADLK:
		return OUTCOME_EDEADLK;
	default:
		return OUTCOME_ETIMEDOUT;
	}
}

void stats_attempt(int rc, u32 cause, u64 ns, bool innocent)
{
	struct cpu *cpu = this_cpu();
	struct ctx_stats *c = &cpu->stats->ctx[cpu_in_nmi() ? CTX_NMI : CTX_TASK];

	c->outcome[outcome_of(rc)]++;
	hist_add(rc ? &c->wait_fail : &c->wait_ok, ns);
	if (rc) {
		c->cause[MIN(cause, STATS_CAUSES - 1u)]++;
		c->innocent += innocent;
	}
	if (ns >= c->worst.ns) {
		c->worst.ns = ns;
		c->worst.at_ns = cpu->now(cpu);
		c->worst.pc = (uintptr_t)__builtin_return_address(0);
		c->worst.cpu = cpu->id;
	}
}

u64 stats_attempts(const struct ctx_stats *c)
{
	u64 sum = 0;

	for (u32 i = 0; i < NR_OUTCOMES; i++)
		sum += c->outcome[i];
	return sum;
}

static void merge_one(struct ctx_stats *into, const struct ctx_stats *from)
{
	for (u32 i = 0; i < NR_OUTCOMES; i++)
		into->outcome[i] += from->outcome[i];
	for (u32 i = 0; i < STATS_CAUSES; i++)
		into->cause[i] += from->cause[i];
	into->innocent += from->innocent;
	hist_merge(&into->wait_ok, &from->wait_ok);
	hist_merge(&into->wait_fail, &from->wait_fail);
	hist_merge(&into->recover, &from->recover);
	hist_merge(&into->progress, &from->progress);
	if (from->worst.ns > into->worst.ns)
		into->worst = from->worst;
}

void stats_merge(struct ctx_stats *into, enum stat_ctx ctx)
{
	memset(into, 0, sizeof(*into));
	for (u32 i = 0; i < online.count; i++)
		merge_one(into, &online.cpu[i]->stats->ctx[ctx]);
}

/*
 * (sum x)^2 / (n * sum x^2), Jain, Chiu, Hawe 1984. Values are scaled to at most 16 bits, so
 * that nothing overflows for 1024 cores.
 */
u32 stats_jain(const u64 *value, u32 n)
{
	u64 max = 0, sum = 0, squares = 0;
	u32 shift = 0;

	for (u32 i = 0; i < n; i++)
		max = MAX(max, value[i]);
	while (max >> shift >> 16)
		shift++;
	for (u32 i = 0; i < n; i++) {
		u64 x = value[i] >> shift;

		sum += x;
		squares += x * x;
	}
	if (squares == 0)
		return 10000;
	if (sum < 1u << 25)
		return (u32)(sum * sum * 10000 / (n * squares));
	return (u32)(sum * sum / n * 10000 / squares);
}
