/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the parts of a trial share: trial.c, trial_check.c, trial_dump.c, directives.c. */
#ifndef TESTS_TRIAL_H
#define TESTS_TRIAL_H

#include "program.h"

#define TRIAL_OWNER_NMI 0x80u
/* As many NMIs on one core leave room for their attempts' records. */
#define TRIAL_NMIS 4
/* Steps between two looks at the bounds. */
#define TRIAL_SLICE 50000

/* Does @v stand at a wait instruction of the lock, having looked at least once? */
bool trial_at_wait(const struct trial *t, const struct vcore *v);

/* Mask of cores that wait in the queue of @lock while @core is about to try it. */
u32 trial_waiting(const struct trial *t, u32 core, u32 lock);

/* Is what the attempt returned allowed? Keeps the order of waiters. */
enum trial_fault trial_judge(struct trial *t, u32 core, u32 level, const struct op *op, int rc);

/* What a watcher says to the state it is shown. */
enum trial_watch {
	WATCH_ON,      /* show the next one */
	WATCH_NO_MORE, /* go on without me */
	WATCH_STOP,    /* enough of this run */
};

/**
 * struct trial_watcher - who is shown a run before each instruction of one core
 * @core: that one
 * @look: what is asked; cleared after WATCH_NO_MORE
 * @arg: the watcher's own
 * @stopped: by WATCH_STOP
 */
struct trial_watcher {
	u32 core;
	enum trial_watch (*look)(struct trial *t, void *arg);
	void *arg;
	bool stopped;
};

/* As trial_finish(), before the eyes of @watcher. */
bool trial_finish_watched(struct trial *t, u32 held, struct trial_watcher *watcher);

/* As trial_finish(), but whoever waits for a held core is no hang. */
bool trial_go_on(struct trial *t, u32 held);

#endif
