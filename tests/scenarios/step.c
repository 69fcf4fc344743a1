/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * step: does the stepper do what the engines above it take for granted? One known function
 * on a virtual core: stepped, traced, stopped at each of its boundaries and interrupted
 * there by a real NMI in every way there is, it must always come to the same result by the
 * same way. Then a core that steps forever must be taken back by the supervisor.
 */
#include "../step_probe.h"
#include "../../kernel/string.h"

#define STEPS_NS    (200 * NSEC_PER_MSEC)
#define FIGURE_NS   (30 * NSEC_PER_MSEC)
#define INJECTIONS  64
#define RETRY_STEPS 6 /* fewer than a round has */
#define WAIT_SIZE   4 /* bytes */

static uintptr_t trace2[PROBE_TRACE];
static u64 steps_per_s, pair_ns, injections_per_s;

/* To boundary @i, step by step. */
static bool go_to(u32 i)
{
	probe_prepare(probe_fn);
	probe.st.steps = i;
	if (i && step_run(&probe.st) != STEP_LIMIT)
		return probe_wrong("no stop at the limit", i);
	probe.st.steps = ~0ull;
	return frame_pc(&probe.context.frame) == probe.trace[i] ||
	       probe_wrong("stopped at the wrong place", i);
}

/* How often boundary @i's address comes before it; the start itself is no hit. */
static u32 hits_before(u32 i)
{
	u32 n = 0;

	for (u32 j = 1; j < i; j++)
		n += probe.trace[j] == probe.trace[i];
	return n;
}

/* ---- The checks */

static bool check_result(void)
{
	memset(&probe.work, 0, sizeof(probe.work));
	probe.result = probe_fn(&probe.work);
	probe.expected = probe.work;
	if (probe.expected.cpu != cpu_id())
		return probe_wrong("the plain call is broken", 0);
	probe.expected.cpu = PROBE_CPU;

	probe_prepare(probe_fn);
	probe.st.full_speed = true;
	return probe_finished("at full speed", 0) &&
	       (cpu_id() != PROBE_CPU || probe_wrong("base register not given back", 0));
}

static bool check_trace(void)
{
	probe_prepare(probe_fn);
	probe.st.trace = probe.trace;
	probe.st.trace_max = PROBE_TRACE;
	if (!probe_finished("stepped", 0))
		return false;
	probe.boundaries = probe.st.trace_len;
	if (probe.boundaries != probe.st.taken || probe.boundaries > PROBE_TRACE ||
	    probe.boundaries < PROBE_ROUNDS * 8 || probe.trace[0] != (uintptr_t)probe_fn)
		return probe_wrong("trace", probe.boundaries);

	probe_prepare(probe_fn);
	probe.st.trace = trace2;
	probe.st.trace_max = PROBE_TRACE;
	if (!probe_finished("stepped again", 0))
		return false;
	if (probe.st.trace_len != probe.boundaries ||
	    memcmp(probe.trace, trace2, probe.boundaries * sizeof(probe.trace[0])))
		return probe_wrong("another trace", probe.st.trace_len);
	for (u32 i = 0; i < probe.boundaries; i++) {
		if (probe.trace[i] - probe.st.text < PROBE_TEXT &&
		    !(probe.class[probe.trace[i] - probe.st.text] & STEP_SEEN))
			return probe_wrong("not marked", i);
	}
	return true;
}

static bool check_single_steps(void)
{
	probe_prepare(probe_fn);
	for (u32 i = 0; i < probe.boundaries; i++) {
		enum step_stop stop;

		if (frame_pc(&probe.context.frame) != probe.trace[i])
			return probe_wrong("single steps take another way", i);
		probe.st.steps = 1;
		stop = step_run(&probe.st);
		if (stop != (i + 1 < probe.boundaries ? STEP_LIMIT : STEP_RETURNED))
			return probe_wrong("a single step", i);
	}
	return probe_finished("after single steps", probe.boundaries);
}

static u32 place_of_taken(void)
{
	return MIN(probe.st.taken, probe.boundaries - 1ull);
}

