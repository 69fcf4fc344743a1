/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Virtual cores on the host: each is a context of its own, exactly one runs, and they
 * change places only where lock code waits. Time is virtual: one round of all cores takes
 * SIM_ROUND_NS. So a scenario of half a second takes some milliseconds, gives the same
 * result each time, and is not disturbed by what else the machine does.
 *
 * A test file that uses it names tests/unit/sim.c and tests/unit/host.c.
 */
#ifndef SIM_H
#define SIM_H

#include "../../kernel/cpu.h"

#define SIM_CORES    8
#define SIM_ROUND_NS (20 * NSEC_PER_USEC)

/* Fresh cores 0 .. cores - 1 with cleared data, none of them started; time 0. */
void sim_begin(u32 cores);

/* Let core @id run @fn from the next sim_run() on. */
void sim_start(u32 id, void (*fn)(void));

/**
 * sim_run() - run until all started cores have returned
 *
 * Return: true; false when the virtual time has reached @limit_ns first. Called again it
 * goes on from there; sim_begin() abandons what still runs.
 */
bool sim_run(u64 limit_ns);

/* An NMI for core @id: @fn runs on it, in NMI context, when it next runs. */
void sim_nmi(u32 id, void (*fn)(void));

/* An NMI on this core, here. */
void sim_nmi_now(void (*fn)(void));

/* An NMI on this core right after its @n-th access to per-core data from now on; 1 = next. */
void sim_nmi_after_access(u32 n, void (*fn)(void));

/* How many such accesses this core has made since sim_begin(). */
u32 sim_accesses(void);

/* Virtual time. */
u64 sim_now(void);

/* Let this core wait until @ns have passed. */
void sim_delay(u64 ns);

/* Core @id; core @id of the last sim_begin(). */
struct cpu *sim_cpu(u32 id);

#endif
