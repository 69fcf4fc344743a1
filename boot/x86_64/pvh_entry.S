/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The direct door: Xen's PVH start protocol (Xen docs/misc/pvh), which QEMU's -kernel
 * speaks. 32-bit protected mode, no paging, EBX = struct hvm_start_info. Also the boot
 * core's stack, which both doors use.
 */

#define X86_CS         0x08
#define X86_DS         0x10
#define MSR_EFER       0xc0000080
#define EFER_LME_NXE   0x900
#define CR0_PE_NE_WP_PG 0x80010021
#define CR4_PAE        0x20
#define PTE_TABLE      0x23
#define PTE_2M         0xe3
#define NOTE_PHYS32_ENTRY 18

	.section .note.pvh, "a", @note
	.balign	4
	.long	4, 4, NOTE_PHYS32_ENTRY
	.asciz	"Xen"
	.long	pvh_entry

	.section .text.head, "ax", @progbits
	.code32
	.globl	pvh_entry
	.type	pvh_entry, @function
pvh_entry:
	cli
	cld
	movl	%ebx, %esi
	/* Four page directories of 2 MiB pages map the first 4 GiB. */
	movl	$boot_pd, %edi
	movl	$PTE_2M, %eax
	xorl	%edx, %edx
1:	movl	%eax, (%edi)
	movl	$0, 4(%edi)
	addl	$8, %edi
	addl	$0x200000, %eax
	jnc	1b
	movl	$boot_pdpt, %edi
	movl	$boot_pd + PTE_TABLE, %eax
	movl	$4, %ecx
2:	movl	%eax, (%edi)
	addl	$8, %edi
	addl	$4096, %eax
	loop	2b
	movl	$boot_pdpt + PTE_TABLE, boot_pml4
	movl	$boot_pml4, %eax
	movl	%eax, %cr3
	movl	$CR4_PAE, %eax
	movl	%eax, %cr4
	movl	$MSR_EFER, %ecx
	movl	$EFER_LME_NXE, %eax
	xorl	%edx, %edx
	wrmsr
	movl	$CR0_PE_NE_WP_PG, %eax
	movl	%eax, %cr0
	lgdt	gdt_pointer32
	ljmp	$X86_CS, $pvh_entry64
	.size	pvh_entry, . - pvh_entry

	.code64
	.type	pvh_entry64, @function
pvh_entry64:
	movl	$X86_DS, %eax
	movl	%eax, %ds
	movl	%eax, %es
	movl	%eax, %ss
	leaq	door_stack_top(%rip), %rsp
	xorl	%ebp, %ebp
	movl	%esi, %edi
	call	pvh_main
	.size	pvh_entry64, . - pvh_entry64

	.section .rodata.pvh, "a", @progbits
	.balign	8
gdt:
	.quad	0
	.quad	0x00af9b000000ffff
	.quad	0x00cf93000000ffff
gdt_pointer32:
	.word	gdt_pointer32 - gdt - 1
	.long	gdt

	.section .bss.boot_tables, "aw", @nobits
	.balign	4096
boot_pml4:
	.skip	4096
boot_pdpt:
	.skip	4096
boot_pd:
	.skip	4 * 4096

	.section .note.GNU-stack, "", @progbits
