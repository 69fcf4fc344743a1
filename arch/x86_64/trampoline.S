/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Where a secondary core wakes up: real mode, at the start of a page below 1 MiB that
 * holds a copy of trampoline_start .. trampoline_end. The page is entered by many cores
 * at once, so it uses no stack and writes nothing.
 */

#define X86_CS   0x08
#define X86_DS   0x10
#define MSR_EFER 0xc0000080

/* Offset from the page's start; DS points at the page. */
#define AT(label) ((label) - trampoline_start)

	.section .rodata.trampoline, "a", @progbits
	.balign	16
	.globl	trampoline_start, trampoline_end
	.hidden	trampoline_start, trampoline_end
	.code16
trampoline_start:
	cli
	cld
	movw	%cs, %ax
	movw	%ax, %ds
	lgdtl	AT(gdt_pointer)
	movl	AT(trampoline_cr4), %eax
	movl	%eax, %cr4
	movl	AT(trampoline_cr3), %eax
	movl	%eax, %cr3
	movl	$MSR_EFER, %ecx
	movl	AT(trampoline_efer), %eax
	xorl	%edx, %edx
	wrmsr
	/* Protection and paging together: from real mode to long mode in one step. */
	movl	AT(trampoline_cr0), %eax
	movl	%eax, %cr0
	ljmpl	*AT(trampoline_far)

	.code64
trampoline_64:
	movl	$X86_DS, %eax
	movl	%eax, %ds
	movl	%eax, %es
	movl	%eax, %ss
	jmp	*trampoline_entry(%rip)

	.balign	8
trampoline_gdt:
	.quad	0
	.quad	0x00af9b000000ffff
	.quad	0x00cf93000000ffff
trampoline_gdt_end:

/* Filled in by smp.c, in the copy. */
	.globl	trampoline_gdt, gdt_pointer, trampoline_64
	.globl	trampoline_cr0, trampoline_cr3, trampoline_cr4, trampoline_efer
	.globl	trampoline_far, trampoline_entry
	.hidden	trampoline_gdt, gdt_pointer, trampoline_64
	.hidden	trampoline_cr0, trampoline_cr3, trampoline_cr4, trampoline_efer
	.hidden	trampoline_far, trampoline_entry
	.word	0
gdt_pointer:
	.word	trampoline_gdt_end - trampoline_gdt - 1
	.long	0
	.word	0
	.balign	8
trampoline_entry:
	.quad	0
trampoline_far:
	.long	0
	.word	X86_CS
	.word	0
trampoline_cr0:
	.long	0
trampoline_cr3:
	.long	0
trampoline_cr4:
	.long	0
trampoline_efer:
	.long	0
trampoline_end:

/*
 * First instruction of a secondary core in the image: find out who we are, by APIC id
 * (never by order of arrival), take our stack, and go to C. rbx is CPUID's.
 */
	.text
	.globl	secondary_entry
	.hidden	secondary_entry
	.type	secondary_entry, @function
secondary_entry:
	movl	smp_id_leaf(%rip), %eax
	movl	%eax, %esi
	xorl	%ecx, %ecx
	cpuid
	movl	%edx, %eax
	cmpl	$0xb, %esi
	je	1f
	movl	%ebx, %eax
	shrl	$24, %eax
1:	movl	smp_nr_asked(%rip), %ecx
	leaq	smp_asked_id(%rip), %rdi
	movq	%rdi, %rdx
	testl	%ecx, %ecx
	jz	2f
	repne scasl
	jne	2f
	subq	%rdx, %rdi
	leaq	smp_asked_cpu(%rip), %rsi
	movq	-8(%rsi, %rdi, 2), %rdi
	movq	16(%rdi), %rsp
	xorl	%ebp, %ebp
	call	secondary_main
2:	cli
	hlt
	jmp	2b
	.size	secondary_entry, . - secondary_entry

	.section .note.GNU-stack, "", @progbits
