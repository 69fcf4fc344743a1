/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Linux sets the step bit of an arm64 program for its debugger only, so there is no stepping
 * here: step_missing() says so, and whoever steps all the same is wrong.
 */
#include "../internal.h"

const char *step_missing(void)
{
	return "an arm64 program cannot step itself: Linux lets only a debugger do it";
}

static __noreturn void wrong(void)
{
	struct trap_frame f = {.pc = (uintptr_t)__builtin_return_address(0)};

	trap_unexpected(&f, "stepped where step_missing() says that it cannot be");
}

void step_cpu_init(struct arch_cpu *virtual_core)
{
	wrong();
}

void step_call(struct step_context *c, uintptr_t stack, uintptr_t fn, const void *arg)
{
	wrong();
}

int step_result(const struct step_context *c)
{
	wrong();
}

void step_interrupted(struct step_context *c)
{
	wrong();
}

enum step_stop step_run(struct stepper *s)
{
	wrong();
}

void step_nmi_end(struct stepper *s)
{
	wrong();
}

bool step_can_take_nmi(const struct step_context *c)
{
	return false;
}

bool step_trap(struct arch_cpu *cpu, struct trap_frame *f, int code)
{
	return false;
}

void step_nmi(struct arch_cpu *cpu, struct trap_frame *f)
{
	wrong();
}

void step_off(struct arch_cpu *cpu)
{
	cpu->stepper = NULL;
}
