/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * When everybody waits: who waits for ever, and how far the clock has to move.
 *
 * Nothing is assumed about the lock's timeouts. A loop that comes round with all registers,
 * its stack and memory unchanged and has not looked at the clock will come round for ever.
 * Of any other the moment at which it leaves is found by trying times: leaving is monotonic,
 * because a wait that gives up at some time gives up at any later one.
 */
#include "../mem.h"
#include "../string.h"
#include "world.h"

/*
 * A loop that counts so many passes and neither ends nor reads the clock counts to 65,536,
 * as the bounded waits of x86 do: stepping through that would take 0.1 s.
 */
#define SHORT_PASSES 600
/* Instructions between a clock read and the wait instruction that follows: scans and all. */
#define PASS_STEPS 50000
/* No lock under test waits longer than this: the longest timeout is 1 s. */
#define HORIZON (8 * NSEC_PER_SEC)
#define NEVER	(~0ull)

/* Everything of a waiting core that one pass of its loop could change. */
static u64 wait_hash(const struct world *w, const struct vcore *v)
{
	const struct step_context *c = &v->live.context[v->live.level];
	const u64 *p = (const u64 *)ALIGN_DOWN(frame_sp(&c->frame), 8ul);
	u64 h = mix_context(w->version, c);

	for (; (uintptr_t)p < v->stack; p++)
		h = world_mix(h, *p);
	return h;
}

enum pass {
	PASS_LEFT,   /* it is no longer where it waited */
	PASS_SPINS,  /* nothing has changed and nothing will */
	PASS_CLOCK,  /* it has read the clock and waits on */
	PASS_COUNTS, /* it waits on, something has changed, the clock was not read */
};

static enum pass one_pass(struct world *w, u32 id)
{
	struct vcore *v = w->core[id];
	uintptr_t pc = vcore_pc(v);
	u32 version = w->version, calls = v->live.calls[v->live.level];
	u64 before = wait_hash(w, v), reads = v->clock_reads;

	/* A later call may come to the same place, with memory as it was. */
	if (world_step(w, id, PASS_STEPS) != WORLD_WAITS || vcore_pc(v) != pc ||
	    w->version != version || v->live.calls[v->live.level] != calls)
		return PASS_LEFT;
	if (v->clock_reads != reads)
		return PASS_CLOCK;
	return wait_hash(w, v) == before ? PASS_SPINS : PASS_COUNTS;
}

/*
 * Run at full speed to the next clock read. Return: is it one of the same wait? Who leaves a
 * wait without asking for the time changes memory, or ends its call.
 */
static bool run_to_clock(struct world *w, u32 id)
{
	struct vcore *v = w->core[id];
	struct stepper *s = &w->stepper;
	u32 version = w->version;
	enum step_stop stop;

	s->context = &v->live.context[v->live.level];
	s->base = &v->cpu;
	s->full_speed = true;
	s->breakpoint = (uintptr_t)world_clock;
	s->break_skip = 0;
	stop = step_run(s);
	world_note_changes(w, id);
	return stop == STEP_BREAK && w->version == version;
}

/*
 * Counting to 65,536 takes milliseconds on an emulator, and explored schedules meet the same
 * wait again and again. A core's loop depends on its own context and stack and on shared
 * memory, and nothing else runs meanwhile: the same beginning comes to the same end.
 */
#define MEMO_STACK  512

#define LEAVE_MEMOS 1024

struct leave_memo {
	u64 key, time;
};

struct wait_memo {
	u64 key;
	struct vcore_live live;
	u64 steps, clock_reads;
	size_t stack_used;
	u64 stack[MEMO_STACK / 8];
};

static u64 mix_all(u64 h, const void *from, size_t size)
{
	const u64 *p = from;

	for (size_t n = size / 8; n; n--)
		h = world_mix(h, *p++);
	return h;
}

static u64 memo_key(const struct world *w, const struct vcore *v)
{
	const struct vcore_live *live = &v->live;
	const struct step_context *c = &live->context[live->level];
	uintptr_t sp = ALIGN_DOWN(frame_sp(&c->frame), 8ul);
	u64 h = mix_all(w->now, w->program->memory, w->program->memory_size);

	for (u32 i = 0; i < w->cores; i++)
		h = mix_all(h, w->core[i]->cpu.lock_data, w->program->percpu_size);
	h = mix_context(h, c);
	h = mix_all(h, (const void *)sp, v->stack - sp);
	h = world_mix(h, v->cpu.id | live->level << 8 | v->cpu.nmi_depth << 16);
	/* Another lock's text, or the same one's after a reload, is another world's. */
	return world_mix(h, live->long_wait ^ w->program->text) | 1;
}

