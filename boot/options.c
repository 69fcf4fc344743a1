/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The words a user may give: what is written here is also the help and the README's table. */
#include "options.h"
#include "span.h"

#include "../kernel/printf.h"
#include "../kernel/string.h"

#define CPUS_MAX	1024u
#define DURATION_MAX_MS 86400000u
#define HOLD_MAX_NS	10000000000ull
#define NMI_HZ_MAX	100000u
#define PREEMPTIONS_MAX 16u
#define NMIS_MAX	4u
#define RANDOM_MAX	1000000000u
#define SHARDS_MAX	100000u
#define NAME_MAX	40

enum option_id {
	OPT_RUN,
	OPT_LOCK,
	OPT_SCRIPT,
	OPT_CPUS,
	OPT_DURATION,
	OPT_HOLD,
	OPT_NMI_HOLD,
	OPT_NMI_HZ,
	OPT_SEED,
	OPT_PROGRAM,
	OPT_PREEMPTIONS,
	OPT_NMIS,
	OPT_RANDOM,
	OPT_DEPTH,
	OPT_REDUCE,
	OPT_SHARD,
	OPT_SHOW,
	OPT_STOP,
	OPT_REPLAY,
	OPT_LIST,
	OPT_CONSOLE,
	OPT_ATOMICS,
	OPT_NMI,
	OPT_END,
	OPT_X2APIC,
	OPT_EL2,
	OPT_RUN_ID,
	OPT_COMMIT,
};

const struct option_doc option_docs[] = {
	[OPT_RUN] = {"run", "a comma list of scenarios, suites and globs", "what to run"},
	[OPT_LOCK] = {"lock", "a comma list of locks and globs", "which locks to run it on"},
	[OPT_SCRIPT] = {"script", "a name, or a text with '_' for blanks and ';' between lines",
			"what the scenario \"script\" runs; make's SCRIPT=file writes the text"},
	[OPT_CPUS] = {"cpus", "a number of cores, 1 to 1024, or 0 for all",
		      "how many cores take part"},
	[OPT_DURATION] = {"duration", "seconds, 0.001 to 86400",
			  "length of each timed scenario; default: its own"},
	[OPT_HOLD] = {"hold", "microseconds, 0 to 10000000",
		      "how long tasks hold the lock; default: the scenario's own"},
	[OPT_NMI_HOLD] = {"nmi_hold", "microseconds, 0 to 10000000",
			  "how long NMIs hold the lock; default: the scenario's own"},
	[OPT_NMI_HZ] = {"nmi_hz", "a number of NMIs, 0 to 100000",
			"sent to each core in a second; default: the scenario's own"},
	[OPT_SEED] = {"seed", "a 64-bit number, decimal or 0x hexadecimal",
		      "of every random choice"},
	[OPT_PROGRAM] = {"program", "a comma list of programs and globs",
			 "explore: which programs; default: all"},
	[OPT_PREEMPTIONS] = {"preemptions", "a number, 0 to 16",
			     "explore: at most so many in a schedule; default 2"},
	[OPT_NMIS] = {"nmis", "a number, 0 to 4",
		      "explore: at most so many in a schedule; default 1"},
	[OPT_RANDOM] = {"random", "a number of runs, 0 to 1000000000",
			"explore: random schedules of each program, beyond the bounds"},
	[OPT_DEPTH] = {"depth", "a number, 1 to 8",
		       "explore: changes of priority in a random schedule, plus one; default 3"},
	[OPT_REDUCE] = {"reduce", "none, points or states",
			"what to leave out as equivalent: explore, window-map; default states"},
	[OPT_SHARD] = {"shard", "i/n with i below n, n up to 100000",
		       "explore: the part of the whole that this machine does"},
	[OPT_SHOW] = {"show", "a number, 0 to 11",
		      "explore: failing schedules to print, one of a kind; default 1"},
	[OPT_STOP] = {"stop", "0 or 1", "explore: a lock's first failing schedule is enough"},
	[OPT_REPLAY] = {"replay", "what a failing schedule is printed with (R1. ...)",
			"run exactly that schedule and show every instruction"},
	[OPT_LIST] = {"list", "0 or 1", "print locks and scenarios instead of running"},
	[OPT_CONSOLE] = {"console", "auto, serial, screen, none or a port's address (0x...)",
			 "where the report goes"},
	[OPT_ATOMICS] = {"atomics", "auto, lse or llsc",
			 "arm64: which atomic instructions locks use"},
	[OPT_NMI] = {"nmi", "auto, pmr or superpriority", "arm64: what makes an interrupt an NMI"},
	[OPT_END] = {"end", "auto, halt or off", "after the report: keep the screen or power off"},
	[OPT_X2APIC] = {"x2apic", "auto, 0 or 1", "x86-64: force x2APIC mode off or on"},
	[OPT_EL2] = {"el2", "0 or 1", "arm64: stay at EL2 when started there"},
	[OPT_RUN_ID] = {"run_id", "1 to 16 hexadecimal digits", "the run's name in @@BEGIN"},
	[OPT_COMMIT] = {"commit", "1 to 40 letters, digits, '+', '-', '.' or '_'",
			"the commit to report when the build did not know it"},
};
const size_t nr_option_docs = ARRAY_SIZE(option_docs);

