/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A world: up to eight virtual cores that share some memory, as contexts on one physical
 * core. Exactly one runs at a time, from one boundary to another, so a run is a sequence
 * of decisions and the same decisions give the same run. Lock code runs in it unchanged:
 * the same machine code over another struct cpu.
 *
 * A core's program is a sequence of calls (struct world_program.next); what lies between
 * them is the engine's, takes no steps and is always whole. So every step is lock code.
 *
 * Time is virtual. It stands still while anybody can do something, and moves to the next
 * moment at which a waiting core would act when nobody can (world_idle()).
 *
 * All functions: context task, inside a job, one world per physical core.
 */
#ifndef EXPLORE_WORLD_H
#define EXPLORE_WORLD_H

#include <arch/step.h>
#include "../cpu.h"

#define WORLD_CORES 8
/* The task, and an NMI on top of it. */
#define WORLD_LEVELS 2
#define WORLD_STACK  4096

/* The most bytes of struct world_program's memory and user. */
#define WORLD_MEMORY_MAX 1024
#define WORLD_USER_MAX	 4096

struct world;
struct vcore;

enum vcore_state {
	VCORE_READY,
	VCORE_WAITING, /* polls memory that has not changed since, or the clock */
	VCORE_DONE,    /* its task program is over, and no NMI runs */
};

/**
 * struct vcore_live - what changes while a core runs, besides its stack and lock data
 * @context: by level; those from 0 to @level are in use
 * @level: 0 in the task, 1 in an NMI
 * @calls: by level: calls that have returned
 * @state: enum vcore_state
 * @task_done: the task program is over
 * @real_nmi: the NMI of level 1 is a real one, to be ended
 * @spins: waiting, and a pass of its loop changes nothing and reads no clock: only another
 *         core can end it
 * @fresh: by level: no instruction of the call in progress has been executed yet
 * @told_time: by level: the call in progress has read the clock
 * @long_wait: pc of a wait whose loop counts passes for long before it reads the clock
 * @version: of the memory it has looked at
 * @nmi_depth, @cause: of struct cpu, while it is saved
 * @steps: instructions this core has executed
 * @nmis: NMIs it has taken
 */
struct vcore_live {
	struct step_context context[WORLD_LEVELS];
	u32 level;
	u32 calls[WORLD_LEVELS];
	u32 state;
	bool task_done, real_nmi, spins;
	bool fresh[WORLD_LEVELS], told_time[WORLD_LEVELS];
	uintptr_t long_wait;
	u32 version;
	u32 nmi_depth, cause;
	u32 nmis;
	u64 steps;
};

/**
 * struct vcore - a virtual core
 * @cpu: what lock code sees of it
 * @live: see above
 * @stack: first byte above its stack
 * @clock_reads: how often its clock was read
 */
struct vcore {
	struct cpu cpu;
	struct vcore_live live;
	struct world *world;
	uintptr_t stack;
	u64 clock_reads;
};

/**
 * struct world_program - what the cores do
 * @next: begin the next call of @v at level v->live.level with vcore_call(), or return false
 *        when that level's program is over. @result is what the previous call returned;
 *        live.calls[level] says how many there were. May look at and change everything
 *        in @memory and @user; must not print
 * @starts: if set, called when the first instruction of a call is about to be executed; may
 *          do what @next may, but for vcore_call()
 * @memory, @memory_size: the locks: shared memory besides the cores' lock data
 * @percpu_size: bytes of every core's lock data in use
 * @user, @user_size: the program's own state, saved and restored with the world, seen
 *        by no core. All sizes are multiples of 8 bytes
 * @user_hashed: how much of @user, from its start, belongs to world_hash(): what decides
 *        about the future, and not what is only remembered of the past
 * @text, @text_size, @text_class: as in struct stepper
 */
struct world_program {
	bool (*next)(struct vcore *v, int result);
	void (*starts)(struct vcore *v);
	void *memory;
	size_t memory_size;
	size_t percpu_size;
	void *user;
	size_t user_size, user_hashed;
	uintptr_t text;
	size_t text_size;
	u8 *text_class;
};

/**
 * struct world - see above
 * @now: virtual time in ns
 * @ns_per_step: how much time an instruction takes; 0: none
 * @steps: instructions executed by all cores
 * @idles: how often nobody could go on without time passing
 * @version: grows when shared memory has changed
 * @prefer: the core whose deadline was reached last: goes on first
 * @still: mask of cores that stand still, set by the user: world_ready(), world_idle() and
 *         world_default() leave them out
 * @shadow: shared memory as it was when @version began
 * @scratch: a saved state, for world_idle()
 * @memo: waits that came to a clock read
 * @leave_memo: when they end
 */
struct world {
	u32 cores;
	struct vcore *core[WORLD_CORES];
	struct cpu_group *group;
	const struct world_program *program;
	struct stepper stepper;
	u64 now, ns_per_step;
	u64 steps;
	u32 idles;
	u32 version;
	u32 prefer;
	u32 still;
	u64 *shadow, *scratch;
	struct wait_memo *memo;
	struct leave_memo *leave_memo;
};

