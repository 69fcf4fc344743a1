/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What some models need beyond the architecture: one table, keyed, a reason each. */
#include "internal.h"

#define VENDOR_INTEL 0x756e6547 /* CPUID leaf 0, EBX: "Genu" */
#define VENDOR_AMD   0x68747541 /* "Auth" */
#define VENDOR_HYGON 0x6f677948 /* "Hygo" */
#define FAMILY_ANY   0xfff

static const struct {
	u32 vendor, first, last; /* families */
	u32 quirks;
} table[] = {
	/*
	 * The MP specification (1.4, B.4) asks for 10 ms between INIT and STARTUP. These
	 * have their APICs on the system bus, not on a serial one, and need no wait.
	 */
	{VENDOR_INTEL, 6, FAMILY_ANY, 0},
	{VENDOR_AMD, 0xf, FAMILY_ANY, 0},
	{VENDOR_HYGON, 0x18, FAMILY_ANY, 0},
};

/* Of a processor that no line names: be patient with it. */
#define QUIRKS_UNKNOWN QUIRK_INIT_DELAY

static u32 family(void)
{
	u32 eax = cpuid(1, 0).eax;
	u32 base = eax >> 8 & 0xf;

	return base == 0xf ? base + (eax >> 20 & 0xff) : base;
}

u32 quirks(void)
{
	u32 vendor = cpuid(0, 0).ebx, f = family();

	for (u32 i = 0; i < ARRAY_SIZE(table); i++) {
		if (table[i].vendor == vendor && f >= table[i].first && f <= table[i].last)
			return table[i].quirks;
	}
	return QUIRKS_UNKNOWN;
}
