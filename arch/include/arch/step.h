/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * arch/step.h - run another context on this core, one instruction at a time or up to a
 * breakpoint, and land a real NMI on one of its instruction boundaries.
 *
 * A context is a set of registers and a stack: the call of one function. It runs with a
 * struct cpu of its own in the per-core base register, so lock code in it takes itself to
 * be on that (virtual) core. x86-64: RFLAGS.TF and DR0. arm64: MDSCR_EL1.SS and a hardware
 * breakpoint.
 *
 * Wait instructions (PAUSE, YIELD, WFE, SEVL) are passed over, never executed, while
 * stepping: they have no effect but to take time, and some emulators lose the step after
 * them. On arm64 exclusive loads and stores are performed by the stepper on the context's
 * behalf, because a real step clears the monitor: a context loses its reservation when
 * another one runs (step_interrupted()), as it would by an exception return.
 */
#ifndef ARCH_STEP_H
#define ARCH_STEP_H

#include <arch/cpu.h>
#include <arch/trap.h>

/*
 * asm/step.h: struct step_exclusive, the exclusive reservation of a context (x86: empty),
 * step_forget_undefined(), which clears what is undefined in a frame that is to be compared,
 * and STEP_TARGET where a breakpoint at a function's entry needs an attribute to be fast.
 */
#include <asm/step.h>
#ifndef STEP_TARGET
#define STEP_TARGET
#endif

/*
 * One context. Plain data: copying it saves it, copying it back restores it. Whenever
 * step_run() is not running, what does not belong to it (vector, error code, syndrome, step
 * and resume flags) is zero: equal contexts are equal bytes.
 */
struct step_context {
	struct trap_frame frame;
	struct step_exclusive exclusive;
};

/* Why step_run() returned; the context is at a boundary, before the instruction at its pc. */
enum step_stop {
	STEP_RETURNED,	/* the function begun by step_call() has returned */
	STEP_BREAK,	/* at stepper.breakpoint */
	STEP_AT_WAIT,	/* before a wait instruction (if asked for by .stop_at_wait) */
	STEP_LIMIT,	/* .steps instructions are done */
	STEP_AT_SHARED, /* before an instruction that may touch memory other cores see (if
			   .stop_at_shared) */
	STEP_NMI,	/* a real NMI asked for by .nmi_at was taken here; see step_nmi_end() */
};

/* Where a real NMI is to land. */
enum step_nmi {
	STEP_NMI_NONE,
	STEP_NMI_NOW,	   /* on the boundary the context is at */
	STEP_NMI_AT_BREAK, /* on the boundary of .breakpoint, without leaving step_run() before */
};

/* What .text_class remembers of an instruction; 0: not looked at yet. */
enum step_class {
	STEP_CLASS_MASK = 3,
	STEP_PRIVATE = 1, /* registers, flags, the context's own stack */
	STEP_SHARED = 2,  /* anything else that reads or writes memory, and all unknown */
	STEP_WAIT = 3,
	STEP_SEEN = 0x80,     /* has been executed while stepping */
	STEP_NMI_SEEN = 0x40, /* kept for the caller: an NMI was landed on it */
};

/**
 * struct stepper - one core's stepping engine
 * @context: runs next; holds its registers whenever step_run() is not running
 * @base: struct cpu for the per-core base register while it runs; its arch half prepared by
 *        step_cpu_init()
 * @steps: stop after so many instructions; counts down. Not in full speed
 * @taken: counts every instruction stepped, passed over or performed
 * @full_speed: do not step: only the end of the call, the breakpoint and the NMI stop it
 * @breakpoint: address to stop at before executing it, 0: none. Not if the context is
 *              already there when step_run() begins. At full speed an NMI there with
 *              @on_nmi may use it up: then this step_run() does not stop at it again
 * @break_skip: hits of the breakpoint to let pass first (full speed); counts down
 * @stop_at_wait, @stop_at_shared: see enum step_stop; not in full speed
 * @nmi_at: see enum step_nmi; set back to STEP_NMI_NONE when it was taken
 * @on_nmi: if set, called in the real NMI's context, NMIs blocked, base register still
 *          @base, @context as interrupted; then it goes on without a stop. NULL: STEP_NMI
 * @text, @text_size, @text_class: code whose instructions are classified and marked: one
 *          byte (enum step_class) per byte of it. Code elsewhere counts as private
 * @trace, @trace_max, @trace_len: if @trace, addresses of executed instructions; a full one
 *          keeps counting in @trace_len but stores nothing
 *
 * The first instruction of a step_run() is executed (or passed over) without a look at the
 * stop conditions; before each further one they are tested in the order of enum step_stop.
 */
struct stepper {
	struct step_context *context;
	void *base;
	u64 steps, taken;
	uintptr_t breakpoint;
	u32 break_skip;
	bool full_speed, stop_at_wait, stop_at_shared;
	enum step_nmi nmi_at;
	void (*on_nmi)(struct stepper *s);
	uintptr_t text;
	size_t text_size;
	u8 *text_class;
	uintptr_t *trace;
	u32 trace_max, trace_len;
};

/* Why this machine cannot step, or NULL. Valid after arch_init(). */
const char *step_missing(void);

/**
 * step_cpu_init() - prepare the arch half of a virtual core's struct cpu
 *
 * From then on it may be stepper.base on the calling core. An NMI of the supervisor that
 * comes while it is in the base register is handled on the real core's behalf; when it
 * abandons the job (trap_abort_frame()), the base register is the real core's again and
 * stepping is off. Context: task.
 */
void step_cpu_init(struct arch_cpu *virtual_core);

/**
 * step_call() - make @c a context that calls fn(arg)
 * @stack: first byte above its stack; for a handler on top of an interrupted context
 *         frame_sp(&interrupted.frame)
 *
 * It runs with interrupts off and NMIs open. Context: any.
 */
void step_call(struct step_context *c, uintptr_t stack, uintptr_t fn, const void *arg);

/* What the called function returned, as an int; after STEP_RETURNED. */
int step_result(const struct step_context *c);

/* Forget @c's exclusive reservation: another context or an NMI comes between. */
void step_interrupted(struct step_context *c);

/**
 * step_run() - run s->context until one of the stops
 *
 * Context: task, not nested on one core. Interrupts of the supervisor get through.
 */
enum step_stop step_run(struct stepper *s);

/**
 * step_nmi_end() - the handler that began with STEP_NMI is over
 *
 * arm64: ends the interrupt, so that the next one can come. To be called before the next
 * STEP_NMI and before the interrupted context goes on. Context: task, same core.
 */
void step_nmi_end(struct stepper *s);

/* Can a boundary with these registers take an NMI? (arm64: PSTATE.I or ALLINT set: no.) */
bool step_can_take_nmi(const struct step_context *c);

#endif
