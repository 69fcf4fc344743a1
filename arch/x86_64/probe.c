/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Registers that only some processors have. */
#include <arch/probe.h>
#include "internal.h"

bool probe_smi_count(u64 *count)
{
	/* Intel alone has it (SDM volume 4); emulators answer 0 to anything. */
	if (cpuid(0, 0).ebx != 0x756e6547) /* "Genu"ineIntel */
		return false;
	return msr_read_guarded(MSR_SMI_COUNT, count);
}

u64 probe_revision(void)
{
	u64 v;

	/* CPUID loads the register (SDM volume 3, 10.11.7.1); the upper half tells. */
	cpuid(1, 0);
	if (!msr_read_guarded(MSR_UCODE_REV, &v))
		return 0;
	return v >> 32 ?: v;
}