/* Copy for a message: shortened, and nothing that could disturb a terminal. */
static const char *show(struct span s, char out[NAME_MAX])
{
	size_t n = MIN(s.n, NAME_MAX - 4);

	for (size_t i = 0; i < n; i++)
		out[i] = s.p[i] > ' ' && s.p[i] < 0x7f ? s.p[i] : '?';
	memcpy(out + n, s.n > n ? "..." : "", s.n > n ? 4 : 1);
	return out;
}

static bool parse_duration(struct span s, u32 *ms)
{
	u64 v;

	if (!parse_thousandths(s, DURATION_MAX_MS, &v) || !v)
		return false;
	*ms = v;
	return true;
}

static bool parse_seed(struct span s, struct options *o)
{
	if (!parse_u64(s, &o->seed))
		return false;
	o->seed_given = true;
	return true;
}

static bool parse_cpus(struct span s, u32 *cpus)
{
	u64 v;

	if (!parse_number(s, CPUS_MAX, &v))
		return false;
	*cpus = v;
	return true;
}

/* Index of @s among @words, which are separated by blanks; -1 if it is none of them. */
static int choice(struct span s, const char *words)
{
	for (int i = 0; *words; i++) {
		size_t n = 0;

		while (words[n] && words[n] != ' ')
			n++;
		if (s.n == n && !memcmp(s.p, words, n))
			return i;
		words += n + (words[n] == ' ');
	}
	return -1;
}

static bool parse_bool(struct span s, bool *out)
{
	int i = choice(s, "0 1");

	*out = i > 0;
	return i >= 0;
}

/* Copy all of @s; false if it is empty, too long or has a character @allowed refuses. */
static bool parse_text(struct span s, char *out, size_t size, bool (*allowed)(char c))
{
	if (!s.n || s.n >= size)
		return false;
	for (size_t i = 0; i < s.n; i++)
		if (!allowed(s.p[i]))
			return false;
	memcpy(out, s.p, s.n);
	out[s.n] = '\0';
	return true;
}

static bool is_visible(char c)
{
	return c > ' ' && c < 0x7f;
}

static bool is_hex(char c)
{
	return digit_value(c) >= 0;
}

static bool is_commit_char(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	       c == '+' || c == '-' || c == '.' || c == '_';
}

static bool parse_console(struct span s, struct options *o)
{
	int i = choice(s, "auto serial screen none");
	u64 base;

	if (i >= 0) {
		o->console = CONSOLE_AUTO + i;
		o->uart_base = 0;
		return true;
	}
	if (s.n < 3 || s.p[0] != '0' || !parse_u64(s, &base) || !base)
		return false;
	o->console = CONSOLE_SERIAL;
	o->uart_base = base;
	return true;
}

