/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Calls that can be abandoned. No privilege is needed: arch/host has it too. */

	.text

/*
 * int trap_call(struct abort_point *ap, void (*fn)(void *), void *arg)
 * ap->regs: rbx rbp r12 r13 r14 r15 rsp rflags; ap->armed at byte 128.
 */
	.globl	trap_call
	.type	trap_call, @function
trap_call:
	movq	%rbx, 0(%rdi)
	movq	%rbp, 8(%rdi)
	movq	%r12, 16(%rdi)
	movq	%r13, 24(%rdi)
	movq	%r14, 32(%rdi)
	movq	%r15, 40(%rdi)
	movq	%rsp, 48(%rdi)
	pushfq
	popq	56(%rdi)
	movl	$1, 128(%rdi)
	pushq	%rdi
	movq	%rsi, %rax
	movq	%rdx, %rdi
	call	*%rax
	popq	%rdi
	movl	$0, 128(%rdi)
	xorl	%eax, %eax
	ret
	.size	trap_call, . - trap_call

/* Where trap_abort_frame() lands: rdi = ap, rsp and rflags as trap_call() found them. */
	.globl	trap_call_aborted
	.hidden	trap_call_aborted
	.type	trap_call_aborted, @function
trap_call_aborted:
	movq	0(%rdi), %rbx
	movq	8(%rdi), %rbp
	movq	16(%rdi), %r12
	movq	24(%rdi), %r13
	movq	32(%rdi), %r14
	movq	40(%rdi), %r15
	movl	$0, 128(%rdi)
	movl	$1, %eax
	ret
	.size	trap_call_aborted, . - trap_call_aborted

	.section .note.GNU-stack, "", @progbits
