/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * System registers by their assembler names. Those that gas 2.40 does not know are
 * spelled S<op0>_<op1>_<CRn>_<CRm>_<op2> (Arm ARM, section D18).
 */
#ifndef ASM_SYSREG_H
#define ASM_SYSREG_H

#define SYS_ICC_PMR_EL1	    S3_0_C4_C6_0
#define SYS_ICC_IAR1_EL1    S3_0_C12_C12_0
#define SYS_ICC_EOIR1_EL1   S3_0_C12_C12_1
#define SYS_ICC_BPR1_EL1    S3_0_C12_C12_3
#define SYS_ICC_CTLR_EL1    S3_0_C12_C12_4
#define SYS_ICC_SRE_EL1	    S3_0_C12_C12_5
#define SYS_ICC_IGRPEN1_EL1 S3_0_C12_C12_7
#define SYS_ICC_DIR_EL1	    S3_0_C12_C11_1
#define SYS_ICC_RPR_EL1	    S3_0_C12_C11_3
#define SYS_ICC_SGI1R_EL1   S3_0_C12_C11_5
#define SYS_ICC_AP1R0_EL1   S3_0_C12_C9_0
#define SYS_ICC_NMIAR1_EL1  S3_0_C12_C9_5
#define SYS_ICC_SRE_EL2	    S3_4_C12_C9_5
#define SYS_ICH_HCR_EL2	    S3_4_C12_C11_0
#define SYS_ALLINT	    S3_0_C4_C3_0

#ifndef __ASSEMBLY__
#include <arch/types.h>

#define SYSREG_STRING(x) #x
#define SYSREG_NAME(x)	 SYSREG_STRING(x)

#define sysreg_read(r)                                                                             \
	({                                                                                         \
		u64 v_;                                                                            \
		__asm__ volatile("mrs %0, " SYSREG_NAME(r) : "=r"(v_)::"memory");                  \
		v_;                                                                                \
	})
#define sysreg_write(r, v)                                                                         \
	__asm__ volatile("msr " SYSREG_NAME(r) ", %x0" ::"rZ"((u64)(v)) : "memory")

#define isb()	 __asm__ volatile("isb" ::: "memory")
#define dsb(opt) __asm__ volatile("dsb " #opt ::: "memory")
#define dmb(opt) __asm__ volatile("dmb " #opt ::: "memory")

/* A 4-bit field of an ID register. */
static inline u32 id_field(u64 reg, u32 shift)
{
	return (reg >> shift) & 15;
}

/* Device accesses: one load or store of that width, never merged or split. */
static inline u8 mmio_read8(u64 a)
{
	u8 v;

	__asm__ volatile("ldrb %w0, [%1]" : "=r"(v) : "r"(a) : "memory");
	return v;
}

static inline u32 mmio_read32(u64 a)
{
	u32 v;

	__asm__ volatile("ldr %w0, [%1]" : "=r"(v) : "r"(a) : "memory");
	return v;
}

static inline u64 mmio_read64(u64 a)
{
	u64 v;

	__asm__ volatile("ldr %0, [%1]" : "=r"(v) : "r"(a) : "memory");
	return v;
}

static inline void mmio_write8(u64 a, u8 v)
{
	__asm__ volatile("strb %w0, [%1]" ::"rZ"(v), "r"(a) : "memory");
}

static inline void mmio_write16(u64 a, u16 v)
{
	__asm__ volatile("strh %w0, [%1]" ::"rZ"(v), "r"(a) : "memory");
}

static inline void mmio_write32(u64 a, u32 v)
{
	__asm__ volatile("str %w0, [%1]" ::"rZ"(v), "r"(a) : "memory");
}

static inline void mmio_write64(u64 a, u64 v)
{
	__asm__ volatile("str %x0, [%1]" ::"rZ"(v), "r"(a) : "memory");
}
#endif

#endif
