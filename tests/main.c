/* SPDX-License-Identifier: GPL-2.0-or-later */
/* From the options to the report: choose locks and scenarios, run them, sum up. */
#include <arch/cpu.h>
#include "plan.h"
#include "program.h"
#include "run.h"
#include "../kernel/main.h"
#include "../kernel/string.h"
#include "../kernel/symbols.h"

/* A run that cannot start is one case with the verdict "error", so it counts as such. */
static int refuse(const char *why)
{
	report_line("# error %s", why);
	report_plan(1);
	report_case_end("options", VERDICT_ERROR, why);
	return report_end();
}

static void list_flags(const struct lock_ops *ops, struct text *out)
{
	static const struct {
		u32 flag;
		const char *name;
	} names[] = {
		{LOCK_RESILIENT, "resilient"}, {LOCK_NMI_SAFE, "nmi-safe"},
		{LOCK_FIFO, "fifo"},	       {LOCK_OLD, "old"},
		{LOCK_BY_NAME, "by-name"},     {LOCK_NEGATIVE, "negative"},
	};

	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		if (ops->flags & names[i].flag)
			text_printf(out, "%s%s", out->len ? "," : "", names[i].name);
	}
	if (!out->len)
		text_printf(out, "plain");
}

static int list_all(void)
{
	for (u32 i = 0; i < lock_count(); i++) {
		const struct lock_ops *ops = lock_get(i);
		char buf[64];
		struct text flags = TEXT_INIT(buf);

		list_flags(ops, &flags);
		report_line("# lock name=%s flags=%s atomics=%s origin=\"%s\" doc=\"%s\"",
			    ops->name, buf, ops->atomics, ops->origin, ops->doc);
	}
	for (u32 i = 0; i < scenario_count(); i++) {
		const struct scenario *s = scenario_get(i);

		report_line("# scenario name=%s suites=%s cpus=%u locks=%s doc=\"%s\"", s->name,
			    s->suites, MAX(s->min_cpus, 1u),
			    s->no_lock			     ? "none"
			    : s->lock_flags & LOCK_RESILIENT ? "resilient"
							     : "any",
			    s->doc);
	}
	for (u32 i = 0; program_get(i); i++) {
		const struct program *p = program_get(i);

		report_line("# script name=%s kind=%s cpus=%u doc=\"%s\"", p->name,
			    program_is_map(p)	   ? "map"
			    : program_is_script(p) ? "script"
						   : "program",
			    p->cores, p->doc);
	}
	report_plan(1);
	report_case_end("list", VERDICT_PASS, NULL);
	return report_end();
}

static void run_case(const struct planned_case *c, void *unused)
{
	case_run(c->scenario, c->ops, &boot->options, c->skip);
}

int testbed_main(const struct boot_info *bi)
{
	const struct options *o = &bi->options;
	char buf[200];
	struct text why = TEXT_INIT(buf);
	int error;

	symbol_set_windows(lock_window);
	scenario_registry_init();
	if (o->error[0])
		return refuse(o->error);
	error = lock_registry_init(o->atomics == ATOMICS_LSE	? "lse"
				   : o->atomics == ATOMICS_LLSC ? "llsc"
								: "auto");
	if (error == -ENOSPC)
		return refuse(
			"more locks were built than lock/registry.c has room for (MAX_LOCKS)");
	if (error)
		return refuse("atomics=lse: this machine has no LSE atomics; use llsc or auto");
	if (!programs_init(o->script, &why))
		return refuse(buf);
	if (o->list)
		return list_all();
	if (!plan_check(o, &why))
		return refuse(buf);
	report_plan(plan_count(o));
	plan_each(o, run_case, NULL);
	return report_end();
}
