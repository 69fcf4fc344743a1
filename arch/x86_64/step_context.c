/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Contexts as the stepper makes them; the same in the image and in the Linux program. */
#include "step_common.h"
#include "../../kernel/string.h"

#define FLAGS_ONE (1u << 1) /* RFLAGS: reads as one */

void step_cpu_init(struct arch_cpu *virtual_core)
{
	struct arch_cpu *home = percpu_base();

	memcpy(virtual_core, home, sizeof(*home));
	virtual_core->self = virtual_core;
}

void step_call(struct step_context *c, uintptr_t stack, uintptr_t fn, const void *arg)
{
	/* As after a call: the return address is where a frame would be aligned. */
	u64 *top = (u64 *)ALIGN_DOWN(stack, 16ul) - 1;
	u64 cs, ss;

	/* The privilege is ours: the kernel's in the image, a program's in the program. */
	__asm__("movq %%cs, %0" : "=r"(cs));
	__asm__("movq %%ss, %0" : "=r"(ss));
	*top = (uintptr_t)step_return;
	*c = (struct step_context){
		.frame =
			{
				.rip = fn,
				.rdi = (uintptr_t)arg,
				.rsp = (uintptr_t)top,
				.rflags = FLAGS_ONE,
				.cs = cs,
				.ss = ss,
			},
	};
}

int step_result(const struct step_context *c)
{
	return (int)c->frame.rax;
}

void step_interrupted(struct step_context *c)
{
}

void step_nmi_end(struct stepper *s)
{
}

bool step_can_take_nmi(const struct step_context *c)
{
	return true;
}