static struct wait_memo *memo_of(struct world *w, u64 key)
{
	return &w->memo[key >> 32 & (WORLD_MEMOS - 1)];
}

static bool memo_recall(struct world *w, struct vcore *v, u64 key)
{
	const struct wait_memo *m = memo_of(w, key);
	struct vcore_live *live = &v->live;

	if (m->key != key || w->stepper.trace || w->ns_per_step)
		return false;
	live->context[live->level] = m->live.context[live->level];
	live->long_wait = m->live.long_wait;
	live->state = m->live.state;
	live->spins = false;
	live->version = w->version;
	live->steps += m->steps;
	w->steps += m->steps;
	v->clock_reads += m->clock_reads;
	for (size_t i = 0; i < m->stack_used / 8; i++)
		((u64 *)(v->stack - m->stack_used))[i] = m->stack[i];
	return true;
}

/* @steps, @clock_reads: when the wait with @key began. */
static void memo_keep(struct world *w, struct vcore *v, u64 key, u64 steps, u64 clock_reads)
{
	struct wait_memo *m = memo_of(w, key);
	size_t used = v->stack - ALIGN_DOWN(frame_sp(&v->live.context[v->live.level].frame), 8ul);

	if (used > MEMO_STACK)
		return;
	m->key = key;
	m->live = v->live;
	m->steps = v->live.steps - steps;
	m->clock_reads = v->clock_reads - clock_reads;
	m->stack_used = used;
	for (size_t i = 0; i < used / 8; i++)
		m->stack[i] = ((const u64 *)(v->stack - used))[i];
}

/* It has left the wait it was in: whatever it does next is not that wait. */
static void look_again(struct vcore *v)
{
	if (v->live.state == VCORE_WAITING)
		v->live.state = VCORE_READY;
}

/*
 * Core @id left its wait in the pass after @passes others, since the world was saved. It is
 * ready, and that pass is the user's to let it make, with all his stops.
 */
static void undo_last_pass(struct world *w, u32 id, u32 passes)
{
	world_restore(w, w->scratch);
	while (passes--)
		one_pass(w, id);
	w->core[id]->live.state = VCORE_READY;
}

/*
 * Let core @id wait on until the clock is next, in its pass or already reached.
 * Return: false when it has left its wait meanwhile, or turned out to spin.
 */
static bool bring_to_clock(struct world *w, u32 id)
{
	struct vcore *v = w->core[id];
	uintptr_t pc = vcore_pc(v);
	u64 key = memo_key(w, v), steps = v->live.steps, reads = v->clock_reads;

	if (memo_recall(w, v, key))
		return true;
	world_save(w, w->scratch);
	for (u32 i = 0; i < SHORT_PASSES && v->live.long_wait != pc; i++) {
		switch (one_pass(w, id)) {
		case PASS_LEFT:
			undo_last_pass(w, id, i);
			return false;
		case PASS_SPINS:
			v->live.spins = true;
			return false;
		case PASS_CLOCK:
			return true;
		case PASS_COUNTS:
			break;
		}
	}
	v->live.long_wait = pc;
	if (!run_to_clock(w, id)) {
		look_again(v);
		return false;
	}
	memo_keep(w, v, key, steps, reads);
	return true;
}

/* From here on, does core @id leave its wait at @pc if the clock shows @time? */
static bool leaves_at(struct world *w, u32 id, uintptr_t pc, u64 time)
{
	const struct vcore_live *live = &w->core[id]->live;
	u32 version = w->version, calls = live->calls[live->level];
	bool leaves;

	w->now = time;
	leaves = world_step(w, id, PASS_STEPS) != WORLD_WAITS || vcore_pc(w->core[id]) != pc ||
		 w->version != version || live->calls[live->level] != calls;
	world_restore(w, w->scratch);
	return leaves;
}

/* The first moment at which core @id, at its clock read, leaves its wait at @pc; NEVER. */
static u64 find_leaving_time(struct world *w, u32 id, uintptr_t pc)
{
	u64 low = w->now, high = low + HORIZON;
	uintptr_t *trace = w->stepper.trace;

	world_save(w, w->scratch);
	w->stepper.trace = NULL;
	if (!leaves_at(w, id, pc, high)) {
		high = NEVER;
	} else if (leaves_at(w, id, pc, low)) {
		high = low;
	} else {
		while (high - low > 1) {
			u64 middle = low + (high - low) / 2;

			if (leaves_at(w, id, pc, middle))
				high = middle;
			else
				low = middle;
		}
	}
	w->stepper.trace = trace;
	return high;
}

