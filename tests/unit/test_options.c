/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The words of the command line.
 * unit: boot/options.c boot/match.c kernel/printf.c kernel/string.c
 */
#include "unit.h"

#include "../../boot/options.h"
#include "../../kernel/printf.h"
#include "../../kernel/string.h"

static struct options o;

static int parse(const char *line)
{
	options_default(&o);
	return options_parse(&o, line);
}

/* Every bad word: -EINVAL, and a sentence that has @part in it. */
static void refused(const char *line, const char *part)
{
	if (parse(line) != -EINVAL)
		unit_fail(__FILE__, 0, "'%s' was accepted", line);
	EXPECT_HAS(o.error, part);
}

static void accepted(const char *line)
{
	if (parse(line))
		unit_fail(__FILE__, 0, "'%s' was refused", line);
	EXPECT_STR(o.error, "");
}

TEST(empty_line_gives_defaults)
{
	accepted("");
	EXPECT_STR(o.run, "");
	EXPECT_STR(o.lock, "");
	EXPECT_EQ(o.cpus, 0);
	EXPECT_EQ(o.duration_ms, 0);
	EXPECT_EQ(o.hold_ns, OPTION_OWN);
	EXPECT_EQ(o.nmi_hold_ns, OPTION_OWN);
	EXPECT_EQ(o.nmi_hz, OPTION_OWN);
	EXPECT_EQ(o.seed, 1);
	EXPECT_EQ(o.seed_given, false);
	EXPECT_EQ(o.console, CONSOLE_AUTO);
	EXPECT_EQ(o.x2apic, -1);
	accepted(" \t\r\n ");
}

TEST(whole_line)
{
	accepted("run=aa-*,abba lock=rq-7.2 cpus=4 duration=0.5 seed=0x51 console=serial "
		 "atomics=lse nmi=pmr end=off x2apic=1 el2 run_id=6f1c commit=abc123+");
	EXPECT_STR(o.run, "aa-*,abba");
	EXPECT_STR(o.lock, "rq-7.2");
	EXPECT_EQ(o.cpus, 4);
	EXPECT_EQ(o.duration_ms, 500);
	EXPECT_EQ(o.seed, 0x51);
	EXPECT_EQ(o.seed_given, true);
	EXPECT_EQ(o.console, CONSOLE_SERIAL);
	EXPECT_EQ(o.atomics, ATOMICS_LSE);
	EXPECT_EQ(o.nmi, NMI_PMR);
	EXPECT_EQ(o.end, END_OFF);
	EXPECT_EQ(o.x2apic, 1);
	EXPECT_EQ(o.el2, true);
	EXPECT_STR(o.run_id, "6f1c");
	EXPECT_STR(o.commit, "abc123+");
	EXPECT_EQ(o.list, false);
}

TEST(blanks_of_all_kinds)
{
	accepted("\tcpus=3\r\nseed=7\n  lock=mcs\t");
	EXPECT_EQ(o.cpus, 3);
	EXPECT_EQ(o.seed, 7);
	EXPECT_STR(o.lock, "mcs");
}

TEST(remarks_in_a_file)
{
	accepted("# lock=mcs\ncpus=3 # seed=9 bad words\r\nseed=7\n#");
	EXPECT_STR(o.lock, "");
	EXPECT_EQ(o.cpus, 3);
	EXPECT_EQ(o.seed, 7);
}

TEST(last_one_holds)
{
	accepted("cpus=3 cpus=5");
	EXPECT_EQ(o.cpus, 5);
	accepted("console=0x3f8 console=auto");
	EXPECT_EQ(o.uart_base, 0);
}

TEST(a_second_line_adds)
{
	accepted("cpus=3 seed=4");
	EXPECT_EQ(options_parse(&o, "seed=5"), 0);
	EXPECT_EQ(o.cpus, 3);
	EXPECT_EQ(o.seed, 5);
}

TEST(run)
{
	accepted("run=*");
	refused("run=", "run=: must be a comma list");
	refused("run", "run needs a value: a comma list");
}

