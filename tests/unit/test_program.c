/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Programs and directives from text, and the expected table.
 * unit: tests/program.c tests/scan.c tests/expected.c kernel/printf.c kernel/string.c
 */
#include "unit.h"

#include "../expected.h"
#include "../program.h"
#include "../../kernel/string.h"

#define PAIR "core 0: lock A, unlock A\ncore 1: lock A, unlock A\n"

static struct program p;
static char buf[200];

static bool parse(const char *text)
{
	struct text why = TEXT_INIT(buf);
	/* Exactly its size, so that one byte too many is seen. */
	char *copy = unit_alloc(strlen(text) + 1);
	bool good;

	buf[0] = '\0';
	memcpy(copy, text, strlen(text) + 1);
	good = program_parse(&p, "test", copy, &why);
	unit_free(copy);
	EXPECT(good == !buf[0]);
	return good;
}

static void refused(const char *text, const char *why)
{
	EXPECT(!parse(text));
	EXPECT_STR(buf, why);
}

TEST(a_program)
{
	ASSERT(parse("# a remark; with a semicolon: still one\n"
		     "doc  two cores,\tand more \n"
		     "guilty 0\n"
		     "core 0: lock A, try B, unlock B, unlock A\n"
		     "core 1: lock C, unlock C # behind it\n"
		     "nmi 1: try A, unlock A"));
	EXPECT_STR(p.name, "test");
	EXPECT_STR(p.doc, "two cores, and more");
	EXPECT_EQ(p.cores, 2);
	EXPECT_EQ(p.locks, 3);
	EXPECT_EQ(p.guilty, 1);
	EXPECT_EQ(p.flags, LOCK_NMI_SAFE);
	EXPECT_EQ(p.nr_directives, 0);
	EXPECT(!program_is_script(&p) && !program_is_map(&p));
	EXPECT_EQ(p.task[0].count, 4);
	EXPECT_EQ(p.task[0].op[1].kind, OP_TRY);
	EXPECT_EQ(p.task[0].op[1].lock, 1);
	EXPECT_EQ(p.task[0].op[2].match, 1);
	EXPECT_EQ(p.task[0].op[3].match, 0);
	EXPECT_EQ(p.nmi[1].count, 2);
	EXPECT_EQ(p.nmi[0].count, 0);
}

TEST(unlock_belongs_to_the_latest_lock)
{
	ASSERT(parse("core 0: lock A, lock A, unlock A, unlock A, lock A, unlock A"));
	EXPECT_EQ(p.task[0].op[2].match, 1);
	EXPECT_EQ(p.task[0].op[3].match, 0);
	EXPECT_EQ(p.task[0].op[5].match, 4);
}

TEST(directives)
{
	ASSERT(parse(PAIR "nmi 1: lock A, unlock A\n"
			  "run 0 until W4\n"
			  "run 1 until waits\n"
			  "run 1 until waits W7 or W17\n"
			  "run 1 until holds A\n"
			  "run 0 until done\n"
			  "run 0 for 12 steps\n"
			  "nmi 1\n"
			  "hold 0\n"
			  "wait 1500 us\n"
			  "free 0\n"
			  "map 1\n"
			  "run all\n"));
	EXPECT_EQ(p.nr_directives, 12);
	EXPECT_EQ(p.directive[0].kind, DO_RUN_WINDOW);
	EXPECT_EQ(p.directive[0].arg, 1 << 4);
	EXPECT_EQ(p.directive[0].line, 4);
	EXPECT_EQ(p.directive[1].kind, DO_RUN_WAITS);
	EXPECT_EQ(p.directive[1].arg, 0);
	EXPECT_EQ(p.directive[2].arg, 1 << 7 | 1 << 17);
	EXPECT_EQ(p.directive[3].kind, DO_RUN_HOLDS);
	EXPECT_EQ(p.directive[3].arg, 0);
	EXPECT_EQ(p.directive[4].kind, DO_RUN_DONE);
	EXPECT_EQ(p.directive[5].arg, 12);
	EXPECT_EQ(p.directive[6].kind, DO_NMI);
	EXPECT_EQ(p.directive[6].core, 1);
	EXPECT_EQ(p.directive[7].kind, DO_HOLD);
	EXPECT_EQ(p.directive[8].arg, 1500000);
	EXPECT_EQ(p.directive[9].kind, DO_FREE);
	EXPECT_EQ(p.directive[11].kind, DO_RUN_ALL);
	EXPECT(program_is_script(&p) && program_is_map(&p));
}

