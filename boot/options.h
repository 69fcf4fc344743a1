/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * options - the words a user may give, the same on every way in: UEFI load options,
 * \barelock.cfg on the stick, PVH and device tree command line, QEMU's fw_cfg, and the
 * Makefile's variables. Pure: also built on the host.
 */
#ifndef BOOT_OPTIONS_H
#define BOOT_OPTIONS_H

#include <arch/types.h>

#define OPTIONS_LIST   256
#define OPTIONS_SCRIPT 1600
/* Not given: the scenario's own. */
#define OPTION_OWN (~0ull)

enum option_console { CONSOLE_AUTO, CONSOLE_SERIAL, CONSOLE_SCREEN, CONSOLE_NONE };
enum option_atomics { ATOMICS_AUTO, ATOMICS_LSE, ATOMICS_LLSC };
enum option_nmi { NMI_AUTO, NMI_PMR, NMI_SUPERPRIORITY };
enum option_reduce { REDUCE_NONE, REDUCE_POINTS, REDUCE_STATES };
enum option_end { END_AUTO, END_HALT, END_OFF };

/**
 * struct options - one run's choices; zero-initialised is not valid, see options_default()
 * @run: comma list of scenario names, suites and globs; "" when not given
 * @lock: comma list of lock names and globs; "" when not given
 * @script: what the scenario "script" runs: a name or a text (tests/program.h); "" if not given
 * @cpus: at most this many cores take part, 0 = all
 * @duration_ms: length of each timed scenario, 0 = its own
 * @hold_ns, @nmi_hold_ns: length of sections in task and in NMI, or OPTION_OWN
 * @nmi_hz: NMIs a second on each core, or OPTION_OWN
 * @seed: of every random choice; printed; 1 unless @seed_given
 * @program: explore: comma list of programs and globs; "" when not given
 * @preemptions, @nmis: explore: at most so many in a schedule; @bounds_given: by the user
 * @random, @depth: explore: random runs of each program, and their depth (the paper's d)
 * @reduce: explore: which schedules are left out as equivalent
 * @shard, @shards: explore: the part of the whole that this machine does
 * @show: explore: how many failing schedules are printed
 * @stop: explore: a lock's first failing schedule is enough
 * @replay: one of these; "" when not given
 * @list: print locks and scenarios instead of running
 * @console: where the report goes; @uart_base nonzero for console=<address>
 * @x2apic: x86: 1 force on, 0 force off, -1 automatic
 * @el2: arm64: stay at EL2 when entered there (default: drop to EL1)
 * @error: first thing wrong with the line, "" if nothing: one clear sentence naming the
 *         word and what is allowed
 */
struct options {
	char run[OPTIONS_LIST];
	char lock[OPTIONS_LIST];
	char script[OPTIONS_SCRIPT];
	u32 cpus;
	u32 duration_ms;
	u64 hold_ns, nmi_hold_ns, nmi_hz;
	u64 seed;
	bool seed_given;
	char program[OPTIONS_LIST];
	u32 preemptions, nmis;
	bool bounds_given;
	u64 random;
	u32 depth;
	enum option_reduce reduce;
	u32 shard, shards;
	u32 show;
	bool stop;
	char replay[OPTIONS_LIST];
	bool list;
	enum option_console console;
	u64 uart_base;
	enum option_atomics atomics;
	enum option_nmi nmi;
	enum option_end end;
	int x2apic;
	bool el2;
	char run_id[17]; /* run=... of @@BEGIN: run_id=hex given by the runner, else from the seed
			  */
	char commit[41]; /* only for the report when the build did not know it */
	char error[400];
};

void options_default(struct options *o);

/**
 * options_parse() - read "key=value ..." (ASCII, blanks between words) into @o
 *
 * Unknown words and bad values set @o->error (the first one wins) and are otherwise
 * ignored. A word without "=" that does not look like ours (UEFI file names) is ignored
 * when it is the first on the line. A word repeated: the last one holds. "#" at the start
 * of a word begins a remark that ends with its line. May be called again with a further
 * line. Return: 0 or -EINVAL.
 */
int options_parse(struct options *o, const char *line);

/* All option names with one-line help, for `list`, the README and "did you mean". */
struct option_doc {
	const char *name, *values, *help;
};
extern const struct option_doc option_docs[];
extern const size_t nr_option_docs;

/**
 * options_nearest() - the candidate most like a mistyped word
 * @next: called with i = 0, 1, ... until it returns NULL
 *
 * Return: the nearest name within an edit distance of a third of its length (at least
 * 2), or NULL.
 */
const char *options_nearest(const char *word, const char *(*next)(size_t i));

/* Does @name match the comma list of names and globs (* and ?) in @list? */
bool options_match(const char *list, const char *name);

#endif
