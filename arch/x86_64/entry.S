/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Every way into C: 256 vectors, one frame, one C function that returns the frame to
 * resume. There is no user mode, so nothing swaps GS, and no SSE state to save: the
 * image is compiled for general registers only.
 */

#define VECTOR_DB  1
#define VECTOR_NMI 2
#define VECTOR_BP  3

#define ICR_NMI	       0x4400
#define MSR_X2APIC_ICR 0x830
#define FRAME_SIZE 176 /* struct trap_frame */

	.text

.macro save_registers
	pushq	%rax
	pushq	%rcx
	pushq	%rdx
	pushq	%rbx
	pushq	%rbp
	pushq	%rsi
	pushq	%rdi
	pushq	%r8
	pushq	%r9
	pushq	%r10
	pushq	%r11
	pushq	%r12
	pushq	%r13
	pushq	%r14
	pushq	%r15
	cld
.endm

/* The frame in %rax. */
.macro resume_frame
	movq	%rax, %rsp
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
.endm

/*
 * One stub of 16 bytes per vector. Vectors 8, 10-14, 17, 21, 29 and 30 come with an error
 * code; the others get a zero, so that all frames look alike (SDM volume 3, 6.13).
 */
	.balign	16
	.globl	trap_stubs
	.hidden	trap_stubs
trap_stubs:
	vector = 0
	.rept	256
	.balign	16
	.if	!(vector == 8 || (vector >= 10 && vector <= 14) || vector == 17 || vector == 21 || \
		  vector == 29 || vector == 30)
	pushq	$0
	.endif
	pushq	$vector
	jmp	trap_common
	vector = vector + 1
	.endr

	.type	trap_common, @function
trap_common:
	save_registers
trap_saved:
	movq	%rsp, %rdi
	call	trap_dispatch
trap_resume:
	resume_frame
	.size	trap_common, . - trap_common

/*
 * The NMI comes in on its own IST stack with further NMIs blocked. Either a raw hook
 * (struct arch_cpu.nmi_hook, %gs:8) handles it right here, or the frame moves to the
 * core's NMI stack, where a nested NMI cannot overwrite it, and kernel_nmi() runs there.
 */
	.globl	nmi_entry
	.hidden	nmi_entry
	.type	nmi_entry, @function
nmi_entry:
	pushq	$0
	pushq	$VECTOR_NMI
	save_registers
	movq	%rsp, %rdi
	movq	%gs:8, %rax
	testq	%rax, %rax
	jnz	1f
	call	nmi_stack_top
	/* By pushes: REP MOVS is slow to start, and slower emulated. */
	leaq	FRAME_SIZE(%rsp), %rdi
	movq	%rax, %rsp
	offset = 0
	.rept	FRAME_SIZE / 8
	offset = offset + 8
	pushq	-offset(%rdi)
	.endr
	movq	%rsp, %rdi
	call	nmi_dispatch
	jmp	trap_resume
1:	call	*%rax
	jmp	trap_resume
	.size	nmi_entry, . - nmi_entry

/*
 * #DB and #BP. While a context is stepped their stack is the context's own frame, so that
 * the processor and the pushes here store its registers where they are kept. Then the engine
 * goes on where it called step_enter(): struct arch_cpu.home is %gs:64, its step_sp 72.
 */
	.globl	step_db_entry
	.hidden	step_db_entry
	.type	step_db_entry, @function
step_db_entry:
	pushq	$0
	pushq	$VECTOR_DB
step_leave_frame:
	save_registers
	movq	%gs:64, %rax
	movq	72(%rax), %rcx
	testq	%rcx, %rcx
	jz	trap_saved
	movq	%rcx, %rsp
	.globl	step_leave
	.hidden	step_leave
step_leave:
	popq	%r15
	popq	%r14
	popq	%r13
	popq	%r12
	popq	%rbp
	popq	%rbx
	ret
	.size	step_db_entry, . - step_db_entry

	.globl	step_bp_entry
	.hidden	step_bp_entry
	.type	step_bp_entry, @function
step_bp_entry:
	pushq	$0
	pushq	$VECTOR_BP
	jmp	step_leave_frame
	.size	step_bp_entry, . - step_bp_entry

.macro save_engine
	pushq	%rbx
	pushq	%rbp
	pushq	%r12
	pushq	%r13
	pushq	%r14
	pushq	%r15
	movq	%rsp, 72(%rdi)
