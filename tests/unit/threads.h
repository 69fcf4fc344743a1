/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The cores of sim.h as real threads that run at the same time, on the host's clock. */
#ifndef THREADS_H
#define THREADS_H

#include "sim.h"

/* Run @fn on cores 0 .. n - 1 after sim_begin(). Return: false if a thread did not start. */
bool threads_run(u32 n, void (*fn)(void));

#endif
