/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A trial in words: where its cores are, and what its locks and tables hold. */
#include "trial.h"
#include "../kernel/report.h"
#include "../kernel/symbols.h"

void trial_describe(const struct trial *t, u32 core, struct text *out)
{
	const struct vcore *v = t->world->core[core];
	static const char *const states[] = {
		[VCORE_READY] = "ready", [VCORE_WAITING] = "waits", [VCORE_DONE] = "done"};
	uintptr_t pc = vcore_pc(v);
	int window = lock_window(pc);
	const char *name;
	size_t offset;

	text_printf(out, "core %u %s", core, v->live.level ? "nmi" : "task");
	if (v->live.state == VCORE_DONE) {
		text_printf(out, " done");
		return;
	}
	if (window >= 0)
		text_printf(out, " W%d", window);
	text_printf(out, " pc=%p", (void *)(pc - image_base()));
	name = symbol_name(pc, &offset);
	if (name)
		text_printf(out, " %s+0x%zx", name, offset);
	text_printf(out, " %s", v->live.state < ARRAY_SIZE(states) ? states[v->live.state] : "?");
	if (v->live.spins)
		text_printf(out, " for ever");
}

/* Locks find the cores through their own core's group. */
static struct cpu_group *enter_group(const struct trial *t)
{
	struct cpu_group *real = this_cpu()->group;

	this_cpu()->group = t->world->group;
	return real;
}

void trial_decode_lock(const struct trial *t, u32 i, struct text *out)
{
	struct cpu_group *real = enter_group(t);

	t->ops->decode(trial_lock(t, i), out);
	this_cpu()->group = real;
}

void trial_decode_core(const struct trial *t, u32 core, struct text *out)
{
	struct cpu_group *real = enter_group(t);

	t->ops->decode_cpu(&t->world->core[core]->cpu, out);
	this_cpu()->group = real;
}

void trial_dump(const struct trial *t, const char *tag, const char *kase)
{
	char buf[300];

	for (u32 i = 0; i < t->world->cores; i++) {
		struct text line = TEXT_INIT(buf);

		buf[0] = '\0';
		trial_describe(t, i, &line);
		report_line("# %s case=%s %s", tag, kase, buf);
		line = TEXT_INIT(buf);
		buf[0] = '\0';
		trial_decode_core(t, i, &line);
		if (line.len)
			report_line("# %s case=%s core %u %s", tag, kase, i, buf);
	}
	for (u32 i = 0; i < t->program->locks; i++) {
		struct text line = TEXT_INIT(buf);

		buf[0] = '\0';
		trial_decode_lock(t, i, &line);
		report_line("# %s case=%s lock %c at %p %s", tag, kase, 'A' + i, trial_lock(t, i),
			    buf);
	}
}
