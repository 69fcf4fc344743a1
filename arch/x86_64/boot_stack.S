/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The boot core's stack, used through both doors, with room for a guard page below. */

#define BOOT_STACK_SIZE 32768

	.text
/* void door_switch_stack(struct boot_info *bi, void (*fn)(struct boot_info *)) */
	.globl	door_switch_stack
	.type	door_switch_stack, @function
door_switch_stack:
	cli
	cld
	leaq	door_stack_top(%rip), %rsp
	xorl	%ebp, %ebp
	call	*%rsi
	.size	door_switch_stack, . - door_switch_stack

	.section .bss.boot_stack, "aw", @nobits
	.balign	4096
	.globl	door_stack_guard, door_stack_top
	.hidden	door_stack_guard, door_stack_top
door_stack_guard:
	.skip	4096
	.skip	BOOT_STACK_SIZE
door_stack_top:

	.section .note.GNU-stack, "", @progbits
