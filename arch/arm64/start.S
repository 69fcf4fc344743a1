/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * From whatever level and page tables a core comes with to ours. Everything between "MMU
 * off" and "MMU on" lives in registers: memory is seen uncached there.
 */
#include <asm/entry.h>
#include <asm/sysreg.h>

	.section .text.entry, "ax"

/*
 * What both kinds of EL2 set-up share. Reset values are unknown (Arm ARM), so every
 * control that could trap EL1 or hide a device is written. Clobbers x9.
 */
.macro el2_common
	msr	cntvoff_el2, xzr
	mrs	x9, id_aa64pfr0_el1
	ubfx	x9, x9, #24, #4			/* GIC system registers */
	cbz	x9, .Lno_gic\@
	mrs	x9, SYS_ICC_SRE_EL2
	orr	x9, x9, #1			/* system registers, */
	orr	x9, x9, #8			/* for EL1 too */
	msr	SYS_ICC_SRE_EL2, x9
	isb
	mrs	x9, SYS_ICC_SRE_EL2
	tbz	x9, #0, .Lno_gic\@
	msr	SYS_ICH_HCR_EL2, xzr
.Lno_gic\@:
	msr	hstr_el2, xzr
	msr	vttbr_el2, xzr
	mrs	x9, midr_el1
	msr	vpidr_el2, x9
	mrs	x9, mpidr_el1
	msr	vmpidr_el2, x9
	mrs	x9, id_aa64dfr0_el1
	ubfx	x9, x9, #8, #4			/* PMUVer: 0 none, 15 not the standard one */
	add	x9, x9, #1
	tst	x9, #0xe
	mov	x9, xzr
	b.eq	.Lno_pmu\@
	mrs	x9, pmcr_el0
	ubfx	x9, x9, #11, #5			/* all counters belong to EL1 */
.Lno_pmu\@:
	msr	mdcr_el2, x9
	mrs	x9, id_aa64mmfr0_el1
	ubfx	x9, x9, #56, #4			/* fine-grained traps */
	cbz	x9, .Lno_fgt\@
	msr	S3_4_C1_C1_4, xzr		/* HFGRTR_EL2 */
	msr	S3_4_C1_C1_5, xzr		/* HFGWTR_EL2 */
	msr	S3_4_C1_C1_6, xzr		/* HFGITR_EL2 */
	msr	S3_4_C3_C1_4, xzr		/* HDFGRTR_EL2 */
	msr	S3_4_C3_C1_5, xzr		/* HDFGWTR_EL2 */
.Lno_fgt\@:
	mrs	x9, id_aa64mmfr1_el1
	ubfx	x9, x9, #40, #4
	cbz	x9, .Lno_hcx\@
	msr	S3_4_C1_C2_2, xzr		/* HCRX_EL2 */
.Lno_hcx\@:
.endm

/* EL2 (VHE or not, MMU off) to EL1 with its MMU off; returns there on SP_EL1. x9, x10. */
	.globl	el2_to_el1
	.hidden	el2_to_el1
	.type	el2_to_el1, %function
el2_to_el1:
	mov	x9, #(1 << 31)			/* HCR_EL2.RW */
	msr	hcr_el2, x9
	isb
	mov	x9, #3				/* EL1 may read the counter, use the timer */
	msr	cnthctl_el2, x9
	mov	x9, #0x33ff			/* RES1, no traps */
	msr	cptr_el2, x9
	el2_common
	mov	x9, #(SCTLR_EL1_OFF & 0xffff)
	movk	x9, #(SCTLR_EL1_OFF >> 16), lsl #16
	msr	sctlr_el1, x9
	mov	x9, #(PSTATE_DAIF | PSTATE_EL1H)
	msr	spsr_el2, x9
	msr	elr_el2, x30
	eret
	.size	el2_to_el1, . - el2_to_el1

/* EL2 (MMU off) to EL2 with VHE: registers named *_EL1 are then EL2's own. x9, x10. */
	.globl	el2_to_vhe
	.hidden	el2_to_vhe
	.type	el2_to_vhe, %function
el2_to_vhe:
	ldr	x9, =(1 << 34 | 1 << 31 | 1 << 27 | 7 << 3)	/* E2H, RW, TGE, AMO IMO FMO */
	msr	hcr_el2, x9
	isb
	mov	x9, #(3 << 20)			/* CPACR layout: no FP traps */
	msr	cptr_el2, x9
	el2_common
	ret
	.size	el2_to_vhe, . - el2_to_vhe

