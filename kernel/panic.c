/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The end of a run that went wrong. No end marker follows, so no reader can take the
 * report for a whole one.
 */
#include <arch/power.h>
#include "console.h"
#include "cpu.h"
#include "main.h"
#include "printf.h"
#include "supervisor.h"

#define STATUS_CRASH 3
#define BACKTRACE    12

/* Not on the stack: that may be what is broken. */
static char buf[4096];

static __noreturn void bail_out(struct text *t)
{
	text_printf(t, "\n");
	console_write(t->buf, t->len);
	power_exit(STATUS_CRASH, boot && boot->options.end == END_OFF);
}

void panic(const char *fmt, ...)
{
	struct text t = TEXT_INIT(buf);
	va_list ap;

	console_seize();
	text_printf(&t, "\nBail out! ");
	va_start(ap, fmt);
	text_vprintf(&t, fmt, ap);
	va_end(ap);
	bail_out(&t);
}

static void print_backtrace(const struct cpu *cpu, const struct trap_frame *f, struct text *t)
{
	uintptr_t trace[BACKTRACE];

	supervisor_backtrace(cpu, frame_fp(f), trace, BACKTRACE);
	for (u32 i = 0; i < BACKTRACE && trace[i]; i++) {
		text_printf(t, "# trap from ");
		supervisor_print_pc(t, trace[i] - 1);
		text_printf(t, "\n");
	}
}

/*
 * The first line goes out before registers and stacks are looked at: if that faults too,
 * something was said. A trap inside the dump ends here a second time, with less to say.
 */
void kernel_bad_trap(struct trap_frame *f, const char *what)
{
	static u32 depth;
	struct text t = TEXT_INIT(buf);
	u32 level = depth++;

	console_seize();
	if (level == 0) {
		text_printf(&t, "\n# trap what=\"%s\" pc=", what);
		supervisor_print_pc(&t, frame_pc(f));
		text_printf(&t, "\n");
		console_write(t.buf, t.len);

		t.len = 0;
		frame_print(f, &t);
		if (online.count)
			print_backtrace(this_cpu(), f, &t);
	}
	text_printf(&t, "Bail out! %s at ", what);
	supervisor_print_pc(&t, frame_pc(f));
	if (online.count)
		text_printf(&t, " on cpu %u", cpu_id());
	bail_out(&t);
}
