/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * linux/percpu.h: a per-CPU variable is a place at a constant offset in struct cpu, in the
 * data of the lock under test, so that its address is what GS base or TPIDR_EL1 is added to,
 * on real and on virtual cores.
 *
 * overlay.py finds the names and writes <linux_percpu.h>: for each one a macro that stands
 * for the variable at its offset, put away until the declaration takes it out, because the
 * same name may be a parameter before.
 */
#ifndef LINUX_STANDIN_PERCPU_H
#define LINUX_STANDIN_PERCPU_H

#include <linux_percpu.h>

_Static_assert(LINUX_PERCPU_SIZE <= LOCK_DATA_MAX, "more per-CPU variables than struct cpu has");

/* The object itself exists for its type only. The name is joined before it can be replaced. */
#define STANDIN_DECLARE(type, name) extern __typeof__(type) name
#define STANDIN_DEFINE(type, name, room)                                                           \
	__maybe_unused __typeof__(type) name;                                                      \
	room
#define DECLARE_PER_CPU(type, name)		   STANDIN_DECLARE(type, LINUX_PERCPU_##name)
#define DECLARE_PER_CPU_ALIGNED(type, name)	   STANDIN_DECLARE(type, LINUX_PERCPU_##name)
#define DECLARE_PER_CPU_SHARED_ALIGNED(type, name) STANDIN_DECLARE(type, LINUX_PERCPU_##name)
#define DEFINE_PER_CPU_ALIGNED(type, name)                                                         \
	STANDIN_DEFINE(type, LINUX_PERCPU_##name, LINUX_ROOM_##name)
#define DEFINE_PER_CPU(type, name) STANDIN_DEFINE(type, LINUX_PERCPU_##name, LINUX_ROOM_##name)
#define DEFINE_PER_CPU_SHARED_ALIGNED(type, name)                                                  \
	STANDIN_DEFINE(type, LINUX_PERCPU_##name, LINUX_ROOM_##name)

#define STANDIN_AT(base, ptr) ((__typeof__(ptr))((char *)(base) + (uintptr_t)(ptr)))

#define this_cpu_ptr(ptr)     STANDIN_AT(percpu_base(), ptr)
#define raw_cpu_ptr(ptr)      this_cpu_ptr(ptr)
#define per_cpu_ptr(ptr, n)   STANDIN_AT(this_cpu()->group->cpu[n], ptr)

/* <standin_arch.h> has this_cpu_add_return(), this_cpu_add(), this_cpu_read() and _write(). */
#define this_cpu_inc_return(var) this_cpu_add_return(var, 1)
#define this_cpu_inc(var)	 this_cpu_add(var, 1)
#define this_cpu_dec(var)	 this_cpu_add(var, -1)
#define __this_cpu_inc(var)	 raw_cpu_add(var, 1)
#define __this_cpu_dec(var)	 raw_cpu_add(var, -1)
#define __this_cpu_read(var)	 raw_cpu_read(var)
#define __this_cpu_write(var, v) raw_cpu_write(var, v)
#define raw_cpu_read(var)	 this_cpu_read(var)
#define raw_cpu_write(var, v)	 this_cpu_write(var, v)

/* The lock events' counters, which are not there (offset 0): notes.h takes the event. */
#define raw_cpu_inc(var)                                                                           \
	({                                                                                         \
		if ((uintptr_t) & (var) >= LINUX_PERCPU_EVENTS)                                    \
			linux_event(((uintptr_t) & (var)-LINUX_PERCPU_EVENTS) / sizeof(var));      \
		else                                                                               \
			raw_cpu_add(var, 1);                                                       \
	})

#endif