TEST(overlong_value)
{
	char line[8 + OPTIONS_LIST + 1];

	memset(line, 'a', sizeof(line));
	memcpy(line, "run=", 4);
	line[4 + OPTIONS_LIST - 1] = '\0';
	accepted(line);
	EXPECT_EQ(strlen(o.run), OPTIONS_LIST - 1);
	line[4 + OPTIONS_LIST - 1] = 'a';
	line[4 + OPTIONS_LIST] = '\0';
	refused(line, "run=aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa...: must be");
	EXPECT_HAS(o.error, "at most 255 characters");
	EXPECT_STR(o.run, "");
}

TEST(cpus)
{
	accepted("cpus=1024");
	EXPECT_EQ(o.cpus, 1024);
	accepted("cpus=0");
	refused("cpus=1025", "cpus=1025: must be a number of cores, 1 to 1024, or 0 for all");
	refused("cpus=", "cpus=: must be");
	refused("cpus=two", "cpus=two: must be");
	refused("cpus=-1", "cpus=-1");
	refused("cpus=4294967297", "cpus=4294967297");
	refused("cpus=4x", "cpus=4x");
}

TEST(duration)
{
	accepted("duration=2");
	EXPECT_EQ(o.duration_ms, 2000);
	accepted("duration=0.001");
	EXPECT_EQ(o.duration_ms, 1);
	accepted("duration=1.25");
	EXPECT_EQ(o.duration_ms, 1250);
	accepted("duration=1.2509999");
	EXPECT_EQ(o.duration_ms, 1250);
	accepted("duration=86400");
	refused("duration=0", "duration=0: must be seconds, 0.001 to 86400");
	refused("duration=0.0009", "duration");
	refused("duration=86400.001", "duration");
	refused("duration=86401", "duration");
	refused("duration=", "duration");
	refused("duration=.", "duration");
	refused("duration=.5", "duration");
	refused("duration=1.", "duration");
	refused("duration=1.5s", "duration=1.5s");
	refused("duration=1.5.5", "duration");
	refused("duration=1e3", "duration");
	refused("duration=0x10", "duration");
	refused("duration=99999999999999999999", "duration");
}

TEST(sections)
{
	accepted("hold=20000 nmi_hold=10000.5 nmi_hz=50");
	EXPECT_EQ(o.hold_ns, 20000000);
	EXPECT_EQ(o.nmi_hold_ns, 10000500);
	EXPECT_EQ(o.nmi_hz, 50);
	accepted("hold=0 nmi_hold=0.0 nmi_hz=0");
	EXPECT_EQ(o.hold_ns, 0);
	EXPECT_EQ(o.nmi_hold_ns, 0);
	EXPECT_EQ(o.nmi_hz, 0);
	accepted("hold=10000000 nmi_hold=0.0019 nmi_hz=100000");
	EXPECT_EQ(o.hold_ns, 10000000000ull);
	EXPECT_EQ(o.nmi_hold_ns, 1);
	EXPECT_EQ(o.nmi_hz, 100000);
	refused("hold=10000000.001", "hold=10000000.001: must be microseconds, 0 to 10000000");
	EXPECT_EQ(o.hold_ns, OPTION_OWN);
	refused("hold=18446744073709552", "hold");
	refused("hold=20ms", "hold=20ms: must be microseconds");
	refused("hold=", "hold=: must be");
	refused("hold=-1", "hold=-1: must be");
	refused("hold", "hold needs a value: microseconds, 0 to 10000000");
	refused("nmi_hold=.5", "nmi_hold=.5: must be microseconds, 0 to 10000000");
	refused("nmi_hold=1.2.3", "nmi_hold");
	refused("nmi_hz=100001", "nmi_hz=100001: must be a number of NMIs, 0 to 100000");
	refused("nmi_hz=0.5", "nmi_hz=0.5: must be");
	EXPECT_EQ(o.nmi_hz, OPTION_OWN);
	refused("nmihz=5", "did you mean 'nmi_hz'?");
	refused("holt=5", "did you mean 'hold'?");
}

