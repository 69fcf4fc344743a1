/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the files of arch/host tell each other, and what the door in boot/host may call. */
#ifndef HOST_INTERNAL_H
#define HOST_INTERNAL_H

#include "linux.h"
#include <arch/cpu.h>
#include <arch/nmi.h>
#include <arch/step.h>
#include <arch/trap.h>
#include "../../boot/boot_info.h"

/* Before anything else in main(): a base register, and faults are reported. */
void host_early_init(void);

/*
 * signal.c
 */

/* The signals that stand for interrupts, and what they stand for. */
enum host_signal {
	HOST_IPI = SIGUSR1,
	HOST_SUPERVISOR = SIGUSR2,
	HOST_TIMER_A = SIGALRM,
	HOST_TIMER_B = SIGVTALRM,
	HOST_WATCHDOG = SIGPROF,
	HOST_TURN = SIGURG, /* another core's turn on this processor */
};

/* Let them interrupt this thread, or not. */
void signals_open(bool open);
/* Install the handlers of all signals, for the whole process. */
void signals_init(void);
/* Let this thread handle signals on @cpu's own stack. Return: 0 or -EIO. */
int signals_cpu_init(struct arch_cpu *cpu);
/* Send one to a core. Return: 0 or -EIO. Context: any. */
int signal_core(const struct arch_cpu *to, enum host_signal signal);
/* A trap nobody handles, on a stepped core too. */
__noreturn void trap_unexpected(struct trap_frame *f, const char *what);

/*
 * x86_64/ and arm64/: what depends on the machine that the host is.
 */

/* Between what Linux saves for a handler and a frame. */
void frame_load(struct trap_frame *f, const ucontext_t *uc);
void frame_store(const struct trap_frame *f, ucontext_t *uc);
/* Put @base into this thread's base register. */
void base_write(void *base);
/* Rate of time_counter(), 0: nobody says, it has to be measured. */
u64 counter_hz(void);
/* Model, whether virtual, and the best atomics. */
void machine_facts(struct cpu_facts *facts);

/*
 * step.c of the machine
 */

/* A SIGTRAP; @code: its si_code. Return: was it the stepper's? @f is what to resume then. */
bool step_trap(struct arch_cpu *cpu, struct trap_frame *f, int code);
/* The stepper's own NMI has come; @f is what to resume. */
void step_nmi(struct arch_cpu *cpu, struct trap_frame *f);
/* Stepping is over on this real core. */
void step_off(struct arch_cpu *cpu);

/*
 * nmi.c
 */

/* Where several cores share a processor: do they, and let this one take turns, or not. */
void turns_init(bool shared);
void take_turns(bool on);

/*
 * The rest
 */

/* Why this build cannot step or take NMIs, or NULL (sanitize.c). */
const char *sanitizer_steps_not(void);
/* Does a sanitizer report faults? */
bool sanitizer_traps(void);
/* A line of one of Linux's files, without its end. Return: false if there is none. */
bool read_line(const char *path, char *line, size_t size);
/* The report could not be written: it must not end as a pass. */
bool console_failed(void);
void time_init(void);
void topology_init(void);

#endif
