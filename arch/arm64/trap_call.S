/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Calls that can be abandoned. No privilege is needed: arch/host has it too. */

	.text

/*
 * trap_call(ap, fn, arg): the abort point holds x19-x30, the stack pointer and the place
 * to go on from (struct abort_regs in asm/trap.h). Runs on the task stack.
 */
	.globl	trap_call
	.hidden	trap_call
	.type	trap_call, %function
trap_call:
	stp	x29, x30, [sp, #-32]!
	str	x19, [sp, #16]
	mov	x29, sp
	stp	x19, x20, [x0]
	stp	x21, x22, [x0, #16]
	stp	x23, x24, [x0, #32]
	stp	x25, x26, [x0, #48]
	stp	x27, x28, [x0, #64]
	mov	x9, sp
	adr	x10, trap_call_aborted
	stp	x29, x9, [x0, #80]
	str	x10, [x0, #96]
	mov	x19, x0
	mov	w9, #1
	str	w9, [x0, #128]		/* armed, after all the rest */
	mov	x0, x2
	blr	x1
	str	wzr, [x19, #128]
	mov	w0, #0
	ldr	x19, [sp, #16]
	ldp	x29, x30, [sp], #32
	ret
	/* trap_abort_frame() resumes here with the registers above */
trap_call_aborted:
	mov	w0, #1
	ldr	x19, [sp, #16]
	ldp	x29, x30, [sp], #32
	ret
	.size	trap_call, . - trap_call

	.section .note.GNU-stack, "", %progbits
