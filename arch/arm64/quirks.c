/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What some models need beyond the architecture: one table, keyed, a reason each. */
#include <arch/console.h>
#include "internal.h"

#define CPU(implementer, part) ((implementer) << 12 | (part))

u32 quirks;

static const struct {
	u32 cpu;
	u8 last; /* variant << 4 | revision, and all before */
	u32 quirks;
	const char *warning; /* NULL: dealt with */
} table[] = {
	/* Cavium erratum 23154: a read of ICC_IAR1_EL1 may return the one before. */
	{CPU(0x43, 0x0a1), 0x01, QUIRK_ACK_ROOM, NULL},
	/* Arm erratum 858921, software developers' errata notice of Cortex-A73. */
	{CPU(0x41, 0xd09), 0x02, 0,
	 "Cortex-A73 erratum 858921: the counter may read wrong once"
	 " in 2^32 ticks"},
};

void quirks_init(void)
{
	u32 midr = sysreg_read(midr_el1);
	u32 cpu = CPU(midr >> 24 & 0xff, midr >> 4 & 0xfff);
	u32 revision = (midr >> 20 & 15) << 4 | (midr & 15);

	for (u32 i = 0; i < ARRAY_SIZE(table); i++) {
		if (table[i].cpu != cpu || revision > table[i].last)
			continue;
		quirks |= table[i].quirks;
		if (table[i].warning)
			klog("# warn %s", table[i].warning);
	}
}
