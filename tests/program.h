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
 * Operations: lock, try, unlock, each of a lock A to D; what is locked last is unlocked first.
 * The unlock of a lock that was not got is skipped, so a program needs no branches.
 * Directives, executed in order:
 *	run N until Wn [or Wm ...] | waits [Wn or Wm] | holds A | done	core N alone
 *	run N until slow       until it enters a function whose name has "slow" in it
 *	run N for K steps
 *	nmi N          an NMI on core N, at the boundary it is at
 *	hold N, free N core N stands still in "run all" / goes on
 *	wait K us      time passes: who waits acts when it is due, the others are slow
 *	idle           everybody not held goes on until all wait; then time passes until one of
 *	               them will act
 *	map N          window map: core N's call in progress (or its next one) is the victim
 *	run all        everybody not held, in order, until all are done or nobody can go on
 * A text without directives is a program for the explore engine. Further lines: "doc text",
 * "guilty N ..." and "needs resilient, nmi-safe, fifo" (nmi-safe is understood where there
 * are NMIs). ";" ends a line and "_" is a blank, so that a text can be a kernel option;
 * "#" begins a remark.
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

/* @match: OP_UNLOCK: index of the operation that took the lock. */
struct op {
	u8 kind, lock, match;
};

struct op_list {
	u32 count;
	struct op op[PROGRAM_OPS];
};

enum directive_kind {
	DO_RUN_WINDOW, /* run @core until it is in one of the windows 1 << n in @arg */
	DO_RUN_WAITS,  /* until it waits, in one of the windows @arg, 0: anywhere */
	DO_RUN_HOLDS,  /* until it holds lock @arg */
	DO_RUN_DONE,
	DO_RUN_SLOW,  /* until it is in a slow path, by its function's name */
	DO_RUN_STEPS, /* @arg steps */
	DO_NMI,
	DO_HOLD,
	DO_FREE,
	DO_WAIT, /* @arg ns */
	DO_IDLE,
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

/**
 * programs_init() - read the programs built in (tests/scripts/), and the option script=
 * @script: the option: "", the name of one, or a text (it has a colon)
 *
 * Return: false with one line in @why that says which and what is wrong. Context: boot core.
 */
bool programs_init(const char *script, struct text *why);

/* Programs built in, by index and by name; NULL beyond / if unknown. */
const struct program *program_get(u32 i);
const struct program *program_find(const char *name);
/* What the option script= asks for; NULL: nothing. */
const struct program *program_chosen(void);

/* What @p needs that @ops has not ("a resilient lock"), or NULL. */
const char *program_missing(const struct program *p, const struct lock_ops *ops);

/* Has it directives that bring it into a situation? Has it the one of the window map? */
static inline bool program_is_script(const struct program *p)
{
	return p->nr_directives != 0;
}
bool program_is_map(const struct program *p);

/**
 * struct trial_attempt - one lock or try operation
 * @begin, @end: virtual ns; @begin_step, @end_step: steps of that core; see @over
 * @rc: 0, -EDEADLK, -ETIMEDOUT; a try that failed: -1
 * @window: window in which the context below was when an NMI's attempt began, else -1
 */
struct trial_attempt {
	u8 core, level, lock, kind;
	signed char window;
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
	TRIAL_CAUSE,	 /* an error without a cause, or with one that is not true */
	TRIAL_NOT_RELEASED, /* not at rest at the end */
	TRIAL_HANG,	    /* nobody can go on */
	TRIAL_ENDLESS,	    /* more steps or virtual time than any correct run takes */
};

const char *trial_fault_name(enum trial_fault f);

/**
 * struct trial_state - the program's own state: saved and restored with the world
 * @next: by core and level: next operation
 * @busy: by core and level: operation in progress + 1
 * @got: by core and level: mask of operations (1 << index) whose lock was got and not
 *       given back
 * @held: by core: mask of locks held, by the task or an NMI
 * @owner: by lock: core + 1 (level in bit 7), 0 free
 * @before: by core and level: cores that waited for the same lock when this attempt began
 * @overtaken: by core: core + 1 that got the lock before it although it came later
 * @outer_cause: by core: cause of struct cpu when its NMI began
 * @still: mask of cores that directives hold
 * @fault, @fault_core, @fault_lock: the first thing that went wrong
 * @attempt: attempts that began, in this order; as many as fit. From here on it is only
 *           remembered and decides nothing
 */
struct trial_state {
	u8 next[WORLD_CORES][WORLD_LEVELS];
	u8 busy[WORLD_CORES][WORLD_LEVELS];
	u16 got[WORLD_CORES][WORLD_LEVELS];
	u8 held[WORLD_CORES];
	u8 owner[PROGRAM_LOCKS];
	u8 before[WORLD_CORES][WORLD_LEVELS];
	u8 overtaken[WORLD_CORES];
	u8 outer_cause[WORLD_CORES];
	u8 still;
	u8 fault, fault_core, fault_lock;
	u32 nr_attempts __aligned(8);
	u8 current[WORLD_CORES][WORLD_LEVELS]; /* index of the latest attempt + 1 */
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
	u8 *locks;
	size_t stride; /* bytes from one lock to the next */
	u8 *text_class;
	size_t text_max;
	u32 max_attempts; /* that the state has room for */
	u64 waited;	  /* ns that DO_WAIT let pass */
	u64 stepped;	  /* steps that DO_RUN_STEPS asked for */
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

/* Failed lock operations, and those of cores that are not guilty. */
u32 trial_failures(const struct trial *t);
u32 trial_innocents(const struct trial *t);

/* One core in words: "core 0 nmi W7 pc=.. rq_7_2_slowpath+0x31 waits" for dumps and replays. */
void trial_describe(const struct trial *t, u32 core, struct text *out);

/* Lock @i, or the queue nodes and table of a core, in words; "" if at rest. */
void trial_decode_lock(const struct trial *t, u32 i, struct text *out);
void trial_decode_core(const struct trial *t, u32 core, struct text *out);

/* All of that as report lines "# <tag> case=<kase> ...". Context: task, boot core. */
void trial_dump(const struct trial *t, const char *tag, const char *kase);

#endif
