/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * replay: exactly the schedule of the option replay=, instruction by instruction. What the
 * exploration found to fail fails here, and the verdict is about the lock in that word.
 */
#include <arch/cpu.h>
#include "../explore.h"
#include "../plan.h"
#include "../scenario.h"
#include "../../kernel/explore/replay.h"
#include "../../kernel/mem.h"

#define TRACE_MAX 4096
#define LINES_MAX 20000

static struct {
	struct exploration *x;
	struct replay replay;
	struct schedule schedule;
	const struct program *program;
	const struct lock_ops *ops;
	u32 kind;
	bool followed;
} the;

/* Locks first, then the cores' queue nodes and tables. */
static bool describe(void *arg, u32 item, struct text *out)
{
	const struct trial *t = the.x->trial;
	u32 locks = the.program->locks;
	size_t head;

	if (item >= locks + the.program->cores)
		return false;
	if (item < locks) {
		text_printf(out, "lock %c ", 'A' + item);
		trial_decode_lock(t, item, out);
		return true;
	}
	text_printf(out, "core %u ", item - locks);
	head = out->len;
	trial_decode_core(t, item - locks, out);
	if (out->len == head)
		text_printf(out, "at rest");
	return true;
}

static void replay_job(void *arg)
{
	the.followed = replay_run(&the.replay, &the.schedule, &the.kind);
}

static bool prepare(struct scenario_run *r)
{
	const struct explore_bounds bounds = {0};
	char buf[150];
	struct text why = TEXT_INIT(buf);

	if (!explore_word_parse(r->options->replay, &the.program, &the.ops, &the.schedule, &why)) {
		run_error(r, "replay=: %s", buf);
		return false;
	}
	if (!the.x)
		the.x = exploration_new();
	if (!the.replay.trace)
		the.replay.trace = mem_alloc(TRACE_MAX * sizeof(uintptr_t), 16);
	if (!the.x || !the.replay.trace) {
		run_error(r, "no memory for a world");
		return false;
	}
	exploration_prepare(the.x, the.program, the.ops, &bounds);
	the.replay.e = &the.x->e;
	the.replay.describe = describe;
	the.replay.trace_max = TRACE_MAX;
	the.replay.lines = 0;
	the.replay.lines_max = LINES_MAX;
	return true;
}

static void replay_scenario_run(struct scenario_run *r)
{
	char buf[160];

	if (!r->options->replay[0] && plan_names(r->options, r->scenario)) {
		run_error(r, "which one? replay=R1..., as explore prints it");
		return;
	}
	if (!r->options->replay[0]) {
		run_skip(r, "needs the option replay=, as explore prints it");
		return;
	}
	if (!prepare(r))
		return;
	report_line("# replay lock=%s program=%s cores=%u nmis=%u decisions=%u", the.ops->name,
		    the.program->name, the.program->cores, the.schedule.nmis, the.schedule.count);
	if (!run_job(r, 0, 1, replay_job, 0))
		return;
	if (!the.followed) {
		run_error(r,
			  "the schedule cannot be followed: decision %u of %u finds no such place",
			  the.x->e.path.count + 1, the.schedule.count);
		return;
	}
	for (u32 i = 0; i < the.program->cores; i++) {
		struct text t = TEXT_INIT(buf);

		trial_describe(the.x->trial, i, &t);
		report_line("# replay end %s", buf);
	}
	if (the.kind)
		run_fail(r, "%s: %s", explore_fault_name(the.kind), the.x->detail);
}

static void replay_check(struct scenario_run *r)
{
	report_line("# replay end no fault");
}

static const struct scenario replay = {
	.name = "replay",
	.doc = "the one schedule of the option replay=, instruction by instruction",
	.suites = "replay",
	.no_lock = true,
	.virtual_time = true,
	.min_cpus = 1,
	.budget_ms = 60000,
	.run = replay_scenario_run,
	.check = replay_check,
};
SCENARIO_REGISTER(replay);
