/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Between the files of the window map: winmap.c, winmap_nmi.c, winmap_reuse.c. */
#ifndef TESTS_WINMAP_NMI_H
#define TESTS_WINMAP_NMI_H

#include "winmap.h"

/* The callbacks that record each NMI as a row; .arg, .saved and so on are the user's. */
extern const struct inject winmap_inject;

/* NMIs on @core take @lock and give it back. */
void winmap_set_handler(struct program *p, u32 core, u32 lock);

/* The attempt of the NMI at hand; NULL: it made none. */
const struct trial_attempt *winmap_nmi_attempt(const struct winmap *m);

/* The handler has begun: to its end, by running or from what is known. See inject.h. */
bool winmap_handle(struct winmap *m, enum map_takes takes);
/* Now that it is over: to the end of all, by running or from what is known. */
void winmap_finish(struct winmap *m, enum map_takes takes);
/* Nothing is known of a new path. */
void winmap_forget(struct winmap *m);

/* How all attempts end from here on if no NMI comes. */
void winmap_baseline(struct winmap *m, struct map_path *path);

/* The victim's call has ended without an NMI: judge its ends after NMIs, from row @first on. */
void winmap_judge_victim(struct winmap *m, u32 first);

#endif
