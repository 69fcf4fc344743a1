/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * arch/trap.h - exceptions, and the one trap path that everything shares.
 *
 * Every exception and NMI saves a struct trap_frame and calls C; C returns the frame to
 * resume, usually the same one. Resuming another frame is how the supervisor takes a
 * hung core back, how a stepper lands an NMI on an instruction, and how virtual cores
 * change places.
 */
#ifndef ARCH_TRAP_H
#define ARCH_TRAP_H

#include <arch/types.h>

struct arch_cpu;
struct trap_frame; /* general registers, pc, sp, flags: asm/trap.h */

/* Program counter, stack pointer and first argument register of the interrupted code. */
static inline uintptr_t frame_pc(const struct trap_frame *f);
static inline uintptr_t frame_sp(const struct trap_frame *f);
static inline uintptr_t frame_fp(const struct trap_frame *f);

struct text; /* kernel/printf.h: a bounded text buffer */

/* Print all registers of @f, several to a line, each line beginning with "# reg ". */
void frame_print(const struct trap_frame *f, struct text *out);

/**
 * struct abort_point - where a job can be taken back to
 *
 * Filled by trap_call(); sized for the callee-saved registers of either architecture.
 */
struct abort_point {
	u64 regs[16];
	u32 armed;
};

/**
 * trap_call() - call fn(arg) so that an NMI can abandon it
 * @ap:  this core's abort point
 *
 * Return: 0 when @fn returned by itself, 1 when trap_abort_frame() ended it (the stack
 * is back where it was; whatever @fn held is still held). Context: task.
 */
int trap_call(struct abort_point *ap, void (*fn)(void *), void *arg);

/**
 * trap_abort_frame() - redirect @f so that resuming it makes trap_call(@ap) return 1
 *
 * For any frame of this core, also one taken inside an NMI handler: the abandoned
 * handler never returns, so the architecture also closes its interrupt (priority drop,
 * NMI blocking). Returns the frame to resume. Context: NMI handler of the same core.
 */
struct trap_frame *trap_abort_frame(struct trap_frame *f, struct abort_point *ap);

/*
 * Provided by the kernel, called by the architecture:
 */

/* An NMI that the architecture acknowledged; see arch/nmi.h for @sources. */
struct trap_frame *kernel_nmi(struct trap_frame *f, u32 sources);

/*
 * Has someone left a request for @cpu that no NMI has looked at yet? The stepper asks, whose
 * own NMIs may have met that request's. Context: any.
 */
bool kernel_nmi_wanted(const struct arch_cpu *cpu);

/* An exception nobody handles: prints the dump and "Bail out!", then ends the run. */
__noreturn void kernel_bad_trap(struct trap_frame *f, const char *what);

#include <asm/trap.h>

#endif
