/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The vector table and the one trap path: save a struct trap_frame on the trap stack,
 * call C, resume the frame that C returns.
 */
#include <asm/entry.h>

	.section .text.entry, "ax"

/* One of 16 entries, 128 bytes apart. */
.macro vector n, common
	.balign	128
	sub	sp, sp, #FRAME_SIZE
	stp	x0, x1, [sp, #FRAME_X(0)]
	mov	x0, #\n
	b	\common
.endm

	.balign	2048
	.globl	vectors
	.hidden	vectors
vectors:
	/* from code on the task stack */
	.balign	128
	sub	sp, sp, #FRAME_SIZE
	stp	x0, x1, [sp, #FRAME_X(0)]
	mrs	x0, esr_el1
	lsr	x0, x0, #ESR_CLASS_SHIFT
	cmp	x0, #CLASS_STEP
	b.eq	step_exception
	mov	x0, #0
	b	from_task
	vector	1, from_task
	vector	2, from_task
	vector	3, from_task
	/* from a handler on the trap stack */
	.balign	128
	b	sync_in_handler
	vector	5, from_handler
	vector	6, from_handler
	vector	7, from_handler
	/* from a lower level: there is none */
	vector	8, from_task
	vector	9, from_task
	vector	10, from_task
	vector	11, from_task
	vector	12, from_task
	vector	13, from_task
	vector	14, from_task
	vector	15, from_task

/*
 * A fault inside a handler may be the trap stack's own overflow: look before pushing.
 * Nothing runs at EL0 here, so its thread registers are free to hold x0 and x1.
 */
	.balign	128
sync_in_handler:
	msr	tpidr_el0, x0
	msr	tpidrro_el0, x1
	mrs	x0, tpidr_el1
	ldr	x0, [x0, #ARCH_CPU_STACK(STACK_TRAP)]
	mov	x1, sp
	sub	x0, x0, x1
	mov	x1, #(ARCH_STACK_SIZE - 2 * FRAME_SIZE)
	cmp	x0, x1
	mov	x0, sp
	b.ls	1f
	mrs	x1, tpidr_el1
	ldr	x1, [x1, #ARCH_CPU_STACK(STACK_EMERGENCY)]
	mov	sp, x1
1:	sub	sp, sp, #FRAME_SIZE
	str	x0, [sp, #FRAME_SP]
	mrs	x0, tpidr_el0
	mrs	x1, tpidrro_el0
	stp	x0, x1, [sp, #FRAME_X(0)]
	mov	x0, #4
	ldr	x1, [sp, #FRAME_SP]
	b	save_rest

from_handler:
	add	x1, sp, #FRAME_SIZE
	b	save_rest
from_task:
	mrs	x1, sp_el0
save_rest:
	stp	x2, x3, [sp, #FRAME_X(2)]
	stp	x4, x5, [sp, #FRAME_X(4)]
	stp	x6, x7, [sp, #FRAME_X(6)]
	stp	x8, x9, [sp, #FRAME_X(8)]
	stp	x10, x11, [sp, #FRAME_X(10)]
	stp	x12, x13, [sp, #FRAME_X(12)]
	stp	x14, x15, [sp, #FRAME_X(14)]
	stp	x16, x17, [sp, #FRAME_X(16)]
	stp	x18, x19, [sp, #FRAME_X(18)]
	stp	x20, x21, [sp, #FRAME_X(20)]
	stp	x22, x23, [sp, #FRAME_X(22)]
	stp	x24, x25, [sp, #FRAME_X(24)]
	stp	x26, x27, [sp, #FRAME_X(26)]
	stp	x28, x29, [sp, #FRAME_X(28)]
	/* step.S comes in here */
	.globl	save_special
	.hidden	save_special
save_special:
	stp	x30, x1, [sp, #FRAME_X(30)]
	mrs	x2, elr_el1
	mrs	x3, spsr_el1
	stp	x2, x3, [sp, #FRAME_PC]
	mrs	x4, esr_el1
	mrs	x5, far_el1
	stp	x4, x5, [sp, #FRAME_ESR]
	str	x0, [sp, #FRAME_VECTOR]
	/* x29 stays: a backtrace goes on in the interrupted code. */
	mov	x1, x0
	mov	x0, sp
	bl	trap_entry

	/*
	 * x0 = frame to resume; trap_entry() put it where the stack is to end up. Mostly the
	 * registers still hold what the frame says, and reading one is cheaper than writing it.
	 */
	mov	sp, x0
	ldp	x2, x3, [sp, #FRAME_PC]
	ldr	x1, [sp, #FRAME_SP]
	mrs	x4, elr_el1
	mrs	x5, spsr_el1
	cmp	x4, x2
	b.eq	1f
	msr	elr_el1, x2
1:	cmp	x5, x3
	b.eq	2f
	msr	spsr_el1, x3
2:	tbnz	x3, #0, 3f		/* back into a handler: same stack */
	mrs	x4, sp_el0
	cmp	x4, x1
	b.eq	3f
	msr	sp_el0, x1
3:	ldp	x2, x3, [sp, #FRAME_X(2)]
	ldp	x4, x5, [sp, #FRAME_X(4)]
	ldp	x6, x7, [sp, #FRAME_X(6)]
	ldp	x8, x9, [sp, #FRAME_X(8)]
	ldp	x10, x11, [sp, #FRAME_X(10)]
	ldp	x12, x13, [sp, #FRAME_X(12)]
	ldp	x14, x15, [sp, #FRAME_X(14)]
	ldp	x16, x17, [sp, #FRAME_X(16)]
	ldp	x18, x19, [sp, #FRAME_X(18)]
	ldp	x20, x21, [sp, #FRAME_X(20)]
	ldp	x22, x23, [sp, #FRAME_X(22)]
	ldp	x24, x25, [sp, #FRAME_X(24)]
	ldp	x26, x27, [sp, #FRAME_X(26)]
	ldp	x28, x29, [sp, #FRAME_X(28)]
	ldr	x30, [sp, #FRAME_X(30)]
	ldp	x0, x1, [sp, #FRAME_X(0)]
	add	sp, sp, #FRAME_SIZE
	eret

/*
 * semihosting_call(op, block) - ask an emulator or debugger (Arm semihosting for AArch64,
 * section 4). Without one HLT is undefined and trap.c skips it: returns -1.
 */
	.globl	semihosting_call, semihosting_hlt, semihosting_absent
	.hidden	semihosting_call, semihosting_hlt, semihosting_absent
	.type	semihosting_call, %function
semihosting_call:
semihosting_hlt:
	hlt	#0xf000
	ret
semihosting_absent:
	mov	x0, #-1
	ret
	.size	semihosting_call, . - semihosting_call
