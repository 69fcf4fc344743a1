/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The window map of a lock: what one NMI does at every instruction boundary of its calls.
 *
 * A path is a program with a "map N" directive (tests/scripts/map-*.script): it brings core
 * N into a situation, and N's call from there on is the victim. Each boundary of it gets
 * several NMIs, one at a time: see enum map_takes.
 */
#ifndef TESTS_WINMAP_H
#define TESTS_WINMAP_H

#include "../kernel/explore/inject.h"
#include "program.h"

#define MAP_PATHS 48

/**
 * enum map_takes - which lock the handler takes
 * @MAP_SAME: the victim's
 * @MAP_OTHER: one that another core holds
 * @MAP_QUEUED: one that another core holds and a third one waits for
 */
enum map_takes { MAP_SAME, MAP_OTHER, MAP_QUEUED, NR_MAP_TAKES };

enum map_end_kind {
	END_NONE, /* the call is not an attempt: an unlock */
	END_OVER,
	END_OPEN, /* never ended */
};

struct map_end {
	u8 kind, cause;
	int rc; /* 0, an error; -1: a try that found the lock taken */
};

/* Marks of a row. */
enum map_mark {
	MAP_STALL = 1,	    /* an attempt lasted 1 ms or more after the NMI, and not without it */
	MAP_FALSE_NMI = 2,  /* the NMI got -EDEADLK and would have got the lock by waiting */
	MAP_FALSE_TASK = 4, /* a task got -EDEADLK that gets none without the NMI */
	MAP_GONE = 8,	    /* the NMI left no trace: all goes on as without it */
	MAP_JOINED = 16,    /* the NMI wants the lock of a deadlock that is there without it */
};

/**
 * struct map_row - one NMI
 * @offset: of the boundary from the start of the lock's text
 * @index: of the boundary in its path
 * @window: it lies in, or -1
 * @holder: core + 1 that holds the victim's lock, 0: nobody
 * @word: of the victim's lock
 * @nmi, @task: how the NMI's attempt and the interrupted call ended
 * @steps, @ns: from the NMI to the end of its attempt
 * @innocents: attempts of tasks that fail, and do not without the NMI
 * @fault: enum trial_fault
 */
struct map_row {
	u32 offset, word;
	u16 path, index;
	signed char window;
	u8 takes, holder;
	u8 real; /* enum inject_real */
	u8 marks, innocents, fault;
	bool in_transit; /* @holder is about to have it or to have given it back */
	struct map_end nmi, task;
	u32 steps;
	u64 ns;
};

/**
 * struct map_path - one situation, mapped
 * @absent: it needs a window that this lock has not; nothing was run
 * @error: it could not be brought about for another reason, or ""
 * @alone: how it ends without an NMI (enum trial_fault); with @error: how it goes on from there
 * @late: without an NMI its call waits for time to pass, and is mapped from then on
 * @boundaries: in it
 * @handlers: how many NMIs each of them got
 * @begin_ns, @map_ns: real time it took to bring it about, and to map it
 */
struct map_path {
	const struct program *program;
	bool absent, late;
	u32 alone;
	u32 boundaries, handlers;
	u64 begin_ns, map_ns;
	char error[150];
};

struct map_baseline {
	bool failed, deadlocked;
	u64 ns;
};

/**
 * struct map_handler - the latest NMI whose handler was run
 * @key: of everything that could matter to it when it began
 * @steps: of its core by then
 * @alone: it waited for nobody
 * @in_vain: it was refused, and would have got the lock by waiting
 * @end: the world when it had returned, or nobody could go on any more
 */
struct map_handler {
	u64 key, steps;
	bool alone, in_vain;
	void *end;
};

/* So many states of a run are remembered. */
#define MAP_STATES 16
#define MAP_KEYS   64

/**
 * struct map_finish - the latest run that was made to its end
 * @key, @nr_keys: states that it passed, and that others passed on their way into these
 * @end: the world at its end
 */
struct map_finish {
	u64 key[MAP_KEYS];
	u32 nr_keys;
	void *end;
};

/**
 * struct winmap - the map of one lock, and what making it takes
 * @rows, @nr_rows, @max_rows: what was found
 * @overflow: there were more rows than room
 * @whole: reuse nothing: each handler and each run after it is run (see winmap_reuse.c)
 * @handlers_reused, @ends_reused: NMIs whose handler, and the run after it, were known
 */
struct winmap {
	const struct lock_ops *ops;
	struct trial *trial;
	struct inject inject;
	struct program program;
	struct map_path path[MAP_PATHS];
	u32 nr_paths;
	struct map_row *rows;
	u32 nr_rows, max_rows;
	bool overflow, whole;

	/* The boundary at hand. */
	u32 lock, nmi_lock, other_lock;	 /* the victim's, the handler's, the first added */
	u32 first_attempt, task_attempt; /* the next one to begin; the victim's + 1 or 0 */
	u64 nmi_ns, nmi_steps;
	struct map_baseline baseline[WORLD_CORES][PROGRAM_OPS];
	void *saved; /* for a look ahead */
	struct map_handler handler[NR_MAP_TAKES];
	struct map_finish finish[NR_MAP_TAKES];
	u64 passed[MAP_STATES]; /* states of this run */
	u32 nr_passed;
	u32 handlers_reused, ends_reused;
};

/* Room for maps. NULL: no memory. Context: boot core. */
struct winmap *winmap_new(void);

/* An empty map of @ops; @whole: see struct winmap. */
void winmap_begin(struct winmap *m, const struct lock_ops *ops, bool whole);
/* Is @p a path of that lock? */
bool winmap_wants(const struct winmap *m, const struct program *p);
/* Map one path. Context: inside a job on one core. */
void winmap_add(struct winmap *m, const struct program *p);

/* In words: "ok", "edeadlk(aa-at-wait)", "hang", "-" for a call that is no attempt. */
void map_end_text(const struct map_end *e, struct text *out);

/**
 * winmap_rate() - exact injections by breakpoint and a handler at full speed
 * @n: how many, on all boundaries of an uncontended acquire and release in turn
 * @bad: receives how many did not do what they do when stepped
 *
 * Return: ns they took. Context: as winmap_add(), after it.
 */
u64 winmap_rate(struct winmap *m, u32 n, u32 *bad);

#endif
