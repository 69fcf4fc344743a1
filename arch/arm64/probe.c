/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Figures only some machines have. */
#include <arch/probe.h>
#include "internal.h"

/* Secure firmware may take a core away too, but counts it nowhere that we can see. */
bool probe_smi_count(u64 *count)
{
	return false;
}

u64 probe_revision(void)
{
	return sysreg_read(revidr_el1);
}
