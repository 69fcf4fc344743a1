/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <arch/cpu.h>
#include "pace.h"

static struct {
	void (*body)(struct scenario_run *r);
	enum nmi_source source; /* NR_NMI_SOURCES: polled */
	u64 period_ns;
	u64 due;    /* polled: when the next one is to be sent */
	u32 fanout; /* cores that one tick reaches */
	u32 next;   /* core to be hit next */
} pace;

/* One tick's worth of the other cores, in turn. */
static void pass_on(u32 cpus)
{
	for (u32 n = 0; n < MIN(cpus - 1, pace.fanout); n++) {
		pace.next = pace.next + 1 < cpus ? pace.next + 1 : 1;
		nmi_raise(pace.next);
	}
}

static void pace_handler(void *arg, uintptr_t pc, u32 sources)
{
	struct scenario_run *r = arg;
	const struct cpu *cpu = this_cpu();
	void (*body)(struct scenario_run *) = READ_ONCE(pace.body);

	/* Between jobs, and while the supervisor ends one, nobody needs more of them. */
	if (!body || !cpu->job || READ_ONCE(cpu->job->ended))
		return;
	/* Core 0 is sent none by the others, so this is the tick. */
	if (pace.source != NR_NMI_SOURCES && cpu->id == 0 && r->cpus > 1)
		pass_on(r->cpus);
	body(r);
}

void pace_start(struct scenario_run *r, u64 hz, void (*body)(struct scenario_run *r))
{
	static const enum nmi_source candidates[] = {NMI_SRC_TIMER_A, NMI_SRC_TIMER_B, NMI_SRC_PMU};

	pace.source = NR_NMI_SOURCES;
	pace.period_ns = hz ? NSEC_PER_SEC / hz : 0;
	if (!hz)
		return;
	pace.fanout = MAX(PACE_MOST_HZ / hz, 8ull);
	pace.due = clock_now_ns();
	pace.next = 0;
	pace.body = body;
	nmi_set_handler(pace_handler, r);
	for (u32 i = 0; i < ARRAY_SIZE(candidates); i++) {
		if (nmi_source_missing(candidates[i]))
			continue;
		/* Before the first tick: its handler looks at the source. */
		WRITE_ONCE(pace.source, candidates[i]);
		if (nmi_tick_start(candidates[i], hz) > 0)
			return;
	}
	pace.source = NR_NMI_SOURCES;
}

void pace_poll(void)
{
	u64 due = READ_ONCE(pace.due), now;
	u32 cpus = current_run()->cpus;

	if (pace.source != NR_NMI_SOURCES || !pace.period_ns)
		return;
	now = clock_now_ns();
	if (now < due || !atomic_try_cmpxchg_rlx(&pace.due, &due, now + pace.period_ns / cpus))
		return;
	nmi_raise(atomic_add_rlx(&pace.next, 1) % cpus);
}

void pace_stop(void)
{
	WRITE_ONCE(pace.body, NULL);
	if (pace.source != NR_NMI_SOURCES)
		nmi_tick_stop(pace.source);
	nmi_settle();
}

const char *pace_source(void)
{
	if (!pace.period_ns)
		return "none";
	return pace.source == NR_NMI_SOURCES ? "polled" : nmi_source_name(pace.source);
}