#define WORLD_MEMOS 128

/* Memory for what idle.c remembers; by world_new(). */
int idle_init(struct world *w);

/* Why world_run() returned. */
enum world_event {
	WORLD_POINT, /* before an access to shared memory, or between two calls */
	WORLD_WAITS, /* the core has looked and nothing was there for it: another one's turn */
	WORLD_DONE,  /* its programs are over */
	WORLD_LIMIT, /* the steps asked for are done */
	WORLD_BREAK, /* at the address asked for */
};

/* When world_run() is to return besides WORLD_WAITS and WORLD_DONE. */
struct world_until {
	u64 steps;	    /* WORLD_LIMIT after so many; 0: no limit */
	bool points;	    /* at WORLD_POINT */
	bool nmi_over;	    /* at WORLD_POINT when a handler has returned */
	uintptr_t break_at; /* before this address is executed; 0: none */
};

/**
 * world_new() - a world for this physical core's later use
 *
 * Return: NULL when there is no memory. Context: task, boot core.
 */
struct world *world_new(void);

/**
 * world_begin() - @cores fresh cores at the beginning of their programs, time 0
 *
 * Lock data and nothing else is cleared: the caller initialises the locks and its own state
 * before. Context: task, on the core that is to run it.
 */
void world_begin(struct world *w, const struct world_program *p, u32 cores);

/* From @program->next alone: the call that comes next. */
void vcore_call(struct vcore *v, uintptr_t fn, const void *arg);

/**
 * world_run() - let one core go on
 * @id: a core that is ready or waits
 *
 * A core that waits looks again, once. Cores that waited become ready when shared memory
 * has changed. Return: why it stopped.
 */
enum world_event world_run(struct world *w, u32 id, const struct world_until *until);

/* Run until it waits, is done, or has executed @steps (0: no limit). */
enum world_event world_step(struct world *w, u32 id, u64 steps);

/**
 * world_nmi() - an NMI on a core, on the boundary it is at
 * @real: by a real NMI rather than by entering the handler's program as a context
 *
 * Return: false where it cannot be: an NMI runs there already, or (@real) the boundary takes
 * none, or the real one came somewhere else.
 */
bool world_nmi(struct world *w, u32 id, bool real);

/* Mask of the cores that are ready, without those that stand still. */
static inline u32 world_ready(const struct world *w)
{
	u32 mask = 0;

	for (u32 i = 0; i < w->cores; i++)
		mask |= (w->core[i]->live.state == VCORE_READY) << i;
	return mask & ~w->still;
}

/* Are all cores done? */
bool world_done(const struct world *w);

/**
 * world_idle() - nobody is ready: let those who wait wait, until one of them acts
 *
 * Each lets its loop go round; a core whose loop changes nothing and reads no clock waits
 * for others for ever. One whose loop only counts runs at full speed to its next clock
 * read. Then the clock moves to the first moment at which one of them leaves its wait,
 * found by trying.
 * Return: false when there is none: nobody will ever go on.
 */
bool world_idle(struct world *w);

/**
 * world_start_clocks() - time is about to pass, not by world_idle() for all
 *
 * A wait with a bound lasts from its first clock read on, and a loop may count many passes
 * before it makes one. Passes take no time: whoever waits and has not asked for the time
 * in this call goes round until it has, as world_idle() would let it. Who stands still does not.
 */
void world_start_clocks(struct world *w);

/* Who goes on if nobody decides: @current, the preferred core, or the next ready one. */
u32 world_default(const struct world *w, u32 current);

/* Steps and idle rounds so far: a place in a run that every replay meets again. */
static inline u64 world_position(const struct world *w)
{
	return w->steps + w->idles;
}

/* The most bytes that world_save() writes for a world with these cores and this program. */
size_t world_save_max(const struct world *w);
/* Everything, so that world_restore() continues from here. 8-byte aligned. Return: bytes. */
size_t world_save(struct world *w, void *to);
void world_restore(struct world *w, const void *from);

/* Has shared memory changed since the last call? Wakes the waiting cores but @by. */
bool world_note_changes(struct world *w, u32 by);

/* Clear what lies below the stack pointer, as far as calls of a lock reach. */
#define WORLD_DEAD_STACK 512
void vcore_clear_dead_stack(struct vcore *v);

/* struct cpu.now of virtual cores. */
u64 world_clock(const struct cpu *cpu);

/* Add one word to a hash. */
static inline u64 world_mix(u64 h, u64 word)
{
	h = (h ^ word) * 0x9e3779b97f4a7c15ull;
	return h ^ h >> 29;
}

/* Add a context to a hash, without what is undefined in it. */
u64 mix_context(u64 h, const struct step_context *c);

/* Equal states (registers, stacks, memory, time) have equal hashes; others almost never. */
u64 world_hash(const struct world *w);

/* Address a core is at. */
static inline uintptr_t vcore_pc(const struct vcore *v)
{
	return frame_pc(&v->live.context[v->live.level].frame);
}

#endif