static bool check_waits(void)
{
	u32 waits = 0;

	probe_prepare(probe_fn);
	probe.st.stop_at_wait = true;
	while (step_run(&probe.st) == STEP_AT_WAIT) {
		u32 i = place_of_taken();

		/* No wait instruction is longer, and any with its successor is. */
		if (frame_pc(&probe.context.frame) != probe.trace[i] ||
		    probe.trace[i + 1] - probe.trace[i] > WAIT_SIZE)
			return probe_wrong("a wait hides a boundary", i);
		probe.st.steps = 1; /* the wait itself is one step */
		probe.st.stop_at_wait = false;
		if (step_run(&probe.st) != STEP_LIMIT ||
		    frame_pc(&probe.context.frame) != probe.trace[i + 1])
			return probe_wrong("a wait is not one step", i);
		probe.st.steps = ~0ull;
		probe.st.stop_at_wait = true;
		waits++;
	}
	return (waits == PROBE_RELAXES || probe_wrong("waits seen", waits)) &&
	       probe_finished("after waits", 0);
}

static bool boundary_is(u32 i, enum step_class what)
{
	uintptr_t offset = probe.trace[i] - (uintptr_t)probe_fn;

	return offset < PROBE_TEXT && (probe.class[offset] & STEP_CLASS_MASK) == what;
}

static u32 first_of(enum step_class what)
{
	u32 i = 1;

	while (i < probe.boundaries && !boundary_is(i, what))
		i++;
	return i;
}

/* The first instruction is executed without a look. */
static u32 boundaries_of(enum step_class what)
{
	u32 n = 0;

	for (u32 i = 1; i < probe.boundaries; i++)
		n += boundary_is(i, what);
	return n;
}

/* Several reasons at one boundary: the first of enum step_stop counts. */
static bool check_order(void)
{
	u32 stops = 0, shared, wait;

	probe_prepare(probe_fn);
	probe.st.stop_at_shared = true;
	while (step_run(&probe.st) == STEP_AT_SHARED) {
		if (frame_pc(&probe.context.frame) != probe.trace[place_of_taken()])
			return probe_wrong("stop before shared memory", place_of_taken());
		stops++;
	}
	/* None of what is marked so, and of a round's accesses: load and store, or one; atomic. */
	if (stops != boundaries_of(STEP_SHARED) || stops < 2 * PROBE_ROUNDS ||
	    stops == probe.boundaries - 1)
		return probe_wrong("stops before shared memory", stops);

	shared = first_of(STEP_SHARED);
	wait = first_of(STEP_WAIT);
	if (shared == probe.boundaries || wait == probe.boundaries)
		return probe_wrong("no shared memory or no wait found", shared);
	probe_prepare(probe_fn);
	probe.st.stop_at_shared = true;
	probe.st.steps = shared;
	probe.st.breakpoint = probe.trace[shared];
	if (step_run(&probe.st) != STEP_BREAK)
		return probe_wrong("the breakpoint goes first", shared);
	probe_prepare(probe_fn);
	probe.st.stop_at_shared = true;
	probe.st.steps = shared;
	if (step_run(&probe.st) != STEP_LIMIT)
		return probe_wrong("the limit goes before shared memory", shared);
	probe_prepare(probe_fn);
	probe.st.stop_at_wait = true;
	probe.st.steps = wait;
	return step_run(&probe.st) == STEP_AT_WAIT ||
	       probe_wrong("a wait goes before the limit", wait);
}

/* What changes memory that others see was called so: classes are known from check_order(). */
static bool check_classes(void)
{
	probe_prepare(probe_fn);
	for (u32 i = 0; i < probe.boundaries; i++) {
		struct probe_work before = probe.work;
		uintptr_t offset = probe.trace[i] - (uintptr_t)probe_fn;

		probe.st.steps = 1;
		step_run(&probe.st);
		if (memcmp(&before, &probe.work, sizeof(before)) &&
		    (offset >= PROBE_TEXT ||
		     (probe.class[offset] & STEP_CLASS_MASK) != STEP_SHARED))
			return probe_wrong("changes memory and is not called shared", i);
	}
	return true;
}

