/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The stepper while a timer's NMIs come in wherever they like: between two instructions of its
 * own way into a context, out of it, and back, and together with the one that it lands.
 */
#include <arch/nmi.h>
#include "step_probe.h"
#include "../kernel/nmi.h"

#define TICKS_NS (150 * NSEC_PER_MSEC)
/* An emulator on a busy host must get something else done, too. */
#define TICK_HZ 5000

static enum nmi_source start_ticks(void)
{
	static const enum nmi_source candidates[] = {NMI_SRC_TIMER_B, NMI_SRC_TIMER_A, NMI_SRC_PMU};

	for (u32 i = 0; i < ARRAY_SIZE(candidates); i++) {
		if (!nmi_source_missing(candidates[i]) &&
		    nmi_tick_start(candidates[i], TICK_HZ) > 0)
			return candidates[i];
	}
	return NR_NMI_SOURCES;
}

bool probe_among_ticks(bool (*check)(void))
{
	const u64 *taken = &this_cpu()->nmi.taken;
	u64 begin = clock_now_ns(), before = READ_ONCE(*taken);
	enum nmi_source source = start_ticks();
	bool good;

	if (source == NR_NMI_SOURCES)
		return true;
	do {
		good = check();
	} while (good && clock_now_ns() - begin < TICKS_NS && !job_should_stop());
	nmi_tick_stop(source);
	return good && (READ_ONCE(*taken) != before || probe_wrong("no tick among the steps", 0));
}
