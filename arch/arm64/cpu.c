/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Setting up the machine and one core of it, sleeping, and what the cores are called. */
#include <arch/console.h>
#include <arch/mmu.h>
#include <arch/time.h>
#include "internal.h"
#include "../../kernel/printf.h"
#include "../../kernel/string.h"

_Static_assert(offsetof(struct arch_cpu, stack) == ARCH_CPU_STACK(0), "entry.h");
_Static_assert(offsetof(struct arch_cpu, mpidr) == ARCH_CPU_MPIDR, "entry.h");
_Static_assert(offsetof(struct arch_cpu, next) == ARCH_CPU_NEXT, "entry.h");

#define BOOT_STACK_SIZE (4 * ARCH_STACK_SIZE)

/* The boot core's stacks from the door on, each above a page that mmu_guard() takes away. */
static struct {
	u8 guard_task[PAGE_SIZE], task[BOOT_STACK_SIZE];
	u8 guard_trap[PAGE_SIZE], trap[ARCH_STACK_SIZE];
	u8 emergency[PAGE_SIZE];
} boot_stacks __aligned(PAGE_SIZE);

#define TOP(array) ((uintptr_t)(array) + sizeof(array))

/* What the base register shows before arch_cpu_init(): large enough for a struct cpu. */
union early_cpu {
	struct arch_cpu arch;
	u8 zeroes[PAGE_SIZE];
};
extern union early_cpu early_cpu;
union early_cpu early_cpu;

/* image.S puts them into early_cpu. */
extern const uintptr_t boot_stack_tops[ARCH_NR_STACKS];
const uintptr_t boot_stack_tops[ARCH_NR_STACKS] = {
	[STACK_TASK] = TOP(boot_stacks.task),
	[STACK_TRAP] = TOP(boot_stacks.trap),
	[STACK_EMERGENCY] = TOP(boot_stacks.emergency),
};

/* CurrentEL as the direct door saw it; image.S may have left EL2 since. */
extern u32 entry_level;
u32 entry_level;

static struct cpu_facts facts;

u64 cpu_hwid(void)
{
	return sysreg_read(mpidr_el1) & MPIDR_AFFINITY;
}

uintptr_t cpu_stack_guard(const struct arch_cpu *cpu, enum arm64_stack stack)
{
	uintptr_t top = cpu->stack[stack];

	/* The door's stacks have sizes of their own. */
	if (top == TOP(boot_stacks.task))
		return (uintptr_t)boot_stacks.guard_task;
	if (top == TOP(boot_stacks.emergency))
		return 0;
	return top ? top - ARCH_STACK_SIZE - PAGE_SIZE : 0;
}

static int complain(int error, const char *what)
{
	klog("# error arch: %s", what);
	return error;
}

int arch_init(const struct boot_info *bi)
{
	facts.level = cpu_at_el2() || entry_level == CURRENT_EL2 ? "el2" : "el1";
	if (mmu_init(bi) || mmu_guard(boot_stacks.guard_task) || mmu_guard(boot_stacks.guard_trap))
		return complain(-ENOMEM, "no page left for the memory map");
	quirks_init();
	psci_init(bi);
	timer_init(bi);
	if (nmi_init(bi))
		return complain(-EIO, "the GIC does not answer where the firmware says it is");
	cpu_facts_init(bi);
	return 0;
}

/* From SP_EL0 one may set SP_EL1 only by switching to it. */
static void set_trap_stack(uintptr_t top)
{
	__asm__ volatile("msr spsel, #1\n"
			 "	mov sp, %0\n"
			 "	msr spsel, #0" ::"r"(top)
			 : "memory");
}

int arch_cpu_init(struct arch_cpu *cpu, const struct boot_cpu *bc)
{
	bool boot_core = percpu_base() != cpu;
	int error;

	__asm__ volatile("msr daifset, #0xf" ::: "memory");
	if (boot_core) {
		cpu->mpidr = cpu_hwid();
		cpu->pmu_irq = bc->pmu_irq;
		if (!cpu->stack[STACK_TASK])
			cpu->stack[STACK_TASK] = early_cpu.arch.stack[STACK_TASK];
		set_trap_stack(cpu->stack[STACK_TRAP]);
		sysreg_write(tpidr_el1, (uintptr_t)cpu);
		isb();
		error = gic ? gic->find(cpu, bc) : 0;
		if (error)
			return error;
	}
	sysreg_write(cpacr_el1, 0); /* the image uses no floating point: using it is a bug */
	step_cpu_start();
	timer_cpu_init();
	pmu_cpu_init();
	error = nmi_cpu_init(cpu);
	if (error)
		return error;
	return 0;
}

