/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The state of a world as bytes: saved, restored, compared, hashed. */
#include "world.h"

/* What a saved state begins with. */
struct saved {
	u64 now, steps;
	u32 idles, version, prefer, pad;
};

/* By words: what is copied is small, aligned, and copied very often. */
static inline u64 *put(u64 *to, const void *from, size_t size)
{
	const u64 *p = from;

	for (size_t n = size / 8; n; n--)
		*to++ = *p++;
	return to;
}

static inline const u64 *get(void *to, const u64 *from, size_t size)
{
	u64 *p = to;

	for (size_t n = size / 8; n; n--)
		*p++ = *from++;
	return from;
}

_Static_assert(sizeof(struct vcore_live) % 8 == 0, "copied by words");
_Static_assert(sizeof(struct saved) % 8 == 0, "copied by words");

/* Bytes of its stack that a core uses: down to where its innermost context stands. */
static size_t stack_used(const struct vcore *v)
{
	uintptr_t sp = frame_sp(&v->live.context[v->live.level].frame);

	return sp && sp < v->stack ? v->stack - ALIGN_DOWN(sp, 8ul) : 0;
}

/*
 * What a call has left below the stack pointer depends on who was here before. Later frames
 * have gaps where it would show, and equal states would not look equal.
 */
void vcore_clear_dead_stack(struct vcore *v)
{
	u64 *p = (u64 *)(v->stack - stack_used(v));

	for (u32 i = 0; i < WORLD_DEAD_STACK / 8; i++)
		*--p = 0;
}

/* Let the shadow follow a piece of memory. Return: where its next piece lies. */
static u64 *follow(u64 *shadow, const void *memory, size_t size, u64 *changed)
{
	const u64 *p = memory;

	for (size_t n = size / 8; n; n--, p++, shadow++) {
		*changed |= *shadow ^ *p;
		*shadow = *p;
	}
	return shadow;
}

static bool sync_shadow(struct world *w)
{
	const struct world_program *p = w->program;
	u64 changed = 0, *shadow = follow(w->shadow, p->memory, p->memory_size, &changed);

	for (u32 i = 0; i < w->cores; i++)
		shadow = follow(shadow, w->core[i]->cpu.lock_data, p->percpu_size, &changed);
	return changed;
}

size_t world_save_max(const struct world *w)
{
	const struct world_program *p = w->program;

	return sizeof(struct saved) + p->memory_size + p->user_size +
	       w->cores * (sizeof(struct vcore_live) + p->percpu_size + WORLD_STACK);
}

size_t world_save(struct world *w, void *buffer)
{
	const struct world_program *p = w->program;
	struct saved head = {.now = w->now, .steps = w->steps, .idles = w->idles};
	u64 *to = buffer;

	head.version = w->version;
	head.prefer = w->prefer;
	to = put(to, &head, sizeof(head));
	to = put(to, p->memory, p->memory_size);
	to = put(to, p->user, p->user_size);
	for (u32 i = 0; i < w->cores; i++) {
		struct vcore *v = w->core[i];
		size_t used = stack_used(v);

		v->live.nmi_depth = v->cpu.nmi_depth;
		v->live.cause = v->cpu.cause;
		to = put(to, &v->live, sizeof(v->live));
		to = put(to, v->cpu.lock_data, p->percpu_size);
		to = put(to, (void *)(v->stack - used), used);
	}
	return (u8 *)to - (u8 *)buffer;
}

void world_restore(struct world *w, const void *buffer)
{
	const struct world_program *p = w->program;
	const u64 *from = buffer;
	struct saved head;

	from = get(&head, from, sizeof(head));
	from = get(p->memory, from, p->memory_size);
	from = get(p->user, from, p->user_size);
	for (u32 i = 0; i < w->cores; i++) {
		struct vcore *v = w->core[i];
		size_t used;

		from = get(&v->live, from, sizeof(v->live));
		from = get(v->cpu.lock_data, from, p->percpu_size);
		used = stack_used(v);
		from = get((void *)(v->stack - used), from, used);
		vcore_clear_dead_stack(v);
		v->cpu.nmi_depth = v->live.nmi_depth;
		v->cpu.cause = v->live.cause;
	}
	w->now = head.now;
	w->steps = head.steps;
	w->idles = head.idles;
	w->version = head.version;
	w->prefer = head.prefer;
	sync_shadow(w);
}

bool world_note_changes(struct world *w, u32 by)
{
	if (!sync_shadow(w))
		return false;
	w->version++;
	for (u32 i = 0; i < w->cores; i++) {
		struct vcore_live *live = &w->core[i]->live;

		if (i != by && live->state == VCORE_WAITING)
			live->state = VCORE_READY;
	}
	return true;
}

static u64 mix_words(u64 h, const void *from, size_t size)
{
	const u64 *p = from;

	for (size_t n = size / 8; n; n--)
		h = world_mix(h, *p++);
	return h;
}

u64 mix_context(u64 h, const struct step_context *c)
{
	struct step_context defined = *c;

	step_forget_undefined(&defined.frame);
	return mix_words(h, &defined, sizeof(defined));
}

static u64 mix_core(u64 h, const struct world *w, const struct vcore *v)
{
	const struct vcore_live *live = &v->live;
	size_t used = stack_used(v);

	h = world_mix(h, live->level | live->state << 2 | live->task_done << 4 | live->spins << 5 |
				 live->real_nmi << 6 | (live->version == w->version) << 7 |
				 (u64)v->cpu.nmi_depth << 8 | (u64)v->cpu.cause << 32);
	for (u32 l = 0; l <= live->level; l++) {
		h = world_mix(h, live->calls[l]);
		h = mix_context(h, &live->context[l]);
	}
	h = mix_words(h, v->cpu.lock_data, w->program->percpu_size);
	return mix_words(h, (const void *)(v->stack - used), used);
}

u64 world_hash(const struct world *w)
{
	const struct world_program *p = w->program;
	u64 h = mix_words(w->now, p->memory, p->memory_size);

	h = mix_words(h, p->user, p->user_hashed);
	h = world_mix(h, w->prefer);
	for (u32 i = 0; i < w->cores; i++)
		h = mix_core(h, w, w->core[i]);
	return h;
}
