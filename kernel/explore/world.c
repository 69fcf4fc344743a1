/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Virtual cores and how one of them goes on. */
#include "world.h"
#include "../mem.h"
#include "../string.h"

#define NO_LIMIT (1ull << 62)
/* Not 0: a clock that shows 0 is one that failed, to some who wait with a bound. */
#define WORLD_BEGIN_NS NSEC_PER_MSEC
/* What a handler's stack keeps clear of below the code it interrupted. */
#define STACK_GAP 128

u64 STEP_TARGET world_clock(const struct cpu *cpu)
{
	struct vcore *v = container_of(cpu, struct vcore, cpu);

	v->clock_reads++;
	v->live.told_time[v->live.level] = true;
	return v->world->now;
}

struct world *world_new(void)
{
	const size_t shared = WORLD_MEMORY_MAX + WORLD_CORES * LOCK_DATA_MAX;
	struct world *w = mem_alloc(sizeof(*w), CACHE_LINE);

	if (!w)
		return NULL;
	w->group = mem_alloc(sizeof(*w->group), CACHE_LINE);
	w->shadow = mem_alloc(shared, CACHE_LINE);
	/* As much as world_save() may ever write. */
	w->scratch = mem_alloc(shared + WORLD_USER_MAX + 64 +
				       WORLD_CORES * (sizeof(struct vcore_live) + WORLD_STACK),
			       CACHE_LINE);
	if (!w->group || !w->shadow || !w->scratch || idle_init(w))
		return NULL;
	for (u32 i = 0; i < WORLD_CORES; i++) {
		struct vcore *v = mem_alloc(sizeof(*v), CACHE_LINE);

		if (!v)
			return NULL;
		v->stack = (uintptr_t)mem_alloc_stack(WORLD_STACK);
		if (!v->stack)
			return NULL;
		v->world = w;
		w->core[i] = v;
	}
	return w;
}

static void core_begin(struct world *w, u32 id)
{
	struct vcore *v = w->core[id];

	memset(&v->cpu, 0, sizeof(v->cpu));
	memset(&v->live, 0, sizeof(v->live));
	step_cpu_init(&v->cpu.arch);
	v->cpu.id = id;
	v->cpu.group = w->group;
	v->cpu.now = world_clock;
	v->clock_reads = 0;
	vcore_clear_dead_stack(v);
	w->group->cpu[id] = &v->cpu;
}

static void task_over(struct vcore *v)
{
	v->live.task_done = true;
	v->live.state = VCORE_DONE;
}

void world_begin(struct world *w, const struct world_program *p, u32 cores)
{
	w->program = p;
	w->cores = w->group->count = cores;
	w->now = WORLD_BEGIN_NS;
	w->steps = 0;
	w->idles = w->version = w->prefer = w->still = 0;
	w->stepper = (struct stepper){
		.text = p->text, .text_size = p->text_size, .text_class = p->text_class};
	for (u32 i = 0; i < cores; i++)
		core_begin(w, i);
	for (u32 i = 0; i < cores; i++) {
		if (!p->next(w->core[i], 0))
			task_over(w->core[i]);
	}
	/* The shadow is still another run's, and this one begins at version 0 whatever that was. */
	world_note_changes(w, WORLD_CORES);
	w->version = 0;
}

void vcore_call(struct vcore *v, uintptr_t fn, const void *arg)
{
	struct vcore_live *live = &v->live;
	uintptr_t stack = v->stack;

	if (live->level && !live->task_done)
		stack = ALIGN_DOWN(frame_sp(&live->context[0].frame) - STACK_GAP, 16ul);
	step_call(&live->context[live->level], stack, fn, arg);
	live->fresh[live->level] = true;
	live->told_time[live->level] = false;
}

/* The NMI's handler has returned: what it interrupted goes on. */
static void nmi_over(struct vcore *v)
{
	struct vcore_live *live = &v->live;

	if (live->real_nmi)
		step_nmi_end(&v->world->stepper);
	live->real_nmi = false;
	live->level = 0;
	v->cpu.nmi_depth--;
	live->state = live->task_done ? VCORE_DONE : VCORE_READY;
}

/* A call has returned: the program's next one, or the end of its level. */
static void call_over(struct vcore *v)
{
	struct vcore_live *live = &v->live;
	int result = step_result(&live->context[live->level]);

	live->calls[live->level]++;
	live->long_wait = 0;
	if (v->world->program->next(v, result))
		return;
	if (live->level)
		nmi_over(v);
	else
		task_over(v);
}

/* One step_run() with its instructions accounted for. */
static enum step_stop step_on(struct world *w, struct vcore *v, u64 *left)
{
	struct stepper *s = &w->stepper;
	u64 before = s->taken, done;
	enum step_stop stop;