/*
 * mmu_enter(const struct mmu_regs *regs) - switch this core to our page tables, and to
 * the exception level they are for. Interrupts masked; identity-mapped before and after.
 * Both stack pointers keep their values.
 */
	.globl	mmu_enter
	.hidden	mmu_enter
	.type	mmu_enter, %function
mmu_enter:
	ldp	x1, x2, [x0, #MMU_REGS_TTBR]
	ldp	x3, x4, [x0, #MMU_REGS_MAIR]
	ldr	x5, [x0, #MMU_REGS_EL2]
	mov	x6, x30
	mrs	x7, spsel
	msr	spsel, #0
	mov	x11, sp
	msr	spsel, #1
	mov	x12, sp
	dsb	sy
	mrs	x8, CurrentEL
	cmp	x8, #CURRENT_EL2
	b.eq	1f

	mrs	x9, sctlr_el1
	tbz	x9, #0, 3f			/* a new core: off already */
	bic	x9, x9, #1			/* MMU off, */
	bic	x9, x9, #4			/* and data cache */
	msr	sctlr_el1, x9
	isb
	b	3f

1:	mrs	x9, sctlr_el2
	bic	x9, x9, #1
	bic	x9, x9, #4
	msr	sctlr_el2, x9
	isb
	cbz	x5, 2f
	bl	el2_to_vhe
	b	3f
2:	bl	el2_to_el1

3:	msr	spsel, #1
	mov	sp, x12
	msr	spsel, #0
	mov	sp, x11
	msr	spsel, x7
	bl	mmu_on
	adrp	x9, vectors
	add	x9, x9, :lo12:vectors
	msr	vbar_el1, x9
	isb
	ret	x6
	.size	mmu_enter, . - mmu_enter

/* x1 TTBR0, x2 TCR, x3 MAIR, x4 SCTLR */
	.type	mmu_on, %function
mmu_on:
	tlbi	vmalle1
	dsb	nsh
	msr	mair_el1, x3
	msr	tcr_el1, x2
	msr	ttbr0_el1, x1
	isb
	msr	sctlr_el1, x4
	isb
	ic	iallu
	dsb	nsh
	isb
	ret
	.size	mmu_on, . - mmu_on

/*
 * A secondary core through PSCI (DEN0022, section 6.4): MMU off, x0 = its struct
 * arch_cpu. Through a spin table nothing is passed: the core finds itself by MPIDR in the
 * list of released ones.
 */
	.globl	secondary_psci
	.hidden	secondary_psci
	.type	secondary_psci, %function
secondary_psci:
	mov	x20, x0
	bl	secondary_mmu
secondary_common:
	ldr	x9, [x20, #ARCH_CPU_STACK(STACK_TRAP)]
	msr	spsel, #1
	mov	sp, x9
	ldr	x9, [x20, #ARCH_CPU_STACK(STACK_TASK)]
	msr	spsel, #0
	mov	sp, x9
	msr	tpidr_el1, x20
	mov	x0, x20
	mov	x29, xzr
	bl	secondary_main
	b	.
	.size	secondary_psci, . - secondary_psci

	.globl	secondary_spin
	.hidden	secondary_spin
	.type	secondary_spin, %function
secondary_spin:
	bl	secondary_mmu
	mrs	x9, mpidr_el1
	ldr	x10, =0xff00ffffff
	and	x9, x9, x10
	adrp	x20, spin_table_cpus
	ldr	x20, [x20, :lo12:spin_table_cpus]
1:	cbz	x20, 2f
	ldr	x10, [x20, #ARCH_CPU_MPIDR]
	cmp	x9, x10
	b.eq	secondary_common
	ldr	x20, [x20, #ARCH_CPU_NEXT]
	b	1b
2:	wfi					/* not one of ours */
	b	2b
	.size	secondary_spin, . - secondary_spin

	.type	secondary_mmu, %function
secondary_mmu:
	msr	daifset, #0xf
	adrp	x0, mmu_regs
	add	x0, x0, :lo12:mmu_regs
	b	mmu_enter
	.size	secondary_mmu, . - secondary_mmu
