/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <arch/atomic.h>
#include "step_probe.h"
#include "../kernel/string.h"

#define STACK_SIZE 4096

struct probe probe;

static u8 stack[STACK_SIZE] __aligned(16);

bool probe_wrong(const char *what, u32 i)
{
	if (!probe.broken[0])
		snprintf(probe.broken, sizeof(probe.broken), "%s, boundary %u of %u", what, i,
			 probe.boundaries);
	return false;
}

/* Emulators are slow in the page of a breakpoint: what is stepped shares it with nobody. */
#define OWN_PAGE __aligned(4096)

static __noinline OWN_PAGE u32 mix(u32 x)
{
	return x * 1664525 + 1013904223;
}

__noinline int probe_fn(struct probe_work *w)
{
	u32 x = 1;

	for (u32 i = 0; i < PROBE_ROUNDS; i++) {
		x = mix(x);
		WRITE_ONCE(w->word, READ_ONCE(w->word) + x);
		cpu_relax();
		atomic_add_full(&w->sum, x & 0xff);
		cpu_relax();
	}
	w->cpu = cpu_id();
	return x >> 4;
}

__noinline int probe_handler(struct probe_work *w)
{
	w->handled = mix(w->handled);
	return PROBE_HANDLED;
}

__noinline int probe_spin(struct probe_work *w)
{
	while (!READ_ONCE(w->handled))
		cpu_relax();
	return 0;
}

void probe_on_nmi(struct stepper *s)
{
	probe.nmis++;
	probe.nmi_pc = frame_pc(&s->context->frame);
	probe.nmi_base = percpu_base();
}

OWN_PAGE void probe_core(void)
{
	memset(&probe.cpu, 0, sizeof(probe.cpu));
	probe.cpu.id = PROBE_CPU;
	step_cpu_init(&probe.cpu.arch);
}

void probe_prepare(int (*fn)(struct probe_work *))
{
	memset(&probe.work, 0, sizeof(probe.work));
	probe.nmis = 0;
	probe.nmi_pc = 0;
	probe.nmi_base = NULL;
	probe.st = (struct stepper){
		.context = &probe.context,
		.base = &probe.cpu,
		.steps = ~0ull,
		.text = (uintptr_t)probe_fn,
		.text_size = PROBE_TEXT,
		.text_class = probe.class,
	};
	step_call(&probe.context, (uintptr_t)stack + STACK_SIZE, (uintptr_t)fn, &probe.work);
}

bool probe_finished(const char *what, u32 i)
{
	if (step_run(&probe.st) != STEP_RETURNED)
		return probe_wrong(what, i);
	if (step_result(&probe.context) != probe.result ||
	    memcmp(&probe.work, &probe.expected, sizeof(probe.work)))
		return probe_wrong(what, i);
	return true;
}
