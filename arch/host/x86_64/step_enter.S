/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Into a context and back; x86_64/step.c tells how. */

	.text

.macro save_engine
	pushq	%rbx
	pushq	%rbp
	pushq	%r12
	pushq	%r13
	pushq	%r14
	pushq	%r15
	movq	%rsp, 16(%rdi)
.endm

/* void step_enter(struct arch_cpu *home, struct trap_frame *f): returns by step_leave. */
	.globl	step_enter
	.hidden	step_enter
	.type	step_enter, @function
step_enter:
	save_engine
	movq	%rsi, %rsp
	popq	%r15
	popq	%r14
	popq	%r13
	popq	%r12
	popq	%r11
	popq	%r10
	popq	%r9
	popq	%r8
	popq	%rdi
	popq	%rsi
	popq	%rbp
	popq	%rbx
	popq	%rdx
	popq	%rcx
	popq	%rax
	addq	$16, %rsp
	iretq
	.size	step_enter, . - step_enter

/* void step_enter_by_nmi(struct arch_cpu *home): the signal that is sent resumes the context. */
	.globl	step_enter_by_nmi
	.hidden	step_enter_by_nmi
	.type	step_enter_by_nmi, @function
step_enter_by_nmi:
	save_engine
	.globl	step_landing_trap
	.hidden	step_landing_trap
step_landing_trap:
	int3
	ud2
	.size	step_enter_by_nmi, . - step_enter_by_nmi

/* Where a handler resumes the engine, with its stack pointer as saved. */
	.globl	step_leave
	.hidden	step_leave
	.type	step_leave, @function
step_leave:
	popq	%r15
	popq	%r14
	popq	%r13
	popq	%r12
	popq	%rbp
	popq	%rbx
	ret
	.size	step_leave, . - step_leave

/* Where a context's function returns to; at full speed its SIGTRAP ends the run. */
	.globl	step_return
	.hidden	step_return
	.type	step_return, @function
step_return:
	int3
	.size	step_return, . - step_return

	.section .note.GNU-stack, "", @progbits
