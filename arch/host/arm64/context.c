/* SPDX-License-Identifier: GPL-2.0-or-later */
/* An arm64 host: frames, and what Linux tells programs of the processor. */
#include "../internal.h"
#include <sys/auxv.h>
#include "../../../kernel/printf.h"

void frame_load(struct trap_frame *f, const ucontext_t *uc)
{
	memset(f, 0, sizeof(*f));
	memcpy(f->x, uc->uc_mcontext.regs, sizeof(f->x));
	f->sp = uc->uc_mcontext.sp;
	f->pc = uc->uc_mcontext.pc;
	f->pstate = uc->uc_mcontext.pstate;
	f->far = uc->uc_mcontext.fault_address;
}

void frame_store(const struct trap_frame *f, ucontext_t *uc)
{
	memcpy(uc->uc_mcontext.regs, f->x, sizeof(f->x));
	uc->uc_mcontext.sp = f->sp;
	uc->uc_mcontext.pc = f->pc;
	uc->uc_mcontext.pstate = f->pstate;
}

void base_write(void *base)
{
	host_base = base;
}

u64 counter_hz(void)
{
	u64 hz;

	__asm__ volatile("mrs %0, cntfrq_el0" : "=r"(hz));
	return hz;
}

struct trap_frame *trap_abort_frame(struct trap_frame *f, struct abort_point *ap)
{
	const struct abort_regs *regs = (const struct abort_regs *)ap->regs;
	struct arch_cpu *cpu = percpu_base();

	ap->armed = 0;
	cpu->aborted = true;
	memcpy(&f->x[19], regs->x19_28, sizeof(regs->x19_28));
	f->x[29] = regs->fp;
	f->sp = regs->sp;
	f->pc = regs->pc;
	return f;
}

void frame_print(const struct trap_frame *f, struct text *out)
{
	text_printf(out, "# reg pc=%016llx sp=%016llx pstate=%08llx far=%016llx\n",
		    (unsigned long long)f->pc, (unsigned long long)f->sp,
		    (unsigned long long)f->pstate, (unsigned long long)f->far);
	for (u32 i = 0; i < 31; i++)
		text_printf(out, "%s x%u=%016llx%s", i % 4 ? "" : "# reg", i,
			    (unsigned long long)f->x[i], i % 4 == 3 || i == 30 ? "\n" : "");
}

/* Linux describes each arm64 core by its implementer; an emulator of programs does not. */
void machine_facts(struct cpu_facts *facts)
{
	FILE *file = fopen("/proc/cpuinfo", "r");
	u32 implementer = 0, part = 0;
	char line[256];

	while (file && fgets(line, sizeof(line), file)) {
		if (!strncmp(line, "CPU implementer", 15) && strchr(line, ':'))
			implementer = strtoul(strchr(line, ':') + 1, NULL, 0);
		if (!strncmp(line, "CPU part", 8) && strchr(line, ':'))
			part = strtoul(strchr(line, ':') + 1, NULL, 0);
	}
	if (file)
		fclose(file);
	facts->atomics = getauxval(AT_HWCAP) & HWCAP_ATOMICS ? "lse" : "llsc";
	facts->virtual = !implementer;
	if (implementer)
		snprintf(facts->model, sizeof(facts->model), "implementer %#x part %#x",
			 implementer, part);
	else
		snprintf(facts->model, sizeof(facts->model), "arm64 on another machine");
	if (!implementer)
		snprintf(facts->emulator, sizeof(facts->emulator), "tcg");
}