TEST(one_line)
{
	ASSERT(parse("name_mine;doc_my_own;core_0:lock_A,_unlock_A;;run_0_until_holds_A;run_all"));
	EXPECT_STR(p.name, "mine");
	EXPECT_STR(p.doc, "my own");
	EXPECT_EQ(p.nr_directives, 2);
	EXPECT_EQ(p.directive[0].line, 5);
}

TEST(bad_operations)
{
	refused("core 8: lock A, unlock A", "line 1: core '8': there are cores 0 to 7");
	refused("core x: lock A", "line 1: core 'x': there are cores 0 to 7");
	refused("core 0 lock A", "line 1: ':' is needed behind the core");
	refused("\ncore 0: grab A", "line 2: operation 'grab': there are lock, try and unlock");
	refused("core 0:", "line 1: operation '': there are lock, try and unlock");
	refused("core 0: lock E", "line 1: lock 'E': there are locks A to D");
	refused("core 0: lock", "line 1: lock '': there are locks A to D");
	refused("core 0: lock A unlock A", "line 1: 'unlock' is too much here");
	refused("core 0: lock A,", "line 1: operation '': there are lock, try and unlock");
	refused("core 0: lock A", "line 1: A is locked and never unlocked");
	refused("core 0: unlock A", "line 1: unlock A: it is not locked here");
	refused("core 0: lock A, unlock A, unlock A", "line 1: unlock A: it is not locked here");
	refused("core 0: lock A, lock B, unlock A, unlock B",
		"line 1: unlock A: B was locked last and has to go first");
	refused("core 0: lock A, unlock A\ncore 0: lock A, unlock A",
		"line 2: core 0 has this program already");
	refused("core 0: lock A,unlock A,lock A,unlock A,lock A,unlock A,lock A,unlock A,"
		"lock A,unlock A,lock A,unlock A,lock A,unlock A",
		"line 1: more than 12 operations");
}

TEST(bad_lines)
{
	refused("", "line 1: no core has a program: 'core 0: lock A, unlock A'");
	refused("cores 2", "line 1: 'cores': there are doc, name, core, nmi, guilty, needs, run, "
			   "hold, free, wait, idle and map");
	refused("doc", "line 1: doc: a text is needed here");
	refused("name a-name-of-more-than-23-characters",
		"line 1: name has more than 23 characters");
	refused("needs patience", "line 1: needs 'patience': there are resilient, nmi-safe and "
				  "fifo");
	refused("guilty", "line 1: core '': there are cores 0 to 7");
	refused("core 1: lock A, unlock A", "line 1: core 0 has no program, but a higher one has");
	refused(PAIR "guilty 2",
		"line 3: nmi or guilty: a core without a program; there are 0 to 1");
	refused(PAIR "nmi 2: lock A, unlock A",
		"line 3: nmi or guilty: a core without a program; there are 0 to 1");
}

TEST(bad_directives)
{
	refused(PAIR "run 2 until W4", "line 3: core 2: this text has cores 0 to 1");
	refused(PAIR "run 0", "line 3: run 0: 'until ...' or 'for K steps' is needed here");
	refused(PAIR "run 0 until W18", "line 3: window 'W18': there are W0 to W17");
	refused(PAIR "run 0 until W", "line 3: window 'W': there are W0 to W17");
	refused(PAIR "run 0 until W3 or 4", "line 3: window '4': there are W0 to W17");
	refused(PAIR "run 0 until sleeps",
		"line 3: until 'sleeps': there are Wn, waits, waits Wn, holds LOCK, slow and done");
	refused(PAIR "run 0 until waits often", "line 3: window 'often': there are W0 to W17");
	refused(PAIR "run 0 until holds B", "line 3: core 0 never takes B");
	refused(PAIR "run 0 for 0 steps",
		"line 3: '0': a number from 1 to 1000000 and 'steps' are needed here");
	refused(PAIR "run 0 for 5",
		"line 3: '5': a number from 1 to 1000000 and 'steps' are needed here");
	refused(PAIR "wait 99999999999999999999999 us",
		"line 3: '99999999999999999999999': a number from 1 to 10000000 and 'us' are "
		"needed here");
	refused(PAIR "nmi 0", "line 3: nmi 0: there is no 'nmi 0: ...'");
	refused(PAIR "free 0", "line 3: free 0: it is not held");
	refused(PAIR "map 0\nmap 1", "line 4: map: only once");
	refused(PAIR "run all now", "line 3: 'now' is too much here");
}