.endm

/* void step_enter(struct arch_cpu *home, struct trap_frame *f): returns by step_leave. */
	.globl	step_enter
	.hidden	step_enter
	.type	step_enter, @function
step_enter:
	save_engine
	movq	%rsi, %rax
	jmp	trap_resume
	.size	step_enter, . - step_enter

/*
 * void step_enter_nmi(struct arch_cpu *home, struct trap_frame *f): as step_enter(), with an
 * NMI sent as late as can be: no jump follows, for emulators look for interrupts there. From
 * step_landing (96) on any NMI takes the engine's place, so step_sp comes first. x2APIC: the
 * command's other half is the core's own id, struct arch_cpu.apic_id (100).
 */
	.globl	step_enter_nmi
	.hidden	step_enter_nmi
	.type	step_enter_nmi, @function
step_enter_nmi:
	save_engine
	movb	$1, 96(%rdi)
	movq	%rdi, %rbx
	movq	%rsi, %r12
	subq	$8, %rsp
	call	apic_aim_self
	movq	%rax, %rdx
	testq	%rdx, %rdx
	jz	1f
	movq	%r12, %rax
	movl	$ICR_NMI, (%rdx)
	resume_frame
1:	movl	100(%rbx), %edx
	movl	$ICR_NMI, %eax
	movl	$MSR_X2APIC_ICR, %ecx
	wrmsr
	movq	%r12, %rax
	resume_frame
	.size	step_enter_nmi, . - step_enter_nmi

/* Where a context's function returns to; at full speed its #BP ends the run. */
	.globl	step_return
	.hidden	step_return
	.type	step_return, @function
step_return:
	int3
	.size	step_return, . - step_return

/*
 * void nmi_body_begin(void): IRETQ to the next instruction. It is the only instruction
 * that ends NMI blocking (SDM volume 3, 6.7.1).
 */
	.globl	nmi_body_begin
	.type	nmi_body_begin, @function
nmi_body_begin:
	movq	%rsp, %rax
	movl	%ss, %ecx
	pushq	%rcx
	pushq	%rax
	pushfq
	movl	%cs, %ecx
	pushq	%rcx
	leaq	1f(%rip), %rcx
	pushq	%rcx
	iretq
1:	ret
	.size	nmi_body_begin, . - nmi_body_begin

/*
 * bool msr_read_guarded(u32 msr, u64 *value): false if RDMSR faulted. trap.c resumes a #GP
 * at msr_guarded_insn in msr_guarded_fixup.
 */
	.globl	msr_read_guarded
	.hidden	msr_read_guarded
	.type	msr_read_guarded, @function
msr_read_guarded:
	movl	%edi, %ecx
	.globl	msr_guarded_insn
	.hidden	msr_guarded_insn
msr_guarded_insn:
	rdmsr
	shlq	$32, %rdx
	movl	%eax, %eax
	orq	%rdx, %rax
	movq	%rax, (%rsi)
	movl	$1, %eax
	ret
	.globl	msr_guarded_fixup
	.hidden	msr_guarded_fixup
msr_guarded_fixup:
	xorl	%eax, %eax
	ret
	.size	msr_read_guarded, . - msr_read_guarded

/*
 * void cpu_idle(void): STI keeps interrupts off for one more instruction, but an NMI may
 * land between the two and then an interrupt before HLT; trap.c moves a wake-up that
 * arrives at cpu_idle_hlt past the HLT, so that none is slept through.
 */
	.globl	cpu_idle
	.type	cpu_idle, @function
cpu_idle:
	sti
	.globl	cpu_idle_hlt
	.hidden	cpu_idle_hlt
cpu_idle_hlt:
	hlt
	cli
	ret
	.size	cpu_idle, . - cpu_idle

/* void load_segments(void): our CS and data segments from the GDT just loaded. */
	.globl	load_segments
	.hidden	load_segments
	.type	load_segments, @function
load_segments:
	popq	%rax
	pushq	$0x08
	pushq	%rax
	movl	$0x10, %ecx
	movl	%ecx, %ds
	movl	%ecx, %es
	movl	%ecx, %ss
	xorl	%ecx, %ecx
	movl	%ecx, %fs
	lretq
	.size	load_segments, . - load_segments

	.section .note.GNU-stack, "", @progbits
