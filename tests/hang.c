/* SPDX-License-Identifier: GPL-2.0-or-later */
/* After a job was ended: what each core was doing, and the locks decoded. */
#include "run.h"

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
	report_line("# hang case=%s cpus=%u..%u", r->kase, first, first + n - 1);
	for (u32 id = first; id < first + n && id < online.count; id++) {
		char buf[600];
		struct text t = TEXT_INIT(buf);

		supervisor_describe(id, &t);
		report_line("%s", buf);
	}
	if (r->ops)
		report_locks(r);
}
