/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * An NMI at every boundary of one call: a core of a world is taken through the call
 * instruction by instruction, and before each instruction the world is saved, an NMI
 * comes, its consequences are recorded, and the world is restored.
 *
 * Two injectors do it. One enters the handler as a context (world_nmi()). The other is a
 * real NMI that the machine delivers on that boundary. They have to agree: on the state in
 * which the handler begins, and, wherever the handler waits for nobody, on what it got and
 * left behind when it runs at full speed inside the real NMI, not stepped at all.
 */
#ifndef EXPLORE_INJECT_H
#define EXPLORE_INJECT_H

#include "world.h"

/* What the real NMI showed on a boundary. */
enum inject_real {
	INJECT_AGREES, /* its whole handler did the same */
	INJECT_BEGINS, /* the handler waits for others; the state it begins in is the same */
	INJECT_DIFFERS,
	INJECT_MASKED, /* with these registers the hardware takes none: not covered */
	INJECT_MISSED, /* it came elsewhere, or not at all */
	NR_INJECT_REAL,
};

/* "agree", "begins", "differs", "masked", "missed" */
const char *inject_real_name(enum inject_real real);

/**
 * struct inject_boundary - where an NMI landed
 * @index: of the boundary within the call, in order of execution
 * @visit: how often the call had been at @pc before
 * @handler: which of the handlers it is this time
 * @gone: the handler waited for nobody and left everything as it was: what follows is what
 *        follows without an NMI
 */
struct inject_boundary {
	uintptr_t pc;
	u32 index, visit;
	u32 handler;
	bool gone;
	enum inject_real real;
};

/**
 * struct inject - one call to be mapped
 * @core: the victim: its call in progress, or the one that comes next
 * @handlers: how many different handlers there are; each boundary gets one NMI with each
 * @max_visits: boundaries of a loop are taken so many times
 * @only_late: leave out what comes before the first moment at which everybody waits
 * @reached: called on a boundary before its NMI, to choose handler @b->handler
 * @handle: the handler has begun as a context: bring it to its end, by others' help where it
 *          waits for them. Return: it waited for nobody
 * @landed: called after it; @b->real is not known yet. May do what it likes to the world
 * @compared: called last, with what the real NMI showed
 * @results: digest of what the handler's calls returned, as a context
 * @body: the handler at full speed: the same calls, made directly. Runs in NMI context on
 *        the virtual core. Return: the digest of what they returned
 * @saved: room for world_save_max() bytes
 * @visits: zeroed by inject_call(); one byte per byte of program text
 * @boundaries, @idles: counted by inject_call(): boundaries met; moments at which everybody
 *        waited
 * @stuck: the victim's call did not end although it met no NMI
 */
struct inject {
	struct world *world;
	u32 core;
	u32 handlers, max_visits;
	bool only_late;
	void (*reached)(struct inject *in, const struct inject_boundary *b);
	bool (*handle)(struct inject *in, const struct inject_boundary *b);
	void (*landed)(struct inject *in, const struct inject_boundary *b);
	void (*compared)(struct inject *in, const struct inject_boundary *b);
	u64 (*results)(struct inject *in);
	u64 (*body)(struct inject *in);
	void *arg;
	void *saved;
	u8 *visits;
	u32 boundaries, idles;
	bool stuck;

	u32 still; /* of the world, when inject_call() began */
	struct stepper real;
	u64 real_digest;
	uintptr_t real_pc;
};

/**
 * inject_call() - one NMI at every boundary of the victim's call
 *
 * Between boundaries everybody else stands still until the victim waits and has been
 * everywhere in its loop @max_visits times; then the others, but those in world.still, go on
 * as far as they can. At the end the world is where it is without any NMI: the call is
 * over, or stuck.
 * Context: as world_run().
 */
void inject_call(struct inject *in);

/* For @handle: the victim alone goes on in its handler. Return: that is over, without a wait. */
bool inject_handler_alone(struct inject *in);

/* One turn for everybody but @core who is ready. Return: somebody went on. */
bool inject_others(struct world *w, u32 core);

#endif
