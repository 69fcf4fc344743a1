/* SPDX-License-Identifier: GPL-2.0-or-later */
/* An x86-64 host: frames, GS base, and what CPUID says to programs too. */
#include "../internal.h"
#include <asm/prctl.h>
#include <sys/auxv.h>
#include "../../../kernel/printf.h"

#define HWCAP2_FSGSBASE	      (1u << 1)
#define CPUID1_ECX_HYPERVISOR (1u << 31)

void trap_call_aborted(void);

static const struct {
	u16 offset, reg;
} registers[] = {
#define R(field, name)                                                                             \
	{                                                                                          \
		offsetof(struct trap_frame, field), name                                           \
	}
	R(r15, REG_R15), R(r14, REG_R14), R(r13, REG_R13),    R(r12, REG_R12), R(r11, REG_R11),
	R(r10, REG_R10), R(r9, REG_R9),	  R(r8, REG_R8),      R(rdi, REG_RDI), R(rsi, REG_RSI),
	R(rbp, REG_RBP), R(rbx, REG_RBX), R(rdx, REG_RDX),    R(rcx, REG_RCX), R(rax, REG_RAX),
	R(rip, REG_RIP), R(rsp, REG_RSP), R(rflags, REG_EFL),
#undef R
};

/* REG_CSGSFS holds CS in its lowest 16 bits, SS in its highest. */
void frame_load(struct trap_frame *f, const ucontext_t *uc)
{
	const greg_t *regs = uc->uc_mcontext.gregs;

	for (u32 i = 0; i < ARRAY_SIZE(registers); i++)
		*(u64 *)((char *)f + registers[i].offset) = regs[registers[i].reg];
	f->vector = f->error = 0;
	f->cs = regs[REG_CSGSFS] & 0xffff;
	f->ss = (u64)regs[REG_CSGSFS] >> 48;
}

void frame_store(const struct trap_frame *f, ucontext_t *uc)
{
	for (u32 i = 0; i < ARRAY_SIZE(registers); i++)
		uc->uc_mcontext.gregs[registers[i].reg] =
			*(const u64 *)((const char *)f + registers[i].offset);
}

/* A system call, where Linux does not let programs do it themselves. */
void base_write(void *base)
{
#ifdef HOST_THREAD_BASE
	host_base = base;
#else
	static int direct;

	if (!direct)
		direct = getauxval(AT_HWCAP2) & HWCAP2_FSGSBASE ? 1 : -1;
	if (direct > 0)
		__asm__ volatile("wrgsbase %0" ::"r"(base) : "memory");
	else
		syscall(SYS_arch_prctl, ARCH_SET_GS, base);
#endif
}

u64 counter_hz(void)
{
	return 0;
}

struct trap_frame *trap_abort_frame(struct trap_frame *f, struct abort_point *ap)
{
	struct arch_cpu *cpu = percpu_base();

	if (cpu->stepper)
		step_off(cpu);
	cpu->aborted = true;
	f->rip = (uintptr_t)trap_call_aborted;
	f->rdi = (uintptr_t)ap;
	f->rsp = ap->regs[6];
	f->rflags = ap->regs[7];
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
	text_printf(out, "# reg r13=%016llx r14=%016llx r15=%016llx\n", R(r13), R(r14), R(r15));
#undef R
}

struct cpuid {
	u32 eax, ebx, ecx, edx;
};

static struct cpuid cpuid(u32 leaf)
{
	struct cpuid r;

	__asm__ volatile("cpuid"
			 : "=a"(r.eax), "=b"(r.ebx), "=c"(r.ecx), "=d"(r.edx)
			 : "a"(leaf), "c"(0));
	return r;
}

void machine_facts(struct cpu_facts *facts)
{
	char text[49] = "";
	char *at = text;
	struct cpuid r;

	for (u32 i = 0; cpuid(0x80000000).eax >= 0x80000004 && i < 3; i++) {
		r = cpuid(0x80000002 + i);
		memcpy(text + 16 * i, &r, 16);
	}
	while (*at == ' ')
		at++;
	for (size_t n = strlen(at); n && at[n - 1] == ' '; n--)
		at[n - 1] = '\0';
	snprintf(facts->model, sizeof(facts->model), "%s", *at ? at : "unnamed x86-64");
	facts->atomics = "native";
	facts->virtual = cpuid(1).ecx & CPUID1_ECX_HYPERVISOR;
	if (!facts->virtual)
		return;
	r = cpuid(0x40000000);
	memcpy(text, &r.ebx, 12);
	text[12] = '\0';
	snprintf(facts->emulator, sizeof(facts->emulator), "%s",
		 !strcmp(text, "KVMKVMKVM")	 ? "kvm"
		 : !strcmp(text, "TCGTCGTCGTCG") ? "tcg"
						 : "unknown");
}