static bool apply_choice(struct options *o, enum option_id id, struct span v)
{
	const char *words = id == OPT_ATOMICS  ? "auto lse llsc"
			    : id == OPT_NMI    ? "auto pmr superpriority"
			    : id == OPT_END    ? "auto halt off"
			    : id == OPT_REDUCE ? "none points states"
					       : "auto 0 1";
	int i = choice(v, words);

	if (i < 0)
		return false;
	if (id == OPT_ATOMICS)
		o->atomics = ATOMICS_AUTO + i;
	else if (id == OPT_NMI)
		o->nmi = NMI_AUTO + i;
	else if (id == OPT_END)
		o->end = END_AUTO + i;
	else if (id == OPT_REDUCE)
		o->reduce = REDUCE_NONE + i;
	else
		o->x2apic = i - 1;
	return true;
}

static bool parse_u32(struct span s, u32 most, u32 *out)
{
	u64 v;

	if (!parse_number(s, most, &v))
		return false;
	*out = v;
	return true;
}

static bool parse_shard(struct span s, struct options *o)
{
	size_t slash = 0;
	u64 i, n;

	while (slash < s.n && s.p[slash] != '/')
		slash++;
	if (slash == s.n || !parse_number((struct span){s.p, slash}, SHARDS_MAX, &i) ||
	    !parse_number((struct span){s.p + slash + 1, s.n - slash - 1}, SHARDS_MAX, &n))
		return false;
	if (i >= n)
		return false;
	o->shard = i;
	o->shards = n;
	return true;
}

static bool apply_explore(struct options *o, enum option_id id, struct span v)
{
	switch (id) {
	case OPT_PROGRAM:
		return parse_text(v, o->program, sizeof(o->program), is_visible);
	case OPT_PREEMPTIONS:
		return o->bounds_given = parse_u32(v, PREEMPTIONS_MAX, &o->preemptions);
	case OPT_NMIS:
		return o->bounds_given = parse_u32(v, NMIS_MAX, &o->nmis);
	case OPT_RANDOM:
		return parse_number(v, RANDOM_MAX, &o->random);
	case OPT_DEPTH:
		return parse_u32(v, 8, &o->depth) && o->depth;
	case OPT_SHARD:
		return parse_shard(v, o);
	case OPT_SHOW:
		return parse_u32(v, 11, &o->show);
	default:
		return parse_text(v, o->replay, sizeof(o->replay), is_visible);
	}
}

static bool apply(struct options *o, enum option_id id, struct span v)
{
	switch (id) {
	case OPT_RUN:
		return parse_text(v, o->run, sizeof(o->run), is_visible);
	case OPT_LOCK:
		return parse_text(v, o->lock, sizeof(o->lock), is_visible);
	case OPT_SCRIPT:
		return parse_text(v, o->script, sizeof(o->script), is_visible);
	case OPT_CPUS:
		return parse_cpus(v, &o->cpus);
	case OPT_DURATION:
		return parse_duration(v, &o->duration_ms);
	case OPT_HOLD:
		return parse_thousandths(v, HOLD_MAX_NS, &o->hold_ns);
	case OPT_NMI_HOLD:
		return parse_thousandths(v, HOLD_MAX_NS, &o->nmi_hold_ns);
	case OPT_NMI_HZ:
		return parse_number(v, NMI_HZ_MAX, &o->nmi_hz);
	case OPT_SEED:
		return parse_seed(v, o);
	case OPT_LIST:
		return parse_bool(v, &o->list);
	case OPT_EL2:
		return parse_bool(v, &o->el2);
	case OPT_STOP:
		return parse_bool(v, &o->stop);
	case OPT_CONSOLE:
		return parse_console(v, o);
	case OPT_RUN_ID:
		return parse_text(v, o->run_id, sizeof(o->run_id), is_hex);
	case OPT_COMMIT:
		return parse_text(v, o->commit, sizeof(o->commit), is_commit_char);
	case OPT_ATOMICS:
	case OPT_NMI:
	case OPT_END:
	case OPT_X2APIC:
	case OPT_REDUCE:
		return apply_choice(o, id, v);
	default:
		return apply_explore(o, id, v);
	}
}

