/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "inject.h"
#include "../string.h"

/* A call that takes more instructions without an NMI never ends. */
#define CALL_STEPS 200000

const char *inject_real_name(enum inject_real real)
{
	static const char *const name[NR_INJECT_REAL] = {
		[INJECT_AGREES] = "agree",    [INJECT_BEGINS] = "begins",
		[INJECT_DIFFERS] = "differs", [INJECT_MASKED] = "masked",
		[INJECT_MISSED] = "missed",
	};

	return name[real];
}

static struct vcore *victim(const struct inject *in)
{
	return in->world->core[in->core];
}

static u64 mix(u64 h, const void *from, size_t size)
{
	const u64 *p = from;

	for (size_t n = size / 8; n; n--)
		h = world_mix(h, *p++);
	return h;
}

/* What a handler may leave behind: all shared memory, and the stack of what it interrupted. */
static u64 digest(const struct inject *in, u64 results, uintptr_t sp)
{
	const struct world_program *p = in->world->program;
	uintptr_t from = ALIGN_DOWN(sp, 8ul);
	u64 h = mix(results, p->memory, p->memory_size);

	for (u32 i = 0; i < in->world->cores; i++)
		h = mix(h, in->world->core[i]->cpu.lock_data, p->percpu_size);
	return mix(h, (const void *)from, victim(in)->stack - from);
}

static uintptr_t task_sp(const struct inject *in)
{
	return frame_sp(&victim(in)->live.context[0].frame);
}

bool inject_handler_alone(struct inject *in)
{
	static const struct world_until over = {.nmi_over = true};
	const struct vcore_live *live = &victim(in)->live;

	if (live->level)
		world_run(in->world, in->core, &over);
	return !live->level;
}

/* In the real NMI. */
static void run_body(struct stepper *s)
{
	struct inject *in = container_of(s, struct inject, real);
	struct vcore *v = victim(in);
	u64 results;

	in->real_pc = frame_pc(&s->context->frame);
	v->cpu.nmi_depth++;
	step_interrupted(&v->live.context[0]);
	results = in->body(in);
	v->cpu.nmi_depth--;
	in->real_digest = digest(in, results, task_sp(in));
}

/* The whole handler inside a real NMI on this boundary. Return: it came. */
static bool real_at_full_speed(struct inject *in)
{
	struct vcore *v = victim(in);
	uintptr_t pc = vcore_pc(v);

	in->real = in->world->stepper;
	in->real.context = &v->live.context[0];
	in->real.base = &v->cpu;
	in->real.steps = 1;
	in->real.full_speed = in->real.stop_at_wait = in->real.stop_at_shared = false;
	in->real.breakpoint = 0;
	in->real.trace = NULL;
	in->real.nmi_at = STEP_NMI_NOW;
	in->real.on_nmi = run_body;
	in->real_pc = 0;
	step_run(&in->real);
	return in->real_pc == pc;
}

/* Let a real NMI come, look at the state in which its handler begins, and forget it. */
static enum inject_real real_entry(struct inject *in, u64 *state)
{
	struct vcore *v = victim(in);

	if (!step_can_take_nmi(&v->live.context[0]))
		return INJECT_MASKED;
	if (!world_nmi(in->world, in->core, true))
		return INJECT_MISSED;
	if (v->live.real_nmi)
		step_nmi_end(&in->world->stepper);
	v->live.real_nmi = false;
	*state = world_hash(in->world);
	world_restore(in->world, in->saved);
	return INJECT_BEGINS;
}

/* The handler as a context. Return: false if it could not begin. */
static bool by_context(struct inject *in, struct inject_boundary *b, u64 *results, bool *alone)
{
	struct vcore *v = victim(in);
	struct step_context before = v->live.context[0];
	u64 left = digest(in, 0, task_sp(in));

	if (!world_nmi(in->world, in->core, false))
		return false;
	*alone = in->handle(in, b);
	if (*alone) {
		*results = digest(in, in->results(in), task_sp(in));
		b->gone = digest(in, 0, task_sp(in)) == left &&
			  !memcmp(&v->live.context[0], &before, sizeof(before));
	}
	in->landed(in, b);
	world_restore(in->world, in->saved);
	in->world->still = in->still;
	return true;
}

/* Where the handler waits for others the two injectors are compared at its beginning. */
static enum inject_real compare_entry(struct inject *in)
{
	u64 state = 0;
	enum inject_real real = real_entry(in, &state);

	if (real != INJECT_BEGINS)
		return real;
	world_nmi(in->world, in->core, false);
	if (world_hash(in->world) != state)
		real = INJECT_DIFFERS;
	world_restore(in->world, in->saved);
	return real;
}

static enum inject_real compare_whole(struct inject *in, u64 results)
{
	bool came;

	if (!step_can_take_nmi(&victim(in)->live.context[0]))
		return INJECT_MASKED;
	came = real_at_full_speed(in);
	world_restore(in->world, in->saved);
	return !came ? INJECT_MISSED : in->real_digest == results ? INJECT_AGREES : INJECT_DIFFERS;
}

/* Both injectors on one boundary; the world is afterwards as it was. */
static void inject_here(struct inject *in, struct inject_boundary *b)
{
	bool alone = false;
	u64 results = 0;

	b->gone = false;
	in->reached(in, b);
	if (!by_context(in, b, &results, &alone))
		return;
	b->real = alone ? compare_whole(in, results) : compare_entry(in);
	in->compared(in, b);
}

bool inject_others(struct world *w, u32 core)
{
	static const struct world_until whenever;
	bool went = false;

	for (u32 id = 0; id < w->cores; id++) {
		if (id == core || !(world_ready(w) >> id & 1))
			continue;
		world_run(w, id, &whenever);
		went = true;
	}
	return went;
}

/* Everywhere in its loop as often as asked for: now somebody else. Return: it can go on. */
static bool give_way(struct inject *in)
{
	if (inject_others(in->world, in->core))
		return true;
	in->idles++;
	return world_idle(in->world);
}

static bool in_text(const struct world_program *p, uintptr_t pc)
{
	return pc - p->text < p->text_size;
}

static bool call_over(const struct inject *in, u32 calls)
{
	const struct vcore_live *live = &victim(in)->live;

	return live->state == VCORE_DONE || live->calls[0] != calls;
}

void inject_call(struct inject *in)
{
	struct world *w = in->world;
	const struct world_program *p = w->program;
	u32 calls = victim(in)->live.calls[0];
	struct inject_boundary b = {0};

	in->still = w->still;
	memset(in->visits, 0, p->text_size);
	in->boundaries = in->idles = 0;
	in->stuck = false;
	for (u32 steps = 0; !call_over(in, calls); steps++) {
		in->boundaries = b.index;
		bool inside;

		b.pc = vcore_pc(victim(in));
		inside = in_text(p, b.pc) && (in->idles || !in->only_late);
		b.visit = inside ? in->visits[b.pc - p->text] : in->max_visits;
		if (b.visit < in->max_visits) {
			in->visits[b.pc - p->text]++;
			world_save(w, in->saved);
			for (b.handler = 0; b.handler < in->handlers; b.handler++)
				inject_here(in, &b);
			b.index++;
		}
		if (world_step(w, in->core, 1) == WORLD_WAITS && b.visit >= in->max_visits &&
		    !give_way(in))
			in->stuck = true;
		in->boundaries = b.index;
		if (in->stuck || steps == CALL_STEPS) {
			in->stuck = true;
			return;
		}
	}
}
