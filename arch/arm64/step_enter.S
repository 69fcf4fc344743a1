/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Into a context, out of it, and from one of its instructions to the next. While a context
 * runs the trap stack is empty, and the engine sleeps on its own stack.
 */
#include <asm/entry.h>

	.section .text.step, "ax"

/*
 * step_enter(const struct trap_frame *f, uintptr_t *sp): let the context run; *sp is where
 * step_leave() will find us. Interrupts masked, and step_leave() returns with them so.
 */
	.globl	step_enter
	.hidden	step_enter
	.type	step_enter, %function
step_enter:
	stp	x29, x30, [sp, #-96]!
	stp	x19, x20, [sp, #16]
	stp	x21, x22, [sp, #32]
	stp	x23, x24, [sp, #48]
	stp	x25, x26, [sp, #64]
	stp	x27, x28, [sp, #80]
	mov	x2, sp
	str	x2, [x1]
	ldr	x1, [x0, #FRAME_SP]
	mov	sp, x1
	msr	spsel, #1
	ldp	x2, x3, [x0, #FRAME_PC]
	mrs	x1, elr_el1		/* reading is cheaper than writing */
	cmp	x1, x2
	b.eq	1f
	msr	elr_el1, x2
1:	msr	spsr_el1, x3
	ldp	x2, x3, [x0, #FRAME_X(2)]
	ldp	x4, x5, [x0, #FRAME_X(4)]
	ldp	x6, x7, [x0, #FRAME_X(6)]
	ldp	x8, x9, [x0, #FRAME_X(8)]
	ldp	x10, x11, [x0, #FRAME_X(10)]
	ldp	x12, x13, [x0, #FRAME_X(12)]
	ldp	x14, x15, [x0, #FRAME_X(14)]
	ldp	x16, x17, [x0, #FRAME_X(16)]
	ldp	x18, x19, [x0, #FRAME_X(18)]
	ldp	x20, x21, [x0, #FRAME_X(20)]
	ldp	x22, x23, [x0, #FRAME_X(22)]
	ldp	x24, x25, [x0, #FRAME_X(24)]
	ldp	x26, x27, [x0, #FRAME_X(26)]
	ldp	x28, x29, [x0, #FRAME_X(28)]
	ldr	x30, [x0, #FRAME_X(30)]
	ldp	x0, x1, [x0, #FRAME_X(0)]
	eret
	.size	step_enter, . - step_enter

/*
 * step_leave(int stop, uintptr_t sp, uintptr_t trap_stack): from the trap stack, which is
 * empty then, back to step_enter()'s caller. No exception return: the level is the same.
 */
	.globl	step_leave
	.hidden	step_leave
	.type	step_leave, %function
step_leave:
	mov	sp, x2
	msr	spsel, #0
	mov	sp, x1
	ldp	x19, x20, [sp, #16]
	ldp	x21, x22, [sp, #32]
	ldp	x23, x24, [sp, #48]
	ldp	x25, x26, [sp, #64]
	ldp	x27, x28, [sp, #80]
	ldp	x29, x30, [sp], #96
	ret
	.size	step_leave, . - step_leave

/*
 * A step exception, x0 and x1 saved: mostly the context just goes on. Only what C may
 * change is saved; if there is more to do, C has kept the rest for the whole frame.
 */
	.globl	step_exception
	.hidden	step_exception
	.type	step_exception, %function
step_exception:
	stp	x2, x3, [sp, #FRAME_X(2)]
	stp	x4, x5, [sp, #FRAME_X(4)]
	stp	x6, x7, [sp, #FRAME_X(6)]
	stp	x8, x9, [sp, #FRAME_X(8)]
	stp	x10, x11, [sp, #FRAME_X(10)]
	stp	x12, x13, [sp, #FRAME_X(12)]
	stp	x14, x15, [sp, #FRAME_X(14)]
	stp	x16, x17, [sp, #FRAME_X(16)]
	str	x18, [sp, #FRAME_X(18)]
	str	x30, [sp, #FRAME_X(30)]
	mrs	x0, elr_el1
	bl	step_goes_on
	cbz	w0, 1f
	mrs	x0, spsr_el1
	orr	x0, x0, #PSTATE_SS
	msr	spsr_el1, x0
	ldp	x2, x3, [sp, #FRAME_X(2)]
	ldp	x4, x5, [sp, #FRAME_X(4)]
	ldp	x6, x7, [sp, #FRAME_X(6)]
	ldp	x8, x9, [sp, #FRAME_X(8)]
	ldp	x10, x11, [sp, #FRAME_X(10)]
	ldp	x12, x13, [sp, #FRAME_X(12)]
	ldp	x14, x15, [sp, #FRAME_X(14)]
	ldp	x16, x17, [sp, #FRAME_X(16)]
	ldr	x18, [sp, #FRAME_X(18)]
	ldr	x30, [sp, #FRAME_X(30)]
	ldp	x0, x1, [sp], #FRAME_SIZE
	eret
1:	str	x19, [sp, #FRAME_X(19)]
	stp	x20, x21, [sp, #FRAME_X(20)]
	stp	x22, x23, [sp, #FRAME_X(22)]
	stp	x24, x25, [sp, #FRAME_X(24)]
	stp	x26, x27, [sp, #FRAME_X(26)]
	stp	x28, x29, [sp, #FRAME_X(28)]
	ldr	x30, [sp, #FRAME_X(30)]
	mov	x0, #0
	mrs	x1, sp_el0
	b	save_special
	.size	step_exception, . - step_exception

/* Where a context's function returns to. */
	.globl	step_return
	.hidden	step_return
step_return:
	brk	#1
