/* SPDX-License-Identifier: GPL-2.0-or-later */
/* After a job was ended: what each core was doing, and the locks decoded. */
#include "run.h"

static const char *window_of(uintptr_t pc, char *buf, size_t size)
{
	int w = lock_window(pc);

	if (w < 0)
		return "none";
	snprintf(buf, size, "W%d", w);
	return buf;
}

/* The windows on a core's stack: in an NMI the interrupted context's counts as well. */
static void report_windows(u32 id)
{
	const struct snapshot *s = online.cpu[id]->snapshot;
	char buf[160], name[8];
	struct text line = TEXT_INIT(buf);

	if (!s || !s->valid)
		return;
	text_printf(&line, "# hang cpu=%u window=%s", id, window_of(s->pc, name, sizeof(name)));
	for (u32 i = 0; i < ARRAY_SIZE(s->backtrace) && s->backtrace[i]; i++) {
		if (lock_window(s->backtrace[i]) >= 0)
			text_printf(&line, " called_from=%s",
				    window_of(s->backtrace[i], name, sizeof(name)));
	}
	report_line("%s", buf);
}

/* supervisor_describe() gives several lines in one text. */
static void report_text(const char *s)
{
	while (*s) {
		int n = 0;

		while (s[n] && s[n] != '\n')
			n++;
		if (n)
			report_line("%.*s", n, s);
		s += s[n] ? n + 1 : n;
	}
}

static void report_locks(const struct scenario_run *r)
{
	for (u32 i = 0; i < r->nr_locks; i++) {
		char buf[200];
		struct text line = TEXT_INIT(buf);

		r->ops->decode(&r->lock[i], &line);
		report_line("# hang lock=%u at=%p %s", i, (const void *)&r->lock[i], buf);
	}
	for (u32 i = 0; i < online.count; i++) {
		char buf[400];
		struct text line = TEXT_INIT(buf);

		r->ops->decode_cpu(online.cpu[i], &line);
		if (line.len)
			report_line("# hang cpu=%u %s", i, buf);
	}
}

void hang_report(const struct scenario_run *r, u32 first, u32 n)
{
	static char buf[2048];

	report_line("# hang case=%s cpus=%u..%u", r->kase, first, first + n - 1);
	for (u32 id = first; id < first + n && id < online.count; id++) {
		struct text t = TEXT_INIT(buf);

		buf[0] = '\0';
		supervisor_describe(id, &t);
		report_text(buf);
		report_windows(id);
	}
	if (r->ops)
		report_locks(r);
}
