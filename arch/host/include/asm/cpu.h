/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Host half of arch/cpu.h: a core is a thread, pinned to a processor. On x86-64 GS base
 * is the per-core base register, as on the bare machine: the C library uses FS. Elsewhere,
 * and for ThreadSanitizer (HOST_THREAD_BASE), it is a thread-local variable.
 */
#ifndef ASM_CPU_H
#define ASM_CPU_H

#include <arch/types.h>

struct stepper;

/*
 * Signals are handled on the NMI stack (sigaltstack(2)): the stack of a stepped context is too
 * small for what the kernel saves of a processor with wide registers.
 */
enum host_stack { STACK_TASK, STACK_NMI };

#define ARCH_NR_STACKS 2
#ifdef HOST_BUILTINS
#define ARCH_STACK_SIZE (2048 * 1024) /* ThreadSanitizer keeps its own data on a thread's stack */
#else
#define ARCH_STACK_SIZE (128 * 1024)
#endif

/* Timers that signal one thread: the two sources of NMIs, the watchdog and turns. */
#define HOST_NR_TIMERS 4

/**
 * struct arch_cpu - what the host keeps per core
 * @self: address of this struct; first, so that %gs:0 yields the base in one load
 * @home: the real core's struct that this one stands in for; itself unless this one is a
 *        virtual core's. Whatever belongs to the thread is found there
 * @step_sp: the stepping engine's stack pointer while a context runs
 * @stack: tops, by enum host_stack
 * @stepper: what the core steps; NULL if it does not
 * @step_stop: why the signal handler that steps gave up (enum step_stop and one more)
 * @step_at_break: the boundary at the breakpoint has been dealt with
 * @step_landing: an NMI of the stepper's own is on its way to the context's boundary
 * @step_break_fd, @step_breakpoint: the breakpoint event, and its address while it is on
 * @tid: Linux's name of the thread; 0 while it has not begun
 * @processor: it is pinned to this one
 * @wake: not 0: there is something to do; a futex
 * @irqs_on: the masking of arch/irq.h. Nothing but @wake is an ordinary interrupt here
 * @aborted: the handler that runs has abandoned all others
 * @timer, @timer_made: by HOST_NR_TIMERS
 */
struct arch_cpu {
	struct arch_cpu *self;
	struct arch_cpu *home;
	uintptr_t step_sp;
	uintptr_t stack[ARCH_NR_STACKS];
	struct stepper *stepper;
	u32 step_stop;
	bool step_at_break, step_landing;
	int step_break_fd;
	uintptr_t step_breakpoint;
	u32 tid;
	u32 processor;
	u32 wake;
	bool irqs_on, aborted;
	void *timer[HOST_NR_TIMERS];
	bool timer_made[HOST_NR_TIMERS];
};

#ifdef HOST_THREAD_BASE
/* Initial-exec: a signal handler reads it without a call of the dynamic linker. */
extern __thread __attribute__((__tls_model__("initial-exec"))) void *host_base;

static inline void *percpu_base(void)
{
	return host_base;
}
#endif

#ifdef HOST_BUILTINS
#include <asm/builtins.h>
#else
#include <asm/percpu.h>
#endif

#endif
