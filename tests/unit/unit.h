/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Unit tests on the host. A test file is tests/unit/test_<part>.c: a comment line
 * " * unit: boot/options.c ..." names the sources it needs, then tests follow:
 *
 *	TEST(seed_is_decimal_or_hex)
 *	{
 *		EXPECT_EQ(options_parse(&o, "seed=0x10"), 0);
 *		EXPECT_EQ(o.seed, 16);
 *	}
 *
 * `make unit` finds, builds and runs it under AddressSanitizer and UBSan. No C library
 * headers here or in test files: the code under test has its own (kernel/string.h).
 * Code that stands on arch/ also needs tests/unit/host.c (asm/cpu.h there).
 */
#ifndef UNIT_H
#define UNIT_H

#include <arch/types.h>

struct unit_test {
	const char *name, *file;
	void (*run)(void);
	struct unit_test *next;
};

/* Called before main() by TEST(); tests run in the order of the file. */
void unit_register(struct unit_test *t);

/* The running test has failed; it goes on, so that all its failures are seen. */
void unit_fail(const char *file, int line, const char *fmt, ...) __printf(3, 4);

/* Checks made so far by the running test; one that checks nothing fails. */
extern unsigned long unit_checks;

void unit_expect_eq(const char *file, int line, const char *what, u64 got, u64 want);
void unit_expect_str(const char *file, int line, const char *what, const char *got,
		     const char *want, bool whole);

/* A file's bytes in a heap block of exactly its size; fails the test if unreadable. */
u8 *unit_read_file(const char *path, size_t *len);

/* Heap block of exactly @len bytes, so that AddressSanitizer sees one byte too many. */
void *unit_alloc(size_t len);
void unit_free(void *p);

/* Seed of the test's own random choices, the same on each run. */
u64 unit_random(void);

#define TEST(id)                                                                                   \
	static void id(void);                                                                      \
	static struct unit_test id##_test = {#id, __FILE__, id, NULL};                             \
	__attribute__((__constructor__)) static void id##_register(void)                           \
	{                                                                                          \
		unit_register(&id##_test);                                                         \
	}                                                                                          \
	static void id(void)

#define EXPECT(cond)                                                                               \
	do {                                                                                       \
		unit_checks++;                                                                     \
		if (!(cond))                                                                       \
			unit_fail(__FILE__, __LINE__, "not true: %s", #cond);                      \
	} while (0)

/* Leave the test: what follows makes no sense without @cond. */
#define ASSERT(cond)                                                                               \
	do {                                                                                       \
		unit_checks++;                                                                     \
		if (!(cond)) {                                                                     \
			unit_fail(__FILE__, __LINE__, "not true: %s", #cond);                      \
			return;                                                                    \
		}                                                                                  \
	} while (0)

#define EXPECT_EQ(got, want)  unit_expect_eq(__FILE__, __LINE__, #got, (u64)(got), (u64)(want))
#define EXPECT_STR(got, want) unit_expect_str(__FILE__, __LINE__, #got, got, want, true)
/* @got contains @part. */
#define EXPECT_HAS(got, part) unit_expect_str(__FILE__, __LINE__, #got, got, part, false)

#endif
