/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * When everybody waits: who waits for ever, and how far the clock has to move.
 *
 * Nothing is assumed about the lock's timeouts. A loop that comes round with all registers,
 * its stack and memory unchanged and has not looked at the clock will come round for ever.
 * Of any other the moment at which it leaves is found by trying times: leaving is monotonic,
 * because a wait that gives up at some time gives up at any later one.
 */
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
	const u64 *p = (const u64 *)c;
	u64 h = w->version;

	for (size_t n = sizeof(*c) / 8; n; n--, p++)
		h = world_mix(h, *p);
	for (p = (const u64 *)ALIGN_DOWN(frame_sp(&c->frame), 8ul); (uintptr_t)p < v->stack; p++)
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
	u32 version = w->version;
	u64 before = wait_hash(w, v), reads = v->clock_reads;

	if (world_step(w, id, PASS_STEPS) != WORLD_WAITS || vcore_pc(v) != pc ||
	    w->version != version)
		return PASS_LEFT;
	if (v->clock_reads != reads)
		return PASS_CLOCK;
	return wait_hash(w, v) == before ? PASS_SPINS : PASS_COUNTS;
}

/* Run at full speed to the next clock read. */
static void run_to_clock(struct world *w, u32 id)
{
	struct vcore *v = w->core[id];
	struct stepper *s = &w->stepper;

	s->context = &v->live.context[v->live.level];
	s->base = &v->cpu;
	s->full_speed = true;
	s->breakpoint = (uintptr_t)world_clock;
	s->break_skip = 0;
	step_run(s);
	world_note_changes(w, id);
}

/* It has left the wait it was in: whatever it does next is not that wait. */
static void look_again(struct vcore *v)
{
	if (v->live.state == VCORE_WAITING)
		v->live.state = VCORE_READY;
}

/*
 * Let core @id wait on until the clock is next, in its pass or already reached.
 * Return: false when it has left its wait meanwhile, or turned out to spin.
 */
static bool bring_to_clock(struct world *w, u32 id)
{
	struct vcore *v = w->core[id];
	uintptr_t pc = vcore_pc(v);

	for (u32 i = 0; i < SHORT_PASSES && v->live.long_wait != pc; i++) {
		switch (one_pass(w, id)) {
		case PASS_LEFT:
			look_again(v);
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
	run_to_clock(w, id);
	return true;
}

/* From here on, does core @id leave its wait at @pc if the clock shows @time? */
static bool leaves_at(struct world *w, u32 id, uintptr_t pc, u64 time)
{
	u32 version = w->version;
	bool leaves;

	w->now = time;
	leaves = world_step(w, id, PASS_STEPS) != WORLD_WAITS || vcore_pc(w->core[id]) != pc ||
		 w->version != version;
	world_restore(w, w->scratch);
	return leaves;
}

/* The first moment at which core @id, at its clock read, leaves its wait at @pc; NEVER. */
static u64 leaving_time(struct world *w, u32 id, uintptr_t pc)
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

bool world_idle(struct world *w)
{
	u64 first = NEVER;
	bool ended = false;

	w->idles++;
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
