/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Recovery clocks: from closing a deadlock to the error, and to everybody's progress. */
#include "scenario.h"
#include "../kernel/string.h"

/* The generation of an error that each core has already recovered from. */
static u32 progress_seen[MAX_CPUS];

void recover_init(struct recovery *c, u32 members)
{
	*c = (struct recovery){.members = members};
	memset(progress_seen, 0, sizeof(progress_seen));
}

void recover_start(struct recovery *c)
{
	WRITE_ONCE(c->start, clock_now_ns());
}

static struct ctx_stats *own_stats(void)
{
	return &this_cpu()->stats->ctx[cpu_in_nmi() ? CTX_NMI : CTX_TASK];
}

void recover_error(struct recovery *c)
{
	u64 start = READ_ONCE(c->start);
	u32 none = 0;

	hist_add(&own_stats()->recover, clock_now_ns() - start);
	if (__atomic_compare_exchange_n(&c->missing, &none, c->members, false, __ATOMIC_ACQ_REL,
					__ATOMIC_RELAXED)) {
		WRITE_ONCE(c->closed, start);
		__atomic_fetch_add(&c->generation, 1, __ATOMIC_RELEASE);
	}
}

void recover_progress(struct recovery *c)
{
	u32 generation = __atomic_load_n(&c->generation, __ATOMIC_ACQUIRE);
	u32 *seen = &progress_seen[cpu_id()];
	u64 closed = READ_ONCE(c->closed);

	if (generation == *seen)
		return;
	*seen = generation;
	if (__atomic_fetch_sub(&c->missing, 1, __ATOMIC_ACQ_REL) == 1)
		hist_add(&own_stats()->progress, clock_now_ns() - closed);
}