/*
 * WFI wakes for an interrupt that PSTATE.I holds back but not for one below the priority
 * mask. So the mask is opened behind PSTATE.I: what came since the caller's last look is
 * pending then and ends the sleep at once, and is taken in one place.
 */
void cpu_idle(void)
{
	if (!gic) {
		/* No interrupt can wake this core; smp_wake() sends an event. */
		__asm__ volatile("wfe" ::: "memory");
		return;
	}
	__asm__ volatile("msr daifset, #2" ::: "memory");
	if (irq_mask != IRQ_MASK_PSTATE)
		irq_set_pmr(PMR_IRQ_ON);
	dsb(sy);
	__asm__ volatile("wfi\n"
			 "	msr daifclr, #2\n"
			 "	isb" ::
				 : "memory");
	irq_disable();
}

static const struct {
	u8 implementer;
	u16 part;
	const char *name;
} models[] = {
	{0x00, 0x051, "QEMU max"},	    {0x41, 0xd03, "Cortex-A53"},
	{0x41, 0xd04, "Cortex-A35"},	    {0x41, 0xd05, "Cortex-A55"},
	{0x41, 0xd07, "Cortex-A57"},	    {0x41, 0xd08, "Cortex-A72"},
	{0x41, 0xd09, "Cortex-A73"},	    {0x41, 0xd0a, "Cortex-A75"},
	{0x41, 0xd0b, "Cortex-A76"},	    {0x41, 0xd0c, "Neoverse N1"},
	{0x41, 0xd0d, "Cortex-A77"},	    {0x41, 0xd40, "Neoverse V1"},
	{0x41, 0xd41, "Cortex-A78"},	    {0x41, 0xd46, "Cortex-A510"},
	{0x41, 0xd47, "Cortex-A710"},	    {0x41, 0xd49, "Neoverse N2"},
	{0x41, 0xd4f, "Neoverse V2"},	    {0x41, 0xd84, "Neoverse V3"},
	{0x41, 0xd8e, "Neoverse N3"},	    {0x43, 0x0a1, "ThunderX"},
	{0x43, 0x0af, "ThunderX2"},	    {0x46, 0x001, "A64FX"},
	{0x48, 0xd01, "Kunpeng 920"},	    {0x50, 0x000, "X-Gene"},
	{0x61, 0x022, "Apple M1 Icestorm"}, {0x61, 0x023, "Apple M1 Firestorm"},
	{0xc0, 0xac3, "AmpereOne"},	    {0xc0, 0xac4, "AmpereOne"},
};

static void name_model(u64 midr)
{
	u32 implementer = midr >> 24 & 0xff, part = midr >> 4 & 0xfff;
	const char *name = "unknown model";

	for (size_t i = 0; i < ARRAY_SIZE(models); i++) {
		if (models[i].implementer == implementer && models[i].part == part)
			name = models[i].name;
	}
	snprintf(facts.model, sizeof(facts.model), "%s r%up%u (MIDR 0x%08x)", name,
		 (u32)(midr >> 20) & 15, (u32)midr & 15, (u32)midr);
}

/* The SMC calling convention's vendor question: who is the hypervisor? DEN0028, 7.1. */
#define SMCCC_HYP_UID 0x8600ff01u

/* Only emulators and debuggers answer semihosting calls; this one changes nothing. */
#define SYS_ERRNO 0x13

static bool is_kvm(const struct boot_info *bi)
{
	static const u32 kvm[4] = {0xb66fb428, 0xe911c52e, 0x564bcaa9, 0x743a004d};
	u64 answer[4];

	if (bi->psci != PSCI_HVC)
		return false;
	smccc_call(SMCCC_HYP_UID, answer);
	for (u32 i = 0; i < 4; i++) {
		if ((u32)answer[i] != kvm[i])
			return false;
	}
	return true;
}

void cpu_facts_init(const struct boot_info *bi)
{
	u64 midr = sysreg_read(midr_el1);

	name_model(midr);
	if (is_kvm(bi))
		strlcpy(facts.emulator, "kvm", sizeof(facts.emulator));
	else if (bi->fw_cfg || semihosting_call(SYS_ERRNO, NULL) != ~0ull)
		strlcpy(facts.emulator, "tcg", sizeof(facts.emulator));
	facts.virtual = facts.emulator[0];
	/* ID_AA64ISAR0_EL1.Atomic */
	facts.atomics = id_field(sysreg_read(id_aa64isar0_el1), 20) >= 2 ? "lse" : "llsc";
	facts.irqchip = gic ? gic->name : "none";
}

const struct cpu_facts *cpu_facts(void)
{
	return &facts;
}
