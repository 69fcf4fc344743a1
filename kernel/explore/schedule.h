/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * All schedules of a world with at most so many preemptions and NMIs; random ones beyond;
 * one given one again. Knows worlds, not locks.
 *
 * A preemption is a switch away from a core that could go on. When the core that runs waits
 * or is done, the choice of the next one is free: all of them are tried. An NMI on a core that
 * does not run is the same as one just before it goes on again, so an NMI is always on the core
 * that runs next. A core whose program is over takes none.
 *
 * Two reductions; without both every boundary between two instructions is a place to decide:
 * - Points: only before instructions that may touch what other cores see, and between calls.
 *   All others read and write registers and the own stack: they commute with everything that
 *   other cores do, so a switch in front of them gives what a switch at the next point gives;
 *   and an NMI in front of them finds and leaves the same shared memory.
 * - States: a state (registers, stacks, memory, time, who runs, what is left of the bounds)
 *   that was there before in the same first-level subtree has the same future, and is left.
 *
 * The first-level choices are the first departures from the default order, in the order of
 * that run, and last the default order itself. They are what physical cores and machines
 * share: what is below one of them does not depend on who explores it.
 */
#ifndef EXPLORE_SCHEDULE_H
#define EXPLORE_SCHEDULE_H

#include "decision.h"
#include "seen.h"
#include "world.h"

/* Kinds of faults that a target may know; 0 is none. */
#define EXPLORE_KINDS 12

/* How a run came to its end. */
enum run_end {
	RUN_DONE,    /* all cores are done */
	RUN_HANG,    /* nobody will ever go on */
	RUN_ENDLESS, /* more steps than any correct run takes */
	RUN_BROKEN,  /* target.broken() said so */
};

/**
 * struct explore_target - what is explored
 * @begin: a fresh run: ends with world_begin()
 * @broken: has something gone wrong already?
 * @mark: what of the past counts in @check besides what world_hash() sees; may be NULL
 * @check: at the end of a run. Return: 0, or the kind of fault, below EXPLORE_KINDS
 * @nmi_cores: mask of cores whose NMIs do something
 * @max_steps: world_position() that no correct run reaches
 */
struct explore_target {
	void (*begin)(void *arg);
	bool (*broken)(void *arg);
	u64 (*mark)(void *arg);
	u32 (*check)(void *arg, enum run_end end);
	void *arg;
	u32 nmi_cores;
	u64 max_steps;
};

struct explore_bounds {
	u32 preemptions, nmis;
	bool points, states; /* the two reductions */
	bool first;	     /* stop at the first failure */
};

/**
 * struct explore_share - which first-level choices are whose
 * @shard, @shards: this machine has those that are @shard modulo @shards
 * @next: how many of these were given to physical cores; atomic
 */
struct explore_share {
	u32 shard, shards;
	u32 next;
};

/**
 * struct explore_counts - summed up over cores and machines
 * @schedules: runs that came to an end
 * @failures: by kind of fault
 * @seen: runs left because their state was there before
 * @points: places to decide
 * @skipped: boundaries that were none
 * @steps: instructions executed
 * @longest: largest world_position() of a run
 * @choices, @chosen: first-level choices of this share (every core counts them all), and
 *                    those finished
 * @unsaved: places whose alternatives were given up for lack of memory
 * @forgotten: states that the table had no room for
 * @unprintable: failing schedules with too many decisions to be kept
 */
struct explore_counts {
	u64 schedules, failures[EXPLORE_KINDS];
	u64 seen, points, skipped, steps, longest;
	u64 choices, chosen;
	u64 unsaved, forgotten, unprintable;
};

struct explorer;

/**
 * struct run_watch - told what a run does (replay)
 * @began: a fresh run
 * @decided: a decision was made; nothing executed since
 * @ran: e->core ran from one event to the next
 * @idled: nobody was ready, time has passed
 */
struct run_watch {
	void (*began)(struct explorer *e);
	void (*decided)(struct explorer *e, const struct decision *d);
	void (*ran)(struct explorer *e);
	void (*idled)(struct explorer *e);
};

/**
 * struct explorer - one physical core's
 * @best: by kind of fault: the failing schedule to show (schedule_compare())
 * @has_best: mask of kinds
 * @path: what the run under way has decided so far
 * @end_ns: clock_now_ns() at which to stop; @stopped: it did
 * @watch: or NULL
 */
