/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Command lines from the fuzzer; the same bytes as a list of globs and a name.
 * unit: boot/options.c boot/match.c kernel/printf.c kernel/string.c
 */
#include "fuzz.h"

static char *line; /* as long as the input, so that one byte too many is seen */

static const char *next(size_t i)
{
	return i < nr_option_docs ? option_docs[i].name : i == nr_option_docs ? line : NULL;
}

static void check_options(void)
{
	struct options o;
	int rc;

	options_default(&o);
	rc = options_parse(&o, line);
	must(rc == 0 ? !o.error[0] : rc == -EINVAL && o.error[0]);
	must_be_text(o.error, sizeof(o.error));
	for (const char *c = o.error; *c; c++)
		must(*c >= ' ' && *c < 0x7f);
	must_be_text(o.run, sizeof(o.run));
	must_be_text(o.lock, sizeof(o.lock));
	must_be_text(o.run_id, sizeof(o.run_id));
	must_be_text(o.commit, sizeof(o.commit));
	must(o.cpus <= 1024 && o.duration_ms <= 86400000);
	must(o.hold_ns <= 10000000000 || o.hold_ns == OPTION_OWN);
	must(o.nmi_hold_ns <= 10000000000 || o.nmi_hold_ns == OPTION_OWN);
	must(o.nmi_hz <= 100000 || o.nmi_hz == OPTION_OWN);
	must(o.console <= CONSOLE_NONE && o.atomics <= ATOMICS_LLSC);
	must(o.nmi <= NMI_SUPERPRIORITY && o.end <= END_OFF);
	must(o.x2apic >= -1 && o.x2apic <= 1);
}

int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
	line = __builtin_malloc(size + 1);
	memcpy(line, data, size);
	line[size] = '\0';

	check_options();
	options_match(line, "rq-7.2-tas");
	options_match("rq-*,*-t?s", line);
	must(options_match("*", line));
	options_nearest(line, next);
	__builtin_free(line);
	return 0;
}
