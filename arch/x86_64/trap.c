/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Descriptor tables, and the C half of every exception. */
#include <arch/irq.h>
#include "internal.h"
#include "../../kernel/printf.h"
#include "../../kernel/string.h"

struct gate {
	u16 offset_low, selector;
	u8 ist, type;
	u16 offset_mid;
	u32 offset_high, reserved;
};

struct table_pointer {
	u16 limit;
	u64 base;
} __packed;

#define FIRST_INTERRUPT 32   /* below are the processor's exceptions */
#define GATE_INTERRUPT	0x8e /* present, ring 0, 64-bit interrupt gate: IF off */

/* Descriptors, SDM volume 3, 3.4.5: 64-bit code, data, then the task state's two words. */
#define GDT_CODE     0x00af9b000000ffffull
#define GDT_DATA     0x00cf93000000ffffull
#define GDT_TSS_TYPE 0x89ull

extern const u8 trap_stubs[256][16];
void nmi_entry(void);
void step_db_entry(void);
void step_bp_entry(void);
void trap_call_aborted(void);
void load_segments(void);
extern const char msr_guarded_insn[], msr_guarded_fixup[], cpu_idle_hlt[];

/* Called by entry.S alone. */
struct trap_frame *trap_dispatch(struct trap_frame *f);
uintptr_t nmi_stack_top(const struct trap_frame *f);

_Static_assert(sizeof(struct trap_frame) == 176, "entry.S");

static struct gate idt[256];
static bool draining;

/* What the base register shows before arch_cpu_init(): large enough for a struct cpu. */
static union {
	struct arch_cpu arch;
	u8 zeroes[PAGE_SIZE];
} early_cpu;

static void set_gate(u32 vector, const void *entry, u8 ist)
{
	uintptr_t at = (uintptr_t)entry;

	idt[vector] = (struct gate){
		.offset_low = at & 0xffff,
		.selector = X86_CS,
		.ist = ist,
		.type = GATE_INTERRUPT,
		.offset_mid = at >> 16 & 0xffff,
		.offset_high = at >> 32,
	};
}

static void load_tables(struct arch_cpu *cpu)
{
	struct table_pointer gdt_at = {sizeof(cpu->gdt) - 1, (uintptr_t)cpu->gdt};
	struct table_pointer idt_at = {sizeof(idt) - 1, (uintptr_t)idt};
	u64 tss = (uintptr_t)&cpu->tss;
	u64 limit = sizeof(cpu->tss) - 1;

	cpu->self = cpu;
	cpu->home = cpu;
	cpu->tss.iomap_base = sizeof(cpu->tss);
	cpu->gdt[X86_CS / 8] = GDT_CODE;
	cpu->gdt[X86_DS / 8] = GDT_DATA;
	cpu->gdt[X86_TR / 8] =
		limit | (tss & 0xffffff) << 16 | GDT_TSS_TYPE << 40 | (tss >> 24 & 0xff) << 56;
	cpu->gdt[X86_TR / 8 + 1] = tss >> 32;

	__asm__ volatile("lgdt %0" ::"m"(gdt_at) : "memory");
	load_segments();
	__asm__ volatile("ltr %w0" ::"r"(X86_TR) : "memory");
	__asm__ volatile("lidt %0" ::"m"(idt_at) : "memory");
	/* Loading a selector into GS would clear the base, so the base comes last. */
	__asm__ volatile("movl %0, %%gs" ::"r"(0));
	wrmsr(MSR_GS_BASE, (uintptr_t)cpu);
}

void trap_early_init(void)
{
	for (u32 v = 0; v < 256; v++)
		set_gate(v, trap_stubs[v], 0);
	load_tables(&early_cpu.arch);
}

void trap_cpu_init(struct arch_cpu *cpu)
{
	for (u32 s = STACK_IST_NMI; s < ARCH_NR_STACKS; s++)
		cpu->tss.ist[X86_IST(s) - 1] = cpu->stack[s];
	load_tables(cpu);
	if (idt[VECTOR_NMI].ist)
		return;
	/* The boot core comes first and changes the shared table for all. */
	set_gate(VECTOR_NMI, nmi_entry, X86_IST(STACK_IST_NMI));
	set_gate(VECTOR_DF, trap_stubs[VECTOR_DF], X86_IST(STACK_IST_DF));
	set_gate(VECTOR_MC, trap_stubs[VECTOR_MC], X86_IST(STACK_IST_MC));
	set_gate(VECTOR_DB, step_db_entry, X86_IST(STACK_IST_DB));
	set_gate(VECTOR_BP, step_bp_entry, X86_IST(STACK_IST_DB));
}

static bool in_stack(const struct arch_cpu *cpu, u32 stack, uintptr_t sp)
{
	return sp <= cpu->stack[stack] && sp > cpu->stack[stack] - ARCH_STACK_SIZE;
}

/*
 * Where NMI handling was interrupted, if it was: an exception on its own stack hides it,
 * but the frame that the processor pushed at that stack's top tells where it came from.
 */
static uintptr_t nmi_stack_pointer(const struct arch_cpu *cpu, uintptr_t sp)
{
	for (u32 s = STACK_IST_DF; s < ARCH_NR_STACKS; s++) {
		if (in_stack(cpu, s, sp))
			sp = ((const struct trap_frame *)cpu->stack[s] - 1)->rsp;
	}
	return in_stack(cpu, STACK_NMI, sp) ? sp : cpu->stack[STACK_NMI];
}