	s->context = &v->live.context[v->live.level];
	s->base = &v->cpu;
	s->steps = *left;
	stop = step_run(s);
	done = s->taken - before;
	w->steps += done;
	w->now += done * w->ns_per_step;
	v->live.steps += done;
	*left -= MIN(done, *left);
	return stop;
}

static enum world_event go_on(struct world *w, struct vcore *v, const struct world_until *until)
{
	u64 left = until->steps ? until->steps : NO_LIMIT;
	u32 level = v->live.level;

	for (;;) {
		if (v->live.fresh[v->live.level]) {
			v->live.fresh[v->live.level] = false;
			if (w->program->starts)
				w->program->starts(v);
		}
		switch (step_on(w, v, &left)) {
		case STEP_RETURNED:
			call_over(v);
			if (v->live.state == VCORE_DONE)
				return WORLD_DONE;
			if (until->points || (until->nmi_over && v->live.level < level))
				return WORLD_POINT;
			break;
		case STEP_AT_WAIT:
			/* Others have written since it last came here: it may have looked before.
			 */
			if (v->live.version == w->version) {
				v->live.state = VCORE_WAITING;
				return WORLD_WAITS;
			}
			v->live.version = w->version;
			break;
		case STEP_BREAK:
			return WORLD_BREAK;
		case STEP_AT_SHARED:
			return WORLD_POINT;
		default:
			return WORLD_LIMIT;
		}
		if (!left)
			return WORLD_LIMIT;
		if (until->break_at && vcore_pc(v) == until->break_at)
			return WORLD_BREAK;
	}
}

enum world_event world_run(struct world *w, u32 id, const struct world_until *until)
{
	struct vcore *v = w->core[id];
	struct stepper *s = &w->stepper;
	enum world_event event;

	if (v->live.state == VCORE_DONE)
		return WORLD_DONE;
	/* It stands at its wait: all it looks at comes after. */
	if (v->live.state == VCORE_WAITING)
		v->live.version = w->version;
	v->live.state = VCORE_READY;
	v->live.spins = false;
	s->full_speed = false;
	s->stop_at_wait = true;
	s->stop_at_shared = until->points;
	s->breakpoint = until->break_at;
	event = go_on(w, v, until);
	vcore_clear_dead_stack(v);
	/* Its own writes are none that it could have missed; others' stay so over a stop. */
	if (world_note_changes(w, id) && v->live.version == w->version - 1)
		v->live.version = w->version;
	return event;
}

enum world_event world_step(struct world *w, u32 id, u64 steps)
{
	return world_run(w, id, &(struct world_until){.steps = steps});
}

/* Let a real NMI come in on the boundary where @v stands. */
static bool real_nmi(struct world *w, struct vcore *v)
{
	struct stepper *s = &w->stepper;
	struct step_context *c = &v->live.context[0];
	uintptr_t pc = frame_pc(&c->frame);
	u64 left = NO_LIMIT;

	if (v->live.task_done || !step_can_take_nmi(c))
		return false;
	s->full_speed = true;
	s->breakpoint = 0;
	s->nmi_at = STEP_NMI_NOW;
	s->on_nmi = NULL;
	if (step_on(w, v, &left) != STEP_NMI)
		return false;
	if (frame_pc(&c->frame) == pc)
		return true;
	step_nmi_end(s);
	return false;
}

/* Remember that this boundary got an NMI, if it is one that could. */
static void mark_nmi(const struct world_program *p, const struct step_context *c)
{
	uintptr_t pc = frame_pc(&c->frame);

	if (step_can_take_nmi(c) && pc - p->text < p->text_size)
		p->text_class[pc - p->text] |= STEP_NMI_SEEN;
}

bool world_nmi(struct world *w, u32 id, bool real)
{
	struct vcore *v = w->core[id];
	struct vcore_live *live = &v->live;

	if (live->level || (real && !real_nmi(w, v)))
		return false;
	mark_nmi(w->program, &live->context[0]);
	step_interrupted(&live->context[0]);
	live->real_nmi = real;
	live->level = 1;
	live->calls[1] = 0;
	live->spins = false;
	live->state = VCORE_READY;
	live->nmis++;
	v->cpu.nmi_depth++;
	if (!w->program->next(v, 0))
		nmi_over(v);
	return true;
}

bool world_done(const struct world *w)
{
	for (u32 i = 0; i < w->cores; i++) {
		if (w->core[i]->live.state != VCORE_DONE)
			return false;
	}
	return true;
}

u32 world_default(const struct world *w, u32 current)
{
	u32 ready = world_ready(w);

	if (!ready || ready & 1u << current)
		return current;
	if (ready & 1u << w->prefer)
		return w->prefer;
	for (u32 i = 1; i < w->cores; i++) {
		u32 id = (current + i) % w->cores;

		if (ready & 1u << id)
			return id;
	}
	return current;
}
