/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <arch/cpu.h>
#include <asm/x86.h>
#include "door.h"
#include "../../arch/x86_64/internal.h"

/* Memory above this may cost a page table per GiB where there are no 1 GiB pages. */
#define FAR_MEMORY (32ull << 30)

/* The APIC id as the local APIC will show it: 32 bits where CPUID has them. */
static u64 boot_hwid(void)
{
	struct cpuid r = cpuid_if(0xb, 0);

	return r.ebx ? r.edx : cpuid(1, 0).ebx >> 24;
}

static void clip_memory(struct boot_info *bi)
{
	bool has_1g = cpuid_if(0x80000001, 0).edx & (1u << 26);
	u32 kept = 0;

	for (u32 i = 0; i < bi->nr_mem && !has_1g; i++) {
		struct boot_mem m = bi->mem[i];

		if (m.base >= FAR_MEMORY)
			continue;
		m.size = MIN(m.size, FAR_MEMORY - m.base);
		bi->mem[kept++] = m;
	}
	if (!has_1g)
		bi->nr_mem = kept;
}

/* What the option asks for and the machine does not give; apic_init() decides alike. */
static void check_x2apic(struct boot_info *bi)
{
	bool able = cpuid(1, 0).ecx & CPUID1_ECX_X2APIC;
	bool on = rdmsr(MSR_APIC_BASE) & APIC_BASE_X2;

	if (bi->options.x2apic == 1 && !able)
		boot_note(bi, "x2apic=1: this processor has no x2APIC");
	if (bi->options.x2apic == 0 && on)
		boot_note(bi, "x2apic=0: the firmware enabled x2APIC already, it stays");
}

void door_finish(struct boot_info *bi)
{
	fw_cfg_add_options(bi);
	clip_memory(bi);
	boot_info_complete(bi, boot_hwid());
	check_x2apic(bi);
	kernel_main(bi);
}