/* Step from boundary @i to the end: that tells a round from the next one. */
static bool rest_is(u32 i)
{
	probe.st.full_speed = false;
	probe.st.breakpoint = 0;
	probe.st.taken = 0;
	if (!probe_finished("after a breakpoint", i))
		return false;
	/* A reservation that was lost by stopping takes a few steps to get again. */
	return probe.st.taken - (probe.boundaries - i) <= RETRY_STEPS ||
	       probe_wrong("in another round", i);
}

static bool check_breakpoint(u32 i, bool full_speed)
{
	u32 again = full_speed ? 0 : hits_before(i);

	probe_prepare(probe_fn);
	probe.st.full_speed = full_speed;
	probe.st.breakpoint = probe.trace[i];
	probe.st.break_skip = full_speed ? hits_before(i) : 0;
	for (u32 n = 0; n <= again; n++) {
		if (step_run(&probe.st) != STEP_BREAK ||
		    frame_pc(&probe.context.frame) != probe.trace[i])
			return probe_wrong(full_speed ? "breakpoint" : "stepped to a breakpoint",
					   i);
	}
	return rest_is(i);
}

static bool one_nmi(u32 i)
{
	return (probe.nmis == 1 && probe.nmi_pc == probe.trace[i] && probe.nmi_base == &probe.cpu &&
		probe.st.nmi_at == STEP_NMI_NONE) ||
	       probe_wrong("not exactly one NMI, or not there", i);
}

/* A handler in the way an engine runs it: on top of the context that was interrupted. */
static bool handled_by_context(u32 i)
{
	struct step_context inner;

	if (frame_pc(&probe.context.frame) != probe.trace[i] || probe.nmis)
		return probe_wrong("NMI as a stop landed elsewhere", i);
	step_interrupted(&probe.context);
	step_call(&inner, frame_sp(&probe.context.frame), (uintptr_t)probe_handler, &probe.work);
	probe.st.context = &inner;
	if (step_run(&probe.st) != STEP_RETURNED || step_result(&inner) != PROBE_HANDLED ||
	    !probe.work.handled)
		return probe_wrong("handler as a context", i);
	step_nmi_end(&probe.st);
	probe.st.context = &probe.context;
	probe.work.handled = 0;
	return true;
}

static bool check_nmi_now(u32 i, bool full_speed)
{
	if (!go_to(i))
		return false;
	probe.st.nmi_at = STEP_NMI_NOW;
	probe.st.on_nmi = probe_on_nmi;
	probe.st.full_speed = full_speed;
	if (!probe_finished("after an NMI", i) || !one_nmi(i))
		return false;
	/* More: an exclusive pair that was interrupted runs again. */
	if (!full_speed && probe.st.taken < probe.boundaries)
		return probe_wrong("an NMI changes the way", i);

	if (!go_to(i))
		return false;
	probe.st.nmi_at = STEP_NMI_NOW;
	probe.st.full_speed = full_speed;
	return (step_run(&probe.st) == STEP_NMI || probe_wrong("no stop for an NMI", i)) &&
	       handled_by_context(i) && probe_finished("after an NMI as a stop", i);
}

static bool check_nmi_at_break(u32 i)
{
	probe_prepare(probe_fn);
	probe.st.full_speed = true;
	probe.st.breakpoint = probe.trace[i];
	probe.st.break_skip = hits_before(i);
	probe.st.nmi_at = STEP_NMI_AT_BREAK;
	probe.st.on_nmi = probe_on_nmi;
	/* Further hits are ordinary ones. */
	while (step_run(&probe.st) == STEP_BREAK)
		;
	if (!probe_finished("after an NMI at a breakpoint", i) || !one_nmi(i))
		return false;

	probe_prepare(probe_fn);
	probe.st.full_speed = true;
	probe.st.breakpoint = probe.trace[i];
	probe.st.break_skip = hits_before(i);
	probe.st.nmi_at = STEP_NMI_AT_BREAK;
	if (step_run(&probe.st) != STEP_NMI)
		return probe_wrong("no stop for an NMI at a breakpoint", i);
	probe.st.breakpoint = 0; /* the handler might pass it, too */
	return handled_by_context(i) && rest_is(i);
}

