/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A core that steps for ever is taken back by the supervisor, and can step again. */
#include "step_probe.h"

#define FOREVER_NS (30 * NSEC_PER_MSEC)

static void (*volatile forever)(void);

static void forever_stepping(void)
{
	probe_prepare(probe_spin);
	step_run(&probe.st);
}

static void forever_free(void)
{
	probe_prepare(probe_spin);
	probe.st.full_speed = true;
	step_run(&probe.st);
}

static void forever_nmis(void)
{
	for (;;) {
		probe_prepare(probe_handler);
		probe.st.nmi_at = STEP_NMI_NOW;
		probe.st.on_nmi = probe_on_nmi;
		step_run(&probe.st);
	}
}

static void forever_job(void *arg)
{
	probe_core();
	forever();
}

static void again_job(void *arg)
{
	probe_core();
	probe_prepare(probe_fn);
	probe_finished("after a core was taken back", 0);
	if (cpu_id() == PROBE_CPU)
		probe_wrong("base register lost when taken back", 0);
}

bool probe_taken_back(struct scenario_run *r, u32 cpu)
{
	static void (*const ways[])(void) = {
		/* Some of them more than once: whether two NMIs meet is a matter of luck. */
		forever_stepping, forever_free, forever_nmis, forever_nmis, forever_nmis,
	};

	for (u32 i = 0; i < ARRAY_SIZE(ways); i++) {
		forever = ways[i];
		if (job_run(cpu, 1, forever_job, r, FOREVER_NS) != -ETIMEDOUT)
			return probe_wrong("a core that steps forever came back by itself", i);
		if (cpu_id() != 0 || online.cpu[cpu]->state == CPU_LOST)
			return probe_wrong("a core that steps forever was lost", i);
		if (!run_job(r, cpu, 1, again_job, 0))
			return false;
	}
	return true;
}
