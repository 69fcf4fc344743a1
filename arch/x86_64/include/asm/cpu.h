/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * x86-64 half of arch/cpu.h. The per-core base register is GS base; it never changes
 * meaning (there is no user mode), so no entry path needs SWAPGS.
 */
#ifndef ASM_CPU_H
#define ASM_CPU_H

#include <arch/types.h>

struct trap_frame;

/* The stacks that exceptions switch to by themselves: index + 1 is the IST number. */
enum ist_stack { IST_NMI, IST_DF, IST_MC, IST_DB, NR_IST_STACKS };

/* One 64-bit task state segment, SDM volume 3, 8.7. */
struct x86_tss {
	u32 reserved0;
	u64 rsp[3];
	u64 reserved1;
	u64 ist[7];
	u64 reserved2;
	u16 reserved3, iomap_base;
} __packed;

#define X86_GDT_WORDS 8

/**
 * struct arch_cpu - what x86-64 keeps per core
 * @self: address of this struct; first, so that %gs:0 yields the base in one load
 * @nmi_hook: raw NMI hook, called on the IST stack with NMIs still blocked; gets the
 *            interrupted frame and returns the frame to resume. NULL: the normal path
 * @stack_top: initial stack pointer of kernel_secondary()
 * @nmi_stack_low, @nmi_stack_top: the stack that kernel_nmi() runs on
 * @ist_top: tops of the exception stacks
 * @apic_id: as the local APIC knows it
 * @started: set by the core's own first C code
 * @pmu_reload: counter value between two PMU NMIs, 0 while the PMU is off
 */
struct arch_cpu {
	struct arch_cpu *self;
	struct trap_frame *(*nmi_hook)(struct trap_frame *f);
	u64 stack_top;
	u64 nmi_stack_low, nmi_stack_top;
	u64 ist_top[NR_IST_STACKS];
	u32 apic_id;
	u32 started;
	u64 pmu_reload;
	u64 gdt[X86_GDT_WORDS];
	struct x86_tss tss;
};

static inline void cpu_relax(void)
{
	__asm__ volatile("pause" ::: "memory");
}

static inline void cpu_wait_change32(const u32 *p, u32 old)
{
	cpu_relax();
}

static inline void cpu_wait_change8(const u8 *p, u8 old)
{
	cpu_relax();
}

/* Stores are seen in order on x86: only the compiler must be held back. */
static inline void smp_wmb(void)
{
	barrier();
}

/* A locked operation on the stack is a full barrier and cheaper than MFENCE. */
static inline void smp_mb(void)
{
	__asm__ volatile("lock; addl $0, -4(%%rsp)" ::: "memory", "cc");
}

/*
 * Not volatile: the base is constant within one context, so the compiler may read it
 * once per function.
 */
static inline void *percpu_base(void)
{
	void *p;

	__asm__("movq %%gs:0, %0" : "=r"(p));
	return p;
}

#define percpu_inc_return32(off)                                                                   \
	({                                                                                         \
		u32 __v = 1;                                                                       \
		__asm__ volatile("xaddl %0, %%gs:%c1" : "+r"(__v) : "i"(off) : "memory", "cc");    \
		__v + 1;                                                                           \
	})

#define percpu_dec32(off) __asm__ volatile("decl %%gs:%c0" ::"i"(off) : "memory", "cc")

#define percpu_read32(off)                                                                         \
	({                                                                                         \
		u32 __v;                                                                           \
		__asm__ volatile("movl %%gs:%c1, %0" : "=r"(__v) : "i"(off) : "memory");           \
		__v;                                                                               \
	})

#define percpu_write_slot(off, index, v)                                                           \
	__asm__ volatile("movq %0, %%gs:%c1(,%q2,8)" ::"r"((u64)(uintptr_t)(v)), "i"(off),         \
			 "r"((u64)(index))                                                         \
			 : "memory")

#endif
