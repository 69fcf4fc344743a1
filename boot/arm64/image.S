/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The first page of the arm64 file: a Linux Image header and a PE header at once, so
 * that the same file is a -kernel image and an EFI application; then both doors' first
 * instructions. Formats: Linux Documentation/arch/arm64/booting.rst; Microsoft PE
 * format, sections "Optional Header" and "Section Table"; UEFI 2.10, section 2.1.1.
 */
#include <asm/entry.h>

	.section .head, "ax"
	.balign	4096
	.globl	image_start
	.hidden	image_start
image_start:
	.inst	0x91005a4d		/* "MZ": add x13, x18, #22, harmless */
	b	direct_entry
	.quad	0			/* load at any 2 MiB boundary */
	.quad	image_end_offset	/* size in memory, .bss included */
	.quad	0xa			/* little endian, 4 KiB pages, anywhere in RAM */
	.quad	0, 0, 0
	.ascii	"ARM\x64"
	.long	pe_header - image_start

	.balign	8
pe_header:
	.ascii	"PE\0\0"
	.short	0xaa64			/* machine: ARM64 */
	.short	2			/* sections */
	.long	0, 0, 0			/* no time, no symbols */
	.short	section_table - optional_header
	.short	0x206			/* executable, no line numbers, no debug */

optional_header:
	.short	0x20b			/* PE32+ */
	.byte	2, 40			/* linker version */
	.long	text_file_size		/* code size */
	.long	data_file_size				/* initialised data */
	.long	bss_size
	.long	efi_entry_offset
	.long	PE_ALIGN				/* base of code */
	.quad	0					/* preferred base: none */
	.long	PE_ALIGN, 512				/* in memory, in the file */
	.short	0, 0, 0, 0, 0, 0			/* versions */
	.long	0
	.long	image_end_offset
	.long	PE_ALIGN				/* headers */
	.long	0					/* checksum */
	.short	10					/* EFI application */
	.short	0x100					/* data is never executed */
	.quad	0, 0, 0, 0				/* stack and heap: not used */
	.long	0
	.long	6					/* directories, all empty */
	.quad	0, 0, 0, 0, 0, 0

section_table:
	.ascii	".text\0\0\0"
	.long	text_file_size, PE_ALIGN
	.long	text_file_size, PE_ALIGN
	.long	0, 0
	.short	0, 0
	.long	0x60000020				/* code, read, execute */
	.ascii	".data\0\0\0"
	.long	data_size, data_start_offset
	.long	data_file_size, data_start_offset
	.long	0, 0
	.short	0, 0
	.long	0xc0000040				/* data, read, write */

	.section .text.entry, "ax"

/*
 * The direct door. x0 = device tree, MMU off, EL1 or EL2. Linux's boot protocol: the
 * loader wrote the file through to memory, but nobody cleared .bss.
 */
	.globl	direct_entry
	.hidden	direct_entry
	.type	direct_entry, %function
direct_entry:
	mov	x20, x0
	bl	relocate
	adrp	x9, bss_start
	add	x9, x9, :lo12:bss_start
	adrp	x10, image_end
	add	x10, x10, :lo12:image_end
1:	.irp at, 0, 16, 32, 48, 64, 80, 96, 112
	stp	xzr, xzr, [x9, #\at]
	.endr
	add	x9, x9, #128		/* both ends are on pages */
	cmp	x9, x10
	b.lo	1b

	/*
	 * From here on only registers named *_EL1 are used: at EL2 that needs VHE.
	 * Without it there is no choice but EL1; with it arch_init() decides.
	 */
	mrs	x21, CurrentEL
	adrp	x9, entry_level
	str	w21, [x9, :lo12:entry_level]
	cmp	x21, #CURRENT_EL2
	b.ne	3f
	mrs	x9, id_aa64mmfr1_el1
	ubfx	x9, x9, #8, #4		/* VH */
	cbz	x9, 2f
	bl	el2_to_vhe
	b	3f
2:	bl	el2_to_el1
3:	bl	early_stacks
	mov	x0, x20
	mov	x29, xzr
	bl	direct_main
	b	.
	.size	direct_entry, . - direct_entry

/*
 * The UEFI door. x0 = image handle, x1 = system table; the firmware's stack and page
 * tables, .bss cleared. Returns to the firmware if it cannot go on.
 */
	.globl	efi_entry
	.hidden	efi_entry
	.type	efi_entry, %function
efi_entry:
	stp	x29, x30, [sp, #-32]!
	mov	x29, sp
	stp	x0, x1, [sp, #16]
	bl	relocate
	ldp	x0, x1, [sp, #16]
	bl	efi_main
	ldp	x29, x30, [sp], #32
	ret
	.size	efi_entry, . - efi_entry

/*
 * door_switch_stack(bi, fn): leave the firmware's stack for good and call fn(bi), with all
 * interrupts masked.
 */
	.globl	door_switch_stack
	.hidden	door_switch_stack
	.type	door_switch_stack, %function
door_switch_stack:
	mov	x20, x1
	bl	early_stacks
	mov	x29, xzr
	blr	x20
	b	.
	.size	door_switch_stack, . - door_switch_stack

/*
 * Stacks and base register of the boot core. Where the vectors can be ours already (not
 * at a firmware's EL2 without VHE), they are.
 */
	.type	early_stacks, %function
early_stacks:
	msr	daifset, #0xf
	adrp	x9, early_cpu
	add	x9, x9, :lo12:early_cpu
	msr	tpidr_el1, x9
	msr	spsel, #1
	adrp	x10, boot_stack_tops
	add	x10, x10, :lo12:boot_stack_tops
	ldr	x11, [x10, #ARCH_CPU_STACK(STACK_EMERGENCY)]
	str	x11, [x9, #ARCH_CPU_STACK(STACK_EMERGENCY)]
	ldr	x11, [x10, #ARCH_CPU_STACK(STACK_TRAP)]
	str	x11, [x9, #ARCH_CPU_STACK(STACK_TRAP)]
	mov	sp, x11
	msr	spsel, #0
	ldr	x11, [x10, #ARCH_CPU_STACK(STACK_TASK)]
	str	x11, [x9, #ARCH_CPU_STACK(STACK_TASK)]
	mov	sp, x11
	adrp	x10, vectors
	add	x10, x10, :lo12:vectors
	msr	vbar_el1, x10
	isb
	ret
	.size	early_stacks, . - early_stacks

/*
 * Add the load address to every pointer in .data: the file is linked at 0. The list of
 * their offsets, ended by 0, lies where .bss begins (pack_relocs.py), and is cleared.
 */
	.type	relocate, %function
relocate:
	adrp	x9, bss_start
	add	x9, x9, :lo12:bss_start
	adrp	x11, image_start
1:	ldr	w12, [x9]
	cbz	w12, 2f
	str	wzr, [x9], #4
	ldr	x13, [x11, x12]
	add	x13, x13, x11
	str	x13, [x11, x12]
	b	1b
2:	ret
	.size	relocate, . - relocate