TEST(seed)
{
	accepted("seed=18446744073709551615");
	EXPECT_EQ(o.seed, ~0ull);
	accepted("seed=0xffffffffffffffff");
	EXPECT_EQ(o.seed, ~0ull);
	accepted("seed=0XaB");
	EXPECT_EQ(o.seed, 0xab);
	accepted("seed=0");
	EXPECT_EQ(o.seed_given, true);
	refused("seed=18446744073709551616",
		"seed=18446744073709551616: must be a 64-bit number, decimal or 0x");
	EXPECT_EQ(o.seed, 1);
	EXPECT_EQ(o.seed_given, false);
	refused("seed=0x10000000000000000", "seed");
	refused("seed=0x", "seed");
	refused("seed=", "seed");
	refused("seed=12ab", "seed");
	refused("seed=0xg", "seed");
}

TEST(flags)
{
	accepted("list");
	EXPECT_EQ(o.list, true);
	accepted("list=1 el2=0");
	EXPECT_EQ(o.list, true);
	EXPECT_EQ(o.el2, false);
	accepted("list=0");
	EXPECT_EQ(o.list, false);
	refused("list=yes", "list=yes: must be 0 or 1");
	refused("el2=", "el2=: must be 0 or 1");
}

TEST(console)
{
	static const char *const word[] = {"auto", "serial", "screen", "none"};
	char line[32];

	for (u32 i = 0; i < ARRAY_SIZE(word); i++) {
		snprintf(line, sizeof(line), "console=%s", word[i]);
		accepted(line);
		EXPECT_EQ(o.console, CONSOLE_AUTO + i);
	}
	accepted("console=0x9000000");
	EXPECT_EQ(o.console, CONSOLE_SERIAL);
	EXPECT_EQ(o.uart_base, 0x9000000);
	refused("console=ttyS0", "console=ttyS0: must be auto, serial, screen, none or");
	refused("console=0x", "console=0x");
	refused("console=0x0", "console=0x0");
	refused("console=1016", "console=1016");
	refused("console=", "console=");
}

TEST(choices)
{
	accepted("atomics=llsc nmi=superpriority end=halt x2apic=0");
	EXPECT_EQ(o.atomics, ATOMICS_LLSC);
	EXPECT_EQ(o.nmi, NMI_SUPERPRIORITY);
	EXPECT_EQ(o.end, END_HALT);
	EXPECT_EQ(o.x2apic, 0);
	accepted("x2apic=1 x2apic=auto atomics=auto nmi=auto end=auto");
	EXPECT_EQ(o.x2apic, -1);
	refused("atomics=LSE", "atomics=LSE: must be auto, lse or llsc");
	refused("nmi=fiq", "nmi=fiq: must be auto, pmr or superpriority");
	refused("end=reboot", "end=reboot: must be auto, halt or off");
	refused("x2apic=2", "x2apic=2: must be auto, 0 or 1");
	refused("x2apic", "x2apic needs a value: auto, 0 or 1");
	refused("nmi=", "nmi=: must be");
	refused("nmi=pm", "nmi=pm");
}

TEST(run_id_and_commit)
{
	accepted("run_id=0123456789abcdef commit=0123456789012345678901234567890123456789");
	refused("run_id=0123456789abcdef0", "run_id=0123456789abcdef0: must be 1 to 16 hex");
	refused("run_id=xyz", "run_id=xyz");
	refused("run_id=", "run_id=");
	refused("commit=01234567890123456789012345678901234567890", "commit=");
	refused("commit=a\"b", "commit=a\"b: must be 1 to 40 letters");
}

TEST(unknown_word_names_the_nearest)
{
	refused("cpu=4", "unknown option 'cpu': did you mean 'cpus'?");
	refused("lokc=mcs", "unknown option 'lokc': did you mean 'lock'?");
	refused("dration=1", "did you mean 'duration'?");
	refused("RUN=x", "unknown option 'RUN': the options are run lock script cpus");
	refused("cpus=1 lits", "did you mean 'list'?");
	refused("=5", "unknown option '': the options are");
}

TEST(unknown_word_lists_all)
{
	refused("frobnicate=1", "unknown option 'frobnicate': the options are run lock");
	for (size_t i = 0; i < nr_option_docs; i++)
		EXPECT_HAS(o.error, option_docs[i].name);
}

TEST(overlong_unknown_word_still_fits)
{
	refused("abcdefghijklmnopqrstuvwxyz_abcdefghijklmnopqrstuvwxyz_abcdefghijklmnop=1",
		"unknown option 'abcdefghijklmnopqrstuvwxyz_abcdefghi...': the options are run");
	EXPECT_HAS(o.error, "commit");
}