/*
 * Where entry.S copies the frame to: the NMI stack's top, or below what an interrupted
 * handler uses there. From then on the IST stack is free for the next NMI.
 */
uintptr_t nmi_stack_top(const struct trap_frame *f)
{
	return ALIGN_DOWN(nmi_stack_pointer(percpu_base(), f->rsp), 16ul);
}

/* Vectors that interrupted before ours were set up are acknowledged and forgotten. */
void trap_drain(void)
{
	draining = true;
	irq_enable();
	for (u32 i = 0; i < 16; i++)
		cpu_relax();
	irq_disable();
	draining = false;
}

static const char *const trap_names[] = {
	[0] = "#DE divide error",	 [1] = "#DB debug",
	[3] = "#BP breakpoint",		 [4] = "#OF overflow",
	[5] = "#BR bound range",	 [6] = "#UD invalid opcode",
	[7] = "#NM no coprocessor",	 [8] = "#DF double fault",
	[10] = "#TS invalid task state", [11] = "#NP segment not present",
	[12] = "#SS stack segment",	 [13] = "#GP general protection",
	[14] = "#PF page fault",	 [16] = "#MF x87 error",
	[17] = "#AC alignment check",	 [18] = "#MC machine check",
	[19] = "#XM SIMD error",	 [20] = "#VE virtualization",
	[21] = "#CP control protection",
};

void trap_unexpected(struct trap_frame *f)
{
	char text[96];
	struct text what = TEXT_INIT(text);
	const char *name = f->vector < ARRAY_SIZE(trap_names) ? trap_names[f->vector] : NULL;
	struct arch_cpu *cpu = percpu_base();

	/* The dump is the real core's. */
	if (cpu->home->stepper)
		step_off(cpu->home);
	wrmsr(MSR_GS_BASE, (uintptr_t)cpu->home);
	if (name)
		text_printf(&what, "%s", name);
	else
		text_printf(&what, "interrupt vector %llu", (unsigned long long)f->vector);
	text_printf(&what, " error=0x%llx", (unsigned long long)f->error);
	/* A double fault is mostly a page fault on a guard page: where is worth knowing. */
	if (f->vector == VECTOR_PF || f->vector == VECTOR_DF)
		text_printf(&what, " address=0x%llx", (unsigned long long)read_cr2());
	kernel_bad_trap(f, text);
}

struct trap_frame *trap_dispatch(struct trap_frame *f)
{
	switch (f->vector) {
	case VECTOR_WAKE:
		apic_eoi();
		if (f->rip == (uintptr_t)cpu_idle_hlt)
			f->rip++; /* HLT is one byte */
		return f;
	case VECTOR_DB:
		if (step_stale_breakpoint(percpu_base()))
			return f;
		break;
	case VECTOR_SPURIOUS:
	case VECTOR_PIC + 7: /* the 8259's own spurious interrupts */
	case VECTOR_PIC + 15:
		return f;
	default:
		break;
	}
	if (draining && f->vector >= FIRST_INTERRUPT) {
		apic_eoi();
		return f;
	}
	if (f->rip == (uintptr_t)msr_guarded_insn) {
		f->rip = (uintptr_t)msr_guarded_fixup;
		return f;
	}
	trap_unexpected(f);
}

struct trap_frame *trap_abort_frame(struct trap_frame *f, struct abort_point *ap)
{
	struct arch_cpu *cpu = percpu_base();

	if (cpu->stepper)
		step_off(cpu);
	f->rip = (uintptr_t)trap_call_aborted;
	f->rdi = (uintptr_t)ap;
	f->rsp = ap->regs[6];
	f->rflags = ap->regs[7];
	f->cs = X86_CS;
	f->ss = X86_DS;
	return f;
}

void frame_print(const struct trap_frame *f, struct text *out)
{
#define R(field) ((unsigned long long)f->field)
	text_printf(out, "# reg rip=%016llx rsp=%016llx rflags=%08llx cs=%llx ss=%llx\n", R(rip),
		    R(rsp), R(rflags), R(cs), R(ss));
	text_printf(out, "# reg rax=%016llx rbx=%016llx rcx=%016llx rdx=%016llx\n", R(rax), R(rbx),
		    R(rcx), R(rdx));
	text_printf(out, "# reg rsi=%016llx rdi=%016llx rbp=%016llx r8=%016llx\n", R(rsi), R(rdi),
		    R(rbp), R(r8));
	text_printf(out, "# reg r9=%016llx r10=%016llx r11=%016llx r12=%016llx\n", R(r9), R(r10),
		    R(r11), R(r12));
	text_printf(out, "# reg r13=%016llx r14=%016llx r15=%016llx cr3=%016llx\n", R(r13), R(r14),
		    R(r15), (unsigned long long)read_cr3());
#undef R
	text_printf(out, "# reg cr0=%08llx cr4=%08llx vector=%llu error=%llx\n",
		    (unsigned long long)read_cr0(), (unsigned long long)read_cr4(),
		    (unsigned long long)f->vector, (unsigned long long)f->error);
}