void options_default(struct options *o)
{
	memset(o, 0, sizeof(*o));
	o->seed = 1;
	o->preemptions = 2;
	o->nmis = 1;
	o->depth = 3;
	o->reduce = REDUCE_STATES;
	o->shards = 1;
	o->show = 1;
	o->hold_ns = o->nmi_hold_ns = o->nmi_hz = OPTION_OWN;
	o->x2apic = -1;
}

static const char *next_name(size_t i)
{
	return i < nr_option_docs ? option_docs[i].name : NULL;
}

static const char *nearest_option(struct span word)
{
	char copy[NAME_MAX];

	return options_nearest(show(word, copy), next_name);
}

static void error_unknown(struct text *err, struct span word)
{
	const char *near = nearest_option(word);
	char name[NAME_MAX];

	text_printf(err, "unknown option '%s': ", show(word, name));
	if (near) {
		text_printf(err, "did you mean '%s'?", near);
		return;
	}
	text_printf(err, "the options are");
	for (size_t i = 0; i < nr_option_docs; i++)
		text_printf(err, " %s", option_docs[i].name);
}

static int option_find(struct span name)
{
	for (size_t i = 0; i < nr_option_docs; i++)
		if (span_is(name, option_docs[i].name))
			return i;
	return -1;
}

/* One word of the line. Return: 0 or -EINVAL with the reason in @err. */
static int parse_word(struct options *o, struct span word, bool first, struct text *err)
{
	struct span name = word, value = {"1", 1};
	char shown[NAME_MAX];
	bool has_value;
	int id;

	name.n = 0;
	while (name.n < word.n && word.p[name.n] != '=')
		name.n++;
	has_value = name.n < word.n;
	if (has_value)
		value = (struct span){word.p + name.n + 1, word.n - name.n - 1};

	id = option_find(name);
	if (id < 0) {
		if (first && !has_value && !nearest_option(name))
			return 0;
		error_unknown(err, name);
		return -EINVAL;
	}
	if (!has_value && id != OPT_LIST && id != OPT_EL2) {
		text_printf(err, "%s needs a value: %s", option_docs[id].name,
			    option_docs[id].values);
		return -EINVAL;
	}
	if (apply(o, id, value))
		return 0;
	text_printf(err, "%s=%s: must be %s", option_docs[id].name, show(value, shown),
		    option_docs[id].values);
	if (id == OPT_SCRIPT && value.n >= OPTIONS_SCRIPT)
		text_printf(err, ", at most %u characters", OPTIONS_SCRIPT - 1);
	if (value.n >= OPTIONS_LIST && (id == OPT_RUN || id == OPT_LOCK || id == OPT_REPLAY))
		text_printf(err, ", at most %u characters", OPTIONS_LIST - 1);
	return -EINVAL;
}

int options_parse(struct options *o, const char *line)
{
	char scratch[sizeof(o->error)];
	bool first = true;
	int rc = 0;

	while (*line) {
		struct span word = {line, 0};
		struct text err;

		while (line[word.n] && !is_blank(line[word.n]))
			word.n++;
		if (*line == '#') {
			/* A remark, up to the end of its line: barelock.cfg is a text file. */
			while (*line && *line != '\n')
				line++;
			continue;
		}
		if (!word.n) {
			line++;
			continue;
		}
		err = o->error[0] ? TEXT_INIT(scratch) : TEXT_INIT(o->error);
		if (parse_word(o, word, first, &err))
			rc = -EINVAL;
		first = false;
		line += word.n;
	}
	return rc;
}
