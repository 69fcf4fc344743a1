/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Programs: what a few virtual cores do with a few locks, as data, and the directives that
 * bring them into a situation. Read from text (a file under tests/scripts/, SCRIPT=file):
 *
 *	# E: an NMI on the owner's core while another core heads the queue
 *	doc NMI on the owner's core, head elsewhere
 *	core 0: lock A, unlock A
 *	core 1: lock A, unlock A
 *	core 2: lock A, unlock A
 *	nmi 0: lock A, unlock A
 *	guilty 0
 *	run 0 until W4
 *	run 1 until waits W7
 *	run 2 until waits W11
 *	nmi 0
 *	run all
 *
 * Operations: lock, try, unlock, each of a lock A to D. What follows on a lock that was not
 * got is skipped, so a program needs no branches. Directives, executed in order:
 *	run N until Wn | waits | waits Wn | holds A | done     core N alone
 *	run N for K steps
 *	nmi N          an NMI on core N, at the boundary it is at
 *	hold N, free N core N stands still in "run all" / goes on
 *	wait K us      time passes
 *	map N          window map: core N's call in progress (or its next one) is the victim
 *	run all        everybody not held, in order, until all are done or nobody can go on
 * A text without directives is a program for the explore engine.
 */
#ifndef TESTS_PROGRAM_H
#define TESTS_PROGRAM_H

#include "../kernel/explore/world.h"
#include "../kernel/printf.h"
#include "../lock/lock.h"

#define PROGRAM_LOCKS	   4
#define PROGRAM_OPS	   12
#define PROGRAM_DIRECTIVES 32
#define PROGRAM_ATTEMPTS   48

enum op_kind { OP_LOCK, OP_TRY, OP_UNLOCK };

struct op {
	u8 kind, lock;
};

struct op_list {
	u32 count;
	struct op op[PROGRAM_OPS];
};

enum directive_kind {
	DO_RUN_WINDOW, /* run @core until it is in window @arg */
	DO_RUN_WAITS,  /* until it waits, in window @arg or -1 */
	DO_RUN_HOLDS,  /* until it holds lock @arg */
	DO_RUN_DONE,
	DO_RUN_STEPS, /* @arg steps */
	DO_NMI,
	DO_HOLD,
	DO_FREE,
	DO_WAIT, /* @arg ns */
	DO_MAP,
	DO_RUN_ALL,
};

struct directive {
	u8 kind, core;
	u16 line; /* of the text, for messages */
	s64 arg;
};

/**
 * struct program - see above
 * @guilty: mask of cores whose failures are by design; others' failures are innocent
 * @flags: lock flags it needs (enum lock_flags), e.g. "needs resilient"
 */
struct program {
	char name[24], doc[100];
	u32 cores, locks;
	u32 guilty, flags;
	struct op_list task[WORLD_CORES], nmi[WORLD_CORES];
	u32 nr_directives;
	struct directive directive[PROGRAM_DIRECTIVES];
};

/**
 * program_parse() - read @text into @p
 * @why: on failure "line 7: core 9: there are cores 0 to 7" and the like
 */
bool program_parse(struct program *p, const char *name, const char *text, struct text *why);

/* Programs built in (tests/scripts/), by index and by name; NULL beyond / if unknown. */
const struct program *program_get(u32 i);
const struct program *program_find(const char *name);

/**
 * struct trial_attempt - one lock or try operation
 * @begin, @end: virtual ns; @begin_step, @end_step: steps of that core; end 0: not over
 * @rc: 0, -EDEADLK, -ETIMEDOUT; a try that failed: -1
 * @window: window in which the context below was when an NMI's attempt began, else -1
 */
struct trial_attempt {
	u8 core, level, lock, kind;
	s8 window;
	bool over;
	s32 rc;
	u32 cause;
	u64 begin, end;
	u64 begin_step, end_step;
};

/* What must hold in every run. */
enum trial_fault {
	TRIAL_FINE,
	TRIAL_EXCLUSION, /* two cores inside */
	TRIAL_FIFO,	 /* overtaken though it waited first */
	TRIAL_RESULT,	 /* a result that the lock does not have (a plain lock that fails, ...) */
	TRIAL_CAUSE,	 /* an error without a cause */
	TRIAL_NOT_RELEASED, /* not at rest at the end */
	TRIAL_HANG,	    /* nobody can go on */
	TRIAL_ENDLESS,	    /* more steps or virtual time than any correct run takes */
};

const char *trial_fault_name(enum trial_fault f);

/**
 * struct trial_state - the program's own state: saved and restored with the world
 * @next: by core and level: next operation
 * @held: by core: mask of locks held
 * @owner: by lock: core + 1 (level in bit 7), 0 free
 * @fault, @fault_core: the first thing that went wrong
 */
struct trial_state {
	u8 next[WORLD_CORES][WORLD_LEVELS];
	u32 held[WORLD_CORES];
	u8 owner[PROGRAM_LOCKS];
	u32 fault, fault_core, fault_lock;
	u32 nr_attempts;
	struct trial_attempt attempt[PROGRAM_ATTEMPTS];
} __aligned(8);

/**
 * struct trial - one program over one lock in one world
 *
 * What engines run. Begin it, drive the world, end it, ask what was wrong.
 */
struct trial {
	const struct program *program;
	const struct lock_ops *ops;
	struct world *world;
	struct world_program wp;
	struct trial_state *state;
	u8 *locks; /* PROGRAM_LOCKS objects, LOCK_SIZE_MAX apart at most */
};

/* Memory for trials of one physical core. NULL: no memory. Context: boot core. */
struct trial *trial_new(void);

/* Fresh locks, fresh cores, nothing executed. */
void trial_begin(struct trial *t, const struct program *p, const struct lock_ops *ops);

/* Address of lock @i. */
void *trial_lock(const struct trial *t, u32 i);

/**
 * trial_finish() - everybody not in @held goes on by the default order until all are done
 * @held: mask of cores that stand still
 *
 * Lets time pass where needed. Records TRIAL_HANG and TRIAL_ENDLESS. Return: all are done.
 */
bool trial_finish(struct trial *t, u32 held);

/* At the end of a run: everything released, results allowed. Return: fault, TRIAL_FINE. */
enum trial_fault trial_check(struct trial *t, struct text *why);

/**
 * trial_directives() - carry out the program's directives from @first on
 * @stop_at_map: return before DO_MAP
 * @why: what could not be done: "line 8: core 1 ended before it reached W7"
 *
 * Return: index of the directive it stopped at, nr_directives at the end, -1 with @why.
 */
int trial_directives(struct trial *t, u32 first, bool stop_at_map, struct text *why);

/* The attempt core @core is in at its current level, or NULL. */
struct trial_attempt *trial_current(struct trial *t, u32 core);

/* Failed attempts of cores that are not guilty. */
u32 trial_innocents(const struct trial *t);

/* One core in words: "core 0 nmi W7 pc=.. rq_7_2_slowpath+0x31 waits" for dumps and replays. */
void trial_describe(const struct trial *t, u32 core, struct text *out);

#endif
