/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The runner linked into each unit test: unit [-v] [PART OF A TEST'S NAME]
 * Prints what failed and "N passed, N failed". Status: 0 all passed, 1 not, 2 no such test.
 */
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#undef __always_inline /* glibc spells it differently */

#include "unit.h"

#define TEST_SECONDS 60

unsigned long unit_checks;

static struct unit_test *first, **last = &first;
static unsigned int failures; /* of the running test */
static u64 random_state;

void unit_register(struct unit_test *t)
{
	*last = t;
	last = &t->next;
}

void unit_fail(const char *file, int line, const char *fmt, ...)
{
	va_list ap;

	failures++;
	printf("# %s:%d: ", file, line);
	va_start(ap, fmt);
	vprintf(fmt, ap);
	va_end(ap);
	putchar('\n');
}

void unit_expect_eq(const char *file, int line, const char *what, u64 got, u64 want)
{
	unit_checks++;
	if (got != want)
		unit_fail(file, line, "%s is %lld (0x%llx), not %lld (0x%llx)", what,
			  (long long)got, (unsigned long long)got, (long long)want,
			  (unsigned long long)want);
}

void unit_expect_str(const char *file, int line, const char *what, const char *got,
		     const char *want, bool whole)
{
	unit_checks++;
	if (!got)
		unit_fail(file, line, "%s is NULL, not \"%s\"", what, want);
	else if (whole ? strcmp(got, want) != 0 : !strstr(got, want))
		unit_fail(file, line, "%s is \"%s\", %s \"%s\"", what, got,
			  whole ? "not" : "without", want);
}

void *unit_alloc(size_t len)
{
	void *p = malloc(len);

	if (!p)
		abort();
	return p;
}

void unit_free(void *p)
{
	free(p);
}

u8 *unit_read_file(const char *path, size_t *len)
{
	FILE *f = fopen(path, "rb");
	u8 *p = NULL;
	long size;

	*len = 0;
	if (f && !fseek(f, 0, SEEK_END) && (size = ftell(f)) >= 0 && !fseek(f, 0, SEEK_SET)) {
		p = unit_alloc(size);
		*len = fread(p, 1, size, f);
	}
	if (f)
		fclose(f);
	if (!p || !*len)
		unit_fail(path, 0, "cannot read this file");
	return p;
}

/* Marsaglia's xorshift64, 2003 */
u64 unit_random(void)
{
	random_state ^= random_state << 13;
	random_state ^= random_state >> 7;
	random_state ^= random_state << 17;
	return random_state;
}

static bool run(struct unit_test *t, bool verbose)
{
	failures = 0;
	unit_checks = 0;
	random_state = 0x9e3779b97f4a7c15;
	alarm(TEST_SECONDS);
	t->run();
	alarm(0);
	if (!failures && !unit_checks)
		unit_fail(t->file, 0, "the test checks nothing");
	if (failures || verbose)
		printf("%s %s\n", failures ? "not ok" : "ok", t->name);
	return !failures;
}

int main(int argc, char **argv)
{
	bool verbose = argc > 1 && !strcmp(argv[1], "-v");
	const char *want = argc > 1 + verbose ? argv[1 + verbose] : "";
	const char *name = strrchr(argv[0], '/');
	unsigned int passed = 0, failed = 0;

	setvbuf(stdout, NULL, _IOLBF, 0);
	for (struct unit_test *t = first; t; t = t->next) {
		if (!strstr(t->name, want))
			continue;
		if (run(t, verbose))
			passed++;
		else
			failed++;
	}
	printf("%s: %u passed, %u failed\n", name ? name + 1 : argv[0], passed, failed);
	return failed ? 1 : passed ? 0 : 2;
}
