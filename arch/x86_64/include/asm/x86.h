/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The x86 instructions that C has no words for: ports, model specific registers, control
 * registers, CPUID. For arch/x86_64 and boot/x86_64 only.
 */
#ifndef ASM_X86_H
#define ASM_X86_H

#include <arch/types.h>

/* Selectors of our GDT, and the vectors of ordinary interrupts. */
#define X86_CS		      0x08
#define X86_DS		      0x10
#define X86_TR		      0x18

#define VECTOR_DB	      1
#define VECTOR_NMI	      2
#define VECTOR_BP	      3
#define VECTOR_DF	      8
#define VECTOR_PF	      14
#define VECTOR_MC	      18
#define VECTOR_PIC	      0xe0 /* 16 vectors nobody should ever see */
#define VECTOR_WAKE	      0xf0
#define VECTOR_SPURIOUS	      0xff

#define MSR_EFER	      0xc0000080
#define MSR_GS_BASE	      0xc0000101
#define MSR_SMI_COUNT	      0x34
#define MSR_APIC_BASE	      0x1b
#define MSR_UCODE_REV	      0x8b
#define MSR_PAT		      0x277
#define MSR_X2APIC	      0x800
#define MSR_PERFCTR0	      0xc1
#define MSR_PERFEVTSEL0	      0x186
#define MSR_PERF_CTRL	      0x38f
#define MSR_PERF_OVF_CTRL     0x390
#define MSR_AMD_PERFEVTSEL0   0xc0010000
#define MSR_AMD_PERFCTR0      0xc0010004

#define CPUID1_ECX_X2APIC     (1u << 21)
#define CPUID1_ECX_HYPERVISOR (1u << 31)

#define APIC_BASE_X2	      (1u << 10)
#define APIC_BASE_ON	      (1u << 11)

#define X86_FLAGS_ONE	      (1u << 1) /* reads as one */
#define X86_FLAGS_TF	      (1u << 8)
#define X86_FLAGS_RF	      (1u << 16)

#define EFER_LME	      (1u << 8)
#define EFER_LMA	      (1u << 10)
#define EFER_NXE	      (1u << 11)

#define CR0_PE		      (1u << 0)
#define CR0_MP		      (1u << 1)
#define CR0_ET		      (1u << 4)
#define CR0_NE		      (1u << 5)
#define CR0_WP		      (1u << 16)
#define CR0_PG		      (1u << 31)

#define CR4_PAE		      (1u << 5)
#define CR4_MCE		      (1u << 6)
#define CR4_OSFXSR	      (1u << 9)
#define CR4_OSXMMEXCPT	      (1u << 10)
#define CR4_LA57	      (1u << 12)

static inline void outb(u16 port, u8 v)
{
	__asm__ volatile("outb %0, %1" ::"a"(v), "Nd"(port));
}

static inline void outw(u16 port, u16 v)
{
	__asm__ volatile("outw %0, %1" ::"a"(v), "Nd"(port));
}

static inline void outl(u16 port, u32 v)
{
	__asm__ volatile("outl %0, %1" ::"a"(v), "Nd"(port));
}

static inline u8 inb(u16 port)
{
	u8 v;

	__asm__ volatile("inb %1, %0" : "=a"(v) : "Nd"(port));
	return v;
}

static inline u32 inl(u16 port)
{
	u32 v;

	__asm__ volatile("inl %1, %0" : "=a"(v) : "Nd"(port));
	return v;
}

static inline u64 rdmsr(u32 msr)
{
	u32 low, high;

	__asm__ volatile("rdmsr" : "=a"(low), "=d"(high) : "c"(msr) : "memory");
	return (u64)high << 32 | low;
}

static inline void wrmsr(u32 msr, u64 v)
{
	__asm__ volatile("wrmsr" ::"c"(msr), "a"((u32)v), "d"((u32)(v >> 32)) : "memory");
}

struct cpuid {
	u32 eax, ebx, ecx, edx;
};

static inline struct cpuid cpuid(u32 leaf, u32 sub)
{
	struct cpuid r;

	__asm__ volatile("cpuid"
			 : "=a"(r.eax), "=b"(r.ebx), "=c"(r.ecx), "=d"(r.edx)
			 : "a"(leaf), "c"(sub));
	return r;
}

/* The leaf, or zeroes where the processor does not have it. */
static inline struct cpuid cpuid_if(u32 leaf, u32 sub)
{
	u32 max = cpuid(leaf & 0xffff0000, 0).eax;

	return leaf <= max ? cpuid(leaf, sub) : (struct cpuid){0};
}

static inline u64 read_cr0(void)
{
	u64 v;

	__asm__ volatile("movq %%cr0, %0" : "=r"(v)::"memory");
	return v;
}

static inline u64 read_cr2(void)
{
	u64 v;

	__asm__ volatile("movq %%cr2, %0" : "=r"(v)::"memory");
	return v;
}

static inline u64 read_cr3(void)
{
	u64 v;

	__asm__ volatile("movq %%cr3, %0" : "=r"(v)::"memory");
	return v;
}

static inline u64 read_cr4(void)
{
	u64 v;

	__asm__ volatile("movq %%cr4, %0" : "=r"(v)::"memory");
	return v;
}

static inline void write_cr0(u64 v)
{
	__asm__ volatile("movq %0, %%cr0" ::"r"(v) : "memory");
}

static inline void write_cr3(u64 v)
{
	__asm__ volatile("movq %0, %%cr3" ::"r"(v) : "memory");
}

static inline void write_cr4(u64 v)
{
	__asm__ volatile("movq %0, %%cr4" ::"r"(v) : "memory");
}

static inline void write_dr0(u64 v)
{
	__asm__ volatile("movq %0, %%dr0" ::"r"(v) : "memory");
}

static inline void write_dr7(u64 v)
{
	__asm__ volatile("movq %0, %%dr7" ::"r"(v) : "memory");
}

#endif
