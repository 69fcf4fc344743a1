/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The order in which a core and the machine are set up, and what to say about them. */
#include <arch/console.h>
#include <arch/irq.h>
#include "internal.h"
#include "../../kernel/printf.h"
#include "../../kernel/string.h"

static struct cpu_facts facts;

static int complain(int error, const char *what)
{
	char line[100];

	snprintf(line, sizeof(line), "# error arch: %s\n", what);
	uart_write(line, strlen(line));
	return error;
}

int arch_init(const struct boot_info *bi)
{
	if (mmu_init(bi))
		return complain(-ENOMEM, "no page left for the memory map");
	uart_remap();
	if (apic_init(bi))
		return complain(-ENODEV, "the local APIC cannot be mapped");
	ioapic_init(bi);
	hpet_init(bi);
	pit_init(bi);
	time_init(bi);
	smp_init(bi);
	power_init(bi);
	cpu_facts_init(bi);
	return 0;
}

int arch_cpu_init(struct arch_cpu *cpu, const struct boot_cpu *bc)
{
	bool boot_core = !cpu->stack[STACK_TASK];

	trap_cpu_init(cpu);
	apic_cpu_init(cpu);
	if (boot_core) {
		trap_drain();
		pmu_init();
		nmi_probe_timers(cpu);
		cpu->lint1 = true;
		apic_enable_lint1();
	}
	return 0;
}

u64 cpu_hwid(void)
{
	return apic_id();
}

/* The 48 characters of leaves 0x80000002 to 4, without the blanks some pad them with. */
static void read_model(char *model, size_t size)
{
	char text[49] = "";
	char *at = text;
	size_t len;

	for (u32 i = 0; i < 3; i++) {
		struct cpuid r = cpuid_if(0x80000002 + i, 0);

		memcpy(text + 16 * i, &r, 16);
	}
	while (*at == ' ')
		at++;
	len = strlen(at);
	while (len && at[len - 1] == ' ')
		len--;
	at[len] = '\0';
	strlcpy(model, len ? at : "unnamed x86-64", size);
}

/* Hypervisors sign leaf 0x40000000. */
static void read_emulator(void)
{
	static const struct {
		char signature[13], name[10];
	} known[] = {
		{"TCGTCGTCGTCG", "tcg"},    {"KVMKVMKVM", "kvm"},     {"Microsoft Hv", "hyperv"},
		{"VMwareVMware", "vmware"}, {"XenVMMXenVMM", "xen"},  {"bhyve bhyve ", "bhyve"},
		{"VBoxVBoxVBox", "vbox"},   {"ACRNACRNACRN", "acrn"},
	};
	struct cpuid r = cpuid(0x40000000, 0);
	char signature[13] = "";

	facts.virtual = cpuid(1, 0).ecx & CPUID1_ECX_HYPERVISOR;
	if (!facts.virtual)
		return;
	memcpy(signature, &r.ebx, 12);
	strlcpy(facts.emulator, "unknown", sizeof(facts.emulator));
	for (u32 i = 0; i < ARRAY_SIZE(known); i++) {
		if (!strcmp(signature, known[i].signature))
			strlcpy(facts.emulator, known[i].name, sizeof(facts.emulator));
	}
}

void cpu_facts_init(const struct boot_info *bi)
{
	read_model(facts.model, sizeof(facts.model));
	read_emulator();
	facts.atomics = "native";
	facts.irqchip = apic_is_x2apic() ? "x2apic" : "xapic";
	facts.level = "ring0";
}

const struct cpu_facts *cpu_facts(void)
{
	return &facts;
}
