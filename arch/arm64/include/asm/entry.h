/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What assembly and C must agree on; cpu.c and trap.c assert that they do. */
#ifndef ASM_ENTRY_H
#define ASM_ENTRY_H

#define PE_ALIGN      0x1000
#define CURRENT_EL2   (2 << 2)
#define PSTATE_DAIF   (0xf << 6)
#define PSTATE_EL1H   5
#define PSTATE_SS     (1 << 21)
#define SCTLR_EL1_OFF 0x30d00800 /* RES1 bits, MMU and caches off */

/* struct arch_cpu */
#define ARCH_CPU_STACK(n) ((n)*8)
#ifdef __ASSEMBLY__
#define STACK_TASK	0
#define STACK_TRAP	1
#define STACK_EMERGENCY 2
#define ARCH_STACK_SIZE 16384
#endif
#define ARCH_CPU_MPIDR 24
#define ARCH_CPU_NEXT  32

/* struct trap_frame */
#define FRAME_X(n)   ((n)*8)
#define FRAME_SP     248
#define FRAME_PC     256
#define FRAME_PSTATE 264
#define FRAME_ESR    272
#define FRAME_FAR    280
#define FRAME_VECTOR 288
#define FRAME_SIZE   304

/* ESR_EL1 */
#define ESR_CLASS_SHIFT	 26
#define CLASS_BREAKPOINT 0x31
#define CLASS_STEP	 0x33
#define CLASS_BRK	 0x3c

/* struct mmu_regs */
#define MMU_REGS_TTBR  0
#define MMU_REGS_TCR   8
#define MMU_REGS_MAIR  16
#define MMU_REGS_SCTLR 24
#define MMU_REGS_EL2   32

#endif
