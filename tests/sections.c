/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "sections.h"

/* Until a waiter may give up: the contract's shortest time, and the test-and-set loop's. */
#define GIVE_UP_NS     (250 * NSEC_PER_MSEC)
#define GIVE_UP_TAS_NS NSEC_PER_SEC

static u64 option_or(u64 given, u64 own)
{
	return given == OPTION_OWN ? own : given;
}

struct sections sections_chosen(const struct scenario_run *r, struct sections own)
{
	return (struct sections){
		.task_ns = option_or(r->options->hold_ns, own.task_ns),
		.nmi_ns = option_or(r->options->nmi_hold_ns, own.nmi_ns),
		.nmi_hz = option_or(r->options->nmi_hz, own.nmi_hz),
	};
}

u64 sections_longest(const struct sections *s)
{
	return MAX(s->task_ns, s->nmi_ns);
}

u64 sections_turn_ns(const struct scenario_run *r, const struct sections *s)
{
	return 2 * (r->cpus + 1) * sections_longest(s);
}

bool sections_in_time(const struct scenario_run *r, const struct sections *s)
{
	u64 longest = sections_longest(s);

	/* Twice what is needed, for hosts that stop us; where luck decides, ten times. */
	if (r->ops->flags & LOCK_FIFO)
		return 4 * longest <= GIVE_UP_NS;
	return 10 * r->cpus * longest <= GIVE_UP_TAS_NS;
}

bool sections_nmi_bound(const struct sections *s)
{
	return s->nmi_hz * s->nmi_ns >= NSEC_PER_SEC / 2;
}