/* The same found once for each state. */
static u64 leaving_time(struct world *w, u32 id, uintptr_t pc)
{
	u64 key = world_mix(memo_key(w, w->core[id]), pc);
	struct leave_memo *m = &w->leave_memo[key >> 32 & (LEAVE_MEMOS - 1)];

	if (m->key != key) {
		m->time = find_leaving_time(w, id, pc);
		m->key = key;
	}
	return m->time;
}

/*
 * As leaving_time(), for a core that waits at @pc. Its first clock read only starts its
 * clock: then it leaves at no time, and the next read has to be asked.
 */
static u64 wait_time(struct world *w, u32 id)
{
	struct vcore *v = w->core[id];
	uintptr_t pc = vcore_pc(v);
	u64 time;

	for (u32 reads = 0; reads < 2; reads++) {
		if (!bring_to_clock(w, id))
			return NEVER;
		time = leaving_time(w, id, pc);
		if (time != NEVER)
			return time;
		if (world_step(w, id, PASS_STEPS) != WORLD_WAITS || vcore_pc(v) != pc) {
			look_again(v);
			return NEVER;
		}
	}
	v->live.spins = true;
	return NEVER;
}

/* Return: does core @id leave its wait where it reads the clock? Then it does in its turn. */
static bool start_clock(struct world *w, u32 id)
{
	struct vcore *v = w->core[id];
	const bool *told = &v->live.told_time[v->live.level];
	uintptr_t pc = vcore_pc(v);

	bring_to_clock(w, id);
	if (v->live.spins || *told)
		return false;
	/* At the read, or before the pass with it: to note that one has read it changes memory. */
	world_save(w, w->scratch);
	if (world_step(w, id, PASS_STEPS) == WORLD_WAITS && vcore_pc(v) == pc && *told)
		return false;
	world_restore(w, w->scratch);
	v->live.state = VCORE_READY;
	return true;
}

/* What has changed since these waited are notes of the clock read: they look, and wait on. */
static void look_once(struct world *w, u32 mask)
{
	for (u32 i = 0; i < w->cores; i++)
		if (mask & 1u << i && w->core[i]->live.state == VCORE_READY)
			world_step(w, i, PASS_STEPS);
}

/* @all: those too that come after one that leaves its wait. */
static void start_clocks(struct world *w, bool all)
{
	bool leaves = false;
	u32 waiting = 0;

	for (u32 i = 0; i < w->cores; i++)
		waiting |= (w->core[i]->live.state == VCORE_WAITING) << i;
	waiting &= ~w->still;
	for (u32 i = 0; i < w->cores && (all || !leaves); i++) {
		const struct vcore_live *live = &w->core[i]->live;

		if (!(waiting & 1u << i) || live->told_time[live->level])
			continue;
		look_once(w, 1u << i);
		leaves = live->state == VCORE_WAITING && !live->spins && start_clock(w, i);
		if (leaves)
			waiting &= ~(1u << i);
	}
	look_once(w, waiting);
}

void world_start_clocks(struct world *w)
{
	start_clocks(w, true);
}

int idle_init(struct world *w)
{
	w->memo = mem_alloc(WORLD_MEMOS * sizeof(*w->memo), CACHE_LINE);
	w->leave_memo = mem_alloc(LEAVE_MEMOS * sizeof(*w->leave_memo), CACHE_LINE);
	return w->memo && w->leave_memo ? 0 : -ENOMEM;
}

bool world_idle(struct world *w)
{
	u64 first = NEVER;
	bool ended = false;

	w->idles++;
	start_clocks(w, false);
	if (world_ready(w))
		return true;
	for (u32 i = 0; i < w->cores; i++) {
		struct vcore *v = w->core[i];
		u64 time;

		if (w->still & 1u << i || v->live.state != VCORE_WAITING || v->live.spins)
			continue;
		time = wait_time(w, i);
		ended |= v->live.state == VCORE_DONE;
		if (time < first) {
			first = time;
			w->prefer = i;
		}
		/* Those that wait for memory have a change to look at, or a core went on. */
		if (world_ready(w))
			return true;
	}
	if (first == NEVER)
		return ended;
	w->now = first;
	for (u32 i = 0; i < w->cores; i++) {
		struct vcore_live *live = &w->core[i]->live;

		if (live->state == VCORE_WAITING && !live->spins)
			live->state = VCORE_READY;
	}
	return true;
}