TEST(too_many_directives)
{
	static char text[2000];
	struct text t = TEXT_INIT(text);

	text_printf(&t, PAIR);
	for (u32 i = 0; i < PROGRAM_DIRECTIVES + 1; i++)
		text_printf(&t, "run all\n");
	refused(text, "line 35: more than 32 directives");
}

TEST(what_a_lock_lacks)
{
	struct lock_ops plain = {.flags = LOCK_FIFO}, safe = {.flags = LOCK_NMI_SAFE};

	ASSERT(parse(PAIR "nmi 0: lock A, unlock A"));
	EXPECT_STR(program_missing(&p, &plain), "an NMI-safe lock");
	EXPECT(!program_missing(&p, &safe));
	ASSERT(parse(PAIR "needs resilient, fifo"));
	EXPECT_STR(program_missing(&p, &plain), "a resilient lock");
	ASSERT(parse(PAIR "needs fifo"));
	EXPECT_STR(program_missing(&p, &safe), "a FIFO lock");
	EXPECT(!program_missing(&p, &plain));
}

/* Random lines from the language's words: never a fault, and a refusal always says why. */
TEST(random_texts)
{
	static const char *const words[] = {
		"core",	 "0",  "1",	 ":",	  "lock",  "A",	    ",",    "unlock", "run",
		"until", "W7", "or",	 "waits", "holds", "nmi",   "hold", "free",   "all",
		"map",	 "\n", ";",	 "#",	  "for",   "steps", "wait", "us",     "9",
		"doc",	 "_",  "guilty", "needs", "fifo",  "\xff"};
	u64 state = unit_random();

	for (u32 i = 0; i < 20000; i++) {
		char text[300];
		struct text t = TEXT_INIT(text);

		text_printf(&t, "%s", i % 2 ? PAIR : "");
		for (u32 n = 0; n < i % 40; n++) {
			state = state * 6364136223846793005ull + 1442695040888963407ull;
			text_printf(&t, "%s ", words[(state >> 33) % ARRAY_SIZE(words)]);
		}
		parse(text);
		EXPECT(p.cores <= WORLD_CORES && p.nr_directives <= PROGRAM_DIRECTIVES);
	}
}

TEST(expected_cells)
{
	static const char table[] = "# remark\n\n"
				    "a rq-1 fail timeout-pending,flushed 250000001 2 1 # so\n"
				    "a\trq-2  ok  -  0 0 0\n";
	struct text why = TEXT_INIT(buf);
	struct expected e;

	buf[0] = '\0';
	EXPECT_EQ(expected_find(table, "a", "rq-1", &e, &why), 1);
	EXPECT_STR(e.outcome, "fail");
	EXPECT_STR(e.cause, "timeout-pending,flushed");
	EXPECT_EQ(e.time_ns, 250000001);
	EXPECT_EQ(e.fails, 2);
	EXPECT_EQ(e.innocents, 1);
	EXPECT_EQ(expected_find(table, "a", "rq-2", &e, &why), 1);
	EXPECT_STR(e.outcome, "ok");
	EXPECT_EQ(expected_find(table, "b", "rq-2", &e, &why), 0);
	EXPECT_STR(buf, "");
}

TEST(expected_damaged)
{
	static const char *const bad[] = {"\na rq ok - 0 0", "\na rq ok - 0 0 0 0",
					  "\na rq ok - x 0 0", "\na rq ok - 0 0 0x1",
					  "\na rq ok - 0 99999999999999999999 0"};
	struct expected e;

	for (u32 i = 0; i < ARRAY_SIZE(bad); i++) {
		struct text why = TEXT_INIT(buf);

		EXPECT_EQ(expected_find(bad[i], "a", "rq", &e, &why), (u64)-1);
		EXPECT_STR(buf, "line 2: needed are script, lock, outcome, cause and three "
				"numbers");
	}
}