TEST(exploration)
{
	accepted("");
	EXPECT(!o.stop);
	EXPECT_EQ(o.preemptions, 2);
	EXPECT_EQ(o.nmis, 1);
	EXPECT_EQ(o.reduce, REDUCE_STATES);
	EXPECT_EQ(o.shards, 1);
	EXPECT_EQ(o.bounds_given, false);
	accepted("program=pair,trio* preemptions=3 nmis=0 random=1000 depth=4 reduce=none "
		 "shard=2/5 show=3 stop=1 replay=R1.0123abcd.rq-7.2.pair.12c1-40n0");
	EXPECT_STR(o.program, "pair,trio*");
	EXPECT(o.stop);
	EXPECT_EQ(o.preemptions, 3);
	EXPECT_EQ(o.nmis, 0);
	EXPECT_EQ(o.bounds_given, true);
	EXPECT_EQ(o.random, 1000);
	EXPECT_EQ(o.depth, 4);
	EXPECT_EQ(o.reduce, REDUCE_NONE);
	EXPECT_EQ(o.shard, 2);
	EXPECT_EQ(o.shards, 5);
	EXPECT_EQ(o.show, 3);
	EXPECT_STR(o.replay, "R1.0123abcd.rq-7.2.pair.12c1-40n0");
	accepted("preemptions=0 nmis=1");
	EXPECT_EQ(o.bounds_given, true);
	refused("preemptions=17", "preemptions=17: must be a number, 0 to 16");
	refused("nmis=5", "0 to 4");
	refused("depth=0", "1 to 8");
	refused("reduce=all", "must be none, points or states");
	refused("shard=5/5", "shard=5/5: must be i/n with i below n");
	refused("shard=5", "i/n");
	refused("shard=/5", "i/n");
	refused("shard=0/0", "i/n");
	refused("shard=1/100001", "i/n");
}

TEST(first_word_may_be_a_file_name)
{
	accepted("\\EFI\\BOOT\\BOOTX64.EFI cpus=2");
	EXPECT_EQ(o.cpus, 2);
	accepted("barelock.elf");
	refused("cpus=2 barelock.elf", "unknown option 'barelock.elf'");
	refused("lst", "unknown option 'lst': did you mean 'list'?");
	refused("file.efi=3", "unknown option 'file.efi'");
}

TEST(first_error_wins_and_the_rest_is_read)
{
	refused("cpus=x seed=y lock=mcs", "cpus=x");
	EXPECT_STR(o.lock, "mcs");
	EXPECT_EQ(options_parse(&o, "end=z"), -EINVAL);
	EXPECT_HAS(o.error, "cpus=x");
	EXPECT_EQ(options_parse(&o, "end=off"), 0);
	EXPECT_HAS(o.error, "cpus=x");
}

TEST(control_characters_are_not_echoed)
{
	refused("cpus=\x1b[31m\x80", "cpus=?[31m?: must be");
	refused("\x07=1", "unknown option '?'");
	refused("run=caf\xc3\xa9", "run=caf??");
}

TEST(every_option_is_documented)
{
	for (size_t i = 0; i < nr_option_docs; i++) {
		EXPECT(option_docs[i].name && option_docs[i].name[0]);
		EXPECT(option_docs[i].values && option_docs[i].values[0]);
		EXPECT(option_docs[i].help && option_docs[i].help[0]);
	}
	EXPECT_EQ(nr_option_docs, 28);
}

/* Random words from the alphabet of options: never a fault, and an error always has a text. */
TEST(random_lines)
{
	static const char alphabet[] = "runlockpsdatie=0x12.,*-# \n\t?\xff";

	for (u32 i = 0; i < 20000; i++) {
		size_t n = unit_random() % 60;
		char *line = unit_alloc(n + 1);

		for (size_t k = 0; k < n; k++)
			line[k] = alphabet[unit_random() % (sizeof(alphabet) - 1)];
		line[n] = '\0';
		EXPECT(parse(line) == 0 ? !o.error[0] : o.error[0]);
		unit_free(line);
	}
}