static bool check_boundaries(void)
{
	for (u32 i = 0; i < probe.boundaries; i++) {
		if (!check_nmi_now(i, false) || !check_nmi_now(i, true))
			return false;
		if (i && (!check_breakpoint(i, true) || !check_breakpoint(i, false) ||
			  !check_nmi_at_break(i)))
			return false;
	}
	return true;
}

/* ---- Figures, and steps while the supervisor's ticks come in */

static bool long_stepping(void)
{
	u64 t0 = clock_now_ns(), ns, steps = 0, best = 0;

	do {
		u64 begin = clock_now_ns();

		for (u32 n = 0; n < 64; n++) {
			probe_prepare(probe_fn);
			if (!probe_finished("among the supervisor's ticks", n))
				return false;
			steps += probe.st.taken;
		}
		best = MAX(best, 64 * probe.boundaries * NSEC_PER_SEC / (clock_now_ns() - begin));
		ns = clock_now_ns() - t0;
	} while (ns < STEPS_NS && !job_should_stop());
	steps_per_s = best;
	return steps >= probe.boundaries || probe_wrong("too few steps", 0);
}

/* What a step_run() of one instruction costs. */
static void measure_pair(void)
{
	u64 t0 = clock_now_ns(), best = ~0ull;

	while (clock_now_ns() - t0 < FIGURE_NS) {
		u64 begin;

		probe_prepare(probe_fn);
		begin = clock_now_ns();
		do {
			probe.st.steps = 1;
		} while (step_run(&probe.st) != STEP_RETURNED);
		best = MIN(best, clock_now_ns() - begin);
	}
	pair_ns = best / probe.boundaries;
}

/* A whole call of a short function with a real NMI in its middle. */
static void measure_injections(void)
{
	u64 t0 = clock_now_ns(), best = ~0ull;
	uintptr_t middle;

	probe_prepare(probe_handler);
	probe.st.trace = trace2;
	probe.st.trace_max = PROBE_TRACE;
	step_run(&probe.st);
	middle = trace2[probe.st.trace_len / 2];
	while (clock_now_ns() - t0 < FIGURE_NS) {
		u64 begin = clock_now_ns();

		for (u32 n = 0; n < INJECTIONS; n++) {
			probe_prepare(probe_handler);
			probe.st.full_speed = true;
			probe.st.breakpoint = middle;
			probe.st.nmi_at = STEP_NMI_AT_BREAK;
			probe.st.on_nmi = probe_on_nmi;
			step_run(&probe.st);
		}
		best = MIN(best, clock_now_ns() - begin);
	}
	injections_per_s = INJECTIONS * NSEC_PER_SEC / best;
}

static void step_job(void *arg)
{
	probe_core();
	if (!check_result() || !check_trace() || !check_single_steps() || !check_waits() ||
	    !check_order() || !check_classes() || !check_boundaries() || !long_stepping() ||
	    !probe_among_ticks(check_boundaries))
		return;
	measure_pair();
	measure_injections();
}

/* ---- The scenario */

static void step_scenario_run(struct scenario_run *r)
{
	const char *missing = step_missing();

	probe.broken[0] = '\0';
	if (missing) {
		run_skip(r, "%s", missing);
		return;
	}
	if (run_job(r, 0, 1, step_job, STEPS_NS) && !probe.broken[0] && probe_taken_back(r, 0) &&
	    r->cpus > 1)
		probe_taken_back(r, 1);
}

static void step_scenario_check(struct scenario_run *r)
{
	if (probe.broken[0])
		run_error(r, "the stepper is wrong: %s", probe.broken);
	report_value(r->kase, "boundaries", "unknown", probe.boundaries, "boundaries");
	report_value(r->kase, "steps_per_s", "unknown", steps_per_s, "Hz");
	report_value(r->kase, "enter_leave_ns", "unknown", pair_ns, "ns");
	report_value(r->kase, "injections_per_s", "unknown", injections_per_s, "Hz");
}

static const struct scenario step = {
	.name = "step",
	.doc = "stepper: every instruction once, breakpoints, exact NMIs",
	.suites = "default",
	.no_lock = true,
	.budget_ms = 10000,
	.run = step_scenario_run,
	.check = step_scenario_check,
};
SCENARIO_REGISTER(step);