struct explorer {
	struct world *world;
	struct explore_target target;
	struct explore_bounds bounds;
	struct explore_share *share;
	u64 end_ns;
	struct explore_counts counts;
	struct schedule best[EXPLORE_KINDS];
	u32 has_best;
	bool stopped, counting;
	const struct run_watch *watch;

	/* The run under way. */
	struct schedule path;
	u32 core;
	bool going;	       /* @core could go on */
	u32 preemptions, nmis; /* left */
	u64 run_steps;	       /* world steps already counted */

	struct explore_frame *frame;
	u32 nr_frames, max_frames;
	u8 *arena;
	size_t arena_size, arena_used;
	struct seen seen;
	u64 *key; /* of the states on the way to where the run under way is */
	u32 nr_keys, ticks;
};

/* What one explorer needs besides its world, in bytes. */
#define EXPLORE_FRAMES 2048
#define EXPLORE_ARENA  (2u << 20)
#define EXPLORE_SEEN   (4u << 20)
#define EXPLORE_KEYS   4096

/* Memory for @e; its world and target are the caller's. -ENOMEM. Context: boot core. */
int explorer_init(struct explorer *e, struct world *w);

/**
 * explore_all() - this core's part of all schedules within e->bounds
 *
 * Takes first-level choices from e->share until there are none or the time is over. Context:
 * task, in a job, on the core the world is for.
 */
void explore_all(struct explorer *e);

/**
 * struct explore_random - probabilistic concurrency testing (Burckhardt, Kothari, Musuvathi,
 * Nagarakatte, ASPLOS 2010): random priorities, and @depth - 1 points at which the running
 * core's becomes the lowest
 * @runs: of the whole, all shares together
 * @end_ns: clock_now_ns() at which to stop
 * @points: in which the change points and the NMIs lie (the paper's k); filled in
 * @longer: runs that had more
 */
struct explore_random {
	u64 runs, seed, end_ns;
	u32 depth, nmis;
	u64 points, longer;
};

/* This core's part of the random runs: those that e->share gives it. Context as above. */
void explore_random(struct explorer *e, struct explore_random *r);

/* How closely a schedule is to be followed. */
enum run_follow {
	FOLLOW_EXACTLY, /* by position; a decision that cannot be made ends it */
	FOLLOW_LOOSELY, /* by the steps of the core that ran; what cannot be made is left out */
};

/**
 * explore_run() - one run by @s; e->path is then what was decided
 * @kind: fault, 0: none
 *
 * Return: false if it could not be followed (exactly).
 */
bool explore_run(struct explorer *e, const struct schedule *s, enum run_follow how, u32 *kind);

/**
 * explore_shrink() - look for a smaller schedule with the same fault, by running it
 * @s: fails with @kind; replaced by the best one found
 * @runs: at most so many
 *
 * Return: runs made; 0 if @s itself does not fail that way.
 */
u32 explore_shrink(struct explorer *e, struct schedule *s, u32 kind, u32 runs);

/* ---- Between schedule.c, random.c, shrink.c and replay.c */

/* Where a decision is made: who may go on instead of the default, who may take an NMI. */
struct place {
	u32 def; /* WORLD_CORES: nobody is ready, time would pass */
	u8 cores, nmis;
};

void run_begin(struct explorer *e);
/* Go on by the default or by what was chosen, up to the next event. */
void run_on(struct explorer *e, bool stop_at_points);
/* Is the run over? Else fill in @p. */
bool run_at_place(struct explorer *e, struct place *p, enum run_end *end);
/* Make a decision at a place. Return: false if it cannot be made. */
bool run_decide(struct explorer *e, u32 kind, u32 core);
/* Nobody decides here. Return: false if nobody will ever go on. */
bool run_default(struct explorer *e, const struct place *p);
/* Check a run at its end and count it. Return: kind of fault. */
u32 run_finish(struct explorer *e, enum run_end end);
/* The same without counting. */
u32 run_verdict(struct explorer *e, enum run_end end);
/* Is it time to stop? */
bool explore_late(struct explorer *e);
/* The next first-level choice or random run of this core. */
u64 share_next(struct explore_share *s);

#endif
