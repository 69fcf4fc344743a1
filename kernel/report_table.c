/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Three tables: every case; locks against each other; cores against each other. Every line
 * is a comment to KTAP readers and at most 98 columns wide. The last two and the sum fit
 * one page of an 800x600 screen.
 */
#include "console.h"
#include "cpu.h"
#include "mem.h"
#include "report_table.h"
#include "stats.h"
#include "string.h"

#define PAGE_LINES 36
#define MAX_SUMS   40
#define PAGE_LOCKS 12 /* rows of the summary on the last page */
#define MAX_MATRIX 8  /* rows of a recovery table */
#define COLUMNS	   5  /* scenarios or locks side by side */
#define SCENARIOS  24
#define CORE_ROWS  8 /* cores 0 to 6, and the rest together */
#define NAME	   20
#define CELL	   14

typedef unsigned long long llu;

/* All cases of one lock together. */
struct lock_sum {
	char lock[24];
	u32 verdicts[VERDICT_NONE + 1];
	u32 known;
	u64 errors, innocent, wait_p99, wait_max, ops_per_s;
	struct hist *recover[CORE_ROWS]; /* NULL until the first recovery */
};

static struct report_row *rows;
static u32 nr_rows, max_rows, dropped;
static struct lock_sum sums[MAX_SUMS];
static u32 nr_sums;

/* ---- Keeping */

static struct lock_sum *sum_of(const char *lock)
{
	for (u32 i = 0; i < nr_sums; i++) {
		if (!strcmp(sums[i].lock, lock))
			return &sums[i];
	}
	if (nr_sums == MAX_SUMS)
		return NULL;
	strlcpy(sums[nr_sums].lock, lock, sizeof(sums[0].lock));
	return &sums[nr_sums++];
}

static void keep_recovery(struct lock_sum *s)
{
	for (u32 i = 0; i < online.count; i++) {
		u32 slot = MIN(i, CORE_ROWS - 1u);

		for (u32 ctx = 0; ctx < NR_CTX; ctx++) {
			const struct hist *h = &online.cpu[i]->stats->ctx[ctx].recover;

			if (h->count && !s->recover[slot])
				s->recover[slot] = mem_alloc(sizeof(*h), 16);
			if (h->count && s->recover[slot])
				hist_merge(s->recover[slot], h);
		}
	}
}

static void keep_sum(const struct report_row *row)
{
	struct lock_sum *s = strcmp(row->lock, "-") ? sum_of(row->lock) : NULL;

	if (!s)
		return;
	s->verdicts[row->verdict]++;
	if (row->verdict == VERDICT_SKIP)
		return;
	s->known += row->expected_fail;
	s->errors += row->edeadlk + row->etimedout;
	s->innocent += row->innocent;
	s->wait_p99 = MAX(s->wait_p99, row->wait_p99);
	s->wait_max = MAX(s->wait_max, row->wait_max);
	s->ops_per_s = MAX(s->ops_per_s, row->ops_per_s);
	keep_recovery(s);
}

void table_add(const struct report_row *row, u32 planned)
{
	if (!rows) {
		rows = mem_alloc(planned * sizeof(*rows), 16);
		max_rows = rows ? planned : 0;
	}
	keep_sum(row);
	if (nr_rows < max_rows)
		rows[nr_rows++] = *row;
	else
		dropped++;
}

/* ---- Cells: three figures and a unit, at most six characters */

struct unit {
	u64 one;
	const char *name;
};

static const char *scaled(char *buf, size_t size, u64 v, const struct unit *units)
{
	const struct unit *u = units;

	while (u[1].name && v >= u[1].one)
		u++;
	if (v / u->one >= 100 || u->one == 1)
		snprintf(buf, size, "%llu%s", (llu)(v / u->one), u->name);
	else if (v / u->one >= 10)
		snprintf(buf, size, "%llu.%llu%s", (llu)(v / u->one), (llu)(v * 10 / u->one % 10),
			 u->name);
	else
		snprintf(buf, size, "%llu.%02llu%s", (llu)(v / u->one),
			 (llu)(v * 100 / u->one % 100), u->name);
	return buf;
}

static const char *time_cell(char *buf, size_t size, u64 ns)
{
	static const struct unit units[] = {
		{1, "ns"}, {1000, "us"}, {1000000, "ms"}, {1000000000, "s"}, {0, NULL}};

	return ns ? scaled(buf, size, ns, units) : "-";
}

static const char *count_cell(char *buf, size_t size, u64 n)
{
	static const struct unit units[] = {
		{1, ""}, {1000, "k"}, {1000000, "M"}, {1000000000, "G"}, {0, NULL}};

	return n ? scaled(buf, size, n, units) : "-";
}

/* C has no way to give each argument a buffer of its own but to write it down. */
#define TIME(ns) time_cell((char[12]){}, 12, ns)
#define COUNT(n) count_cell((char[12]){}, 12, n)

static void print_pair(struct text *t, u64 p50, u64 max)
{
	char buf[24];

	if (max)
		snprintf(buf, sizeof(buf), "%s/%s", TIME(p50), TIME(max));
	else
		strlcpy(buf, "-", sizeof(buf));
	text_printf(t, " %*s", CELL - 1, buf);
}

static const char *verdict_word(const struct report_row *row)
{
	static const char *const word[] = {
		[VERDICT_PASS] = "pass",   [VERDICT_SKIP] = "skip",  [VERDICT_FAIL] = "FAIL",
		[VERDICT_ERROR] = "ERROR", [VERDICT_NONE] = "ERROR",
	};

	return row->expected_fail ? "known" : word[row->verdict];
}

/* ---- Printing */

static void print_rows(void)
{
	if (!nr_rows && !dropped)
		return;
	report_line("# | every case: p50 and p99 are waits of successful attempts, max is the "
		    "longest of all");
	report_line("# | %-20s %-13s %5s %5s %5s %6s %6s %6s %6s %6s %6s", "lock", "scenario", "",
		    "ok", "err", "p50", "p99", "max", "recov", "max", "ops/s");
	for (u32 i = 0; i < nr_rows; i++) {
		const struct report_row *r = &rows[i];

		if (r->verdict == VERDICT_SKIP)
			continue;
		report_line("# | %-20.20s %-13.13s %5s %5s %5s %6s %6s %6s %6s %6s %6s", r->lock,
			    r->scenario, verdict_word(r), COUNT(r->ok),
			    COUNT(r->edeadlk + r->etimedout), TIME(r->wait_p50), TIME(r->wait_p99),
			    TIME(r->wait_max), TIME(r->recover_p50), TIME(r->recover_max),
			    COUNT(r->ops_per_s));
	}
	if (dropped)
		report_line("# | and %u more cases, for which there was no memory", dropped);
}

static void print_lock(const struct lock_sum *s)
{
	report_line("# | %-20.20s %5u %5u %5u %5u %5u %6s %6s %8s %8s %7s", s->lock,
		    s->verdicts[VERDICT_PASS] - s->known, s->known, s->verdicts[VERDICT_FAIL],
		    s->verdicts[VERDICT_ERROR] + s->verdicts[VERDICT_NONE],
		    s->verdicts[VERDICT_SKIP], COUNT(s->errors), COUNT(s->innocent),
		    TIME(s->wait_p99), TIME(s->wait_max), COUNT(s->ops_per_s));
}

/* What a reader wants to see first: trouble, then the locks under test, then known defects. */
static u32 rank(const struct lock_sum *s)
{
	if (s->verdicts[VERDICT_FAIL] || s->verdicts[VERDICT_ERROR] || s->verdicts[VERDICT_NONE])
		return 0;
	return s->known ? 2 : 1;
}

/* Return: lines printed. */
static u32 print_locks(u32 max)
{
	u32 printed = 0;

	if (!nr_sums)
		return 0;
	report_line("# | %-20s %5s %5s %5s %5s %5s %6s %6s %8s %8s %7s", "lock", "pass", "known",
		    "FAIL", "ERROR", "skip", "errors", "innoc", "wait p99", "wait max", "ops/s");
	for (u32 r = 0; r <= 2; r++) {
		for (u32 i = 0; i < nr_sums && printed < max; i++) {
			if (rank(&sums[i]) != r)
				continue;
			print_lock(&sums[i]);
			printed++;
		}
	}
	if (printed < nr_sums)
		report_line("# | and %u more locks, see above", nr_sums - printed);
	return 1 + printed + (printed < nr_sums);
}

static const struct report_row *find_row(const char *lock, const char *scenario)
{
	for (u32 i = 0; i < nr_rows; i++) {
		if (!strcmp(rows[i].lock, lock) && !strcmp(rows[i].scenario, scenario))
			return &rows[i];
	}
	return NULL;
}

/* The scenarios in which anybody recovered. */
static u32 recovery_scenarios(const char **name)
{
	u32 n = 0;

	for (u32 i = 0; i < nr_rows && n < SCENARIOS; i++) {
		u32 k = 0;

		while (k < n && strcmp(name[k], rows[i].scenario))
			k++;
		if (k == n && rows[i].recover_max)
			name[n++] = rows[i].scenario;
	}
	return n;
}

static bool recovers(const struct lock_sum *s)
{
	for (u32 i = 0; i < CORE_ROWS; i++) {
		if (s->recover[i])
			return true;
	}
	return false;
}

static void print_recovery_cell(struct text *t, const struct report_row *r)
{
	if (!r || r->verdict == VERDICT_SKIP)
		text_printf(t, " %*s", CELL - 1, "-");
	else if (r->verdict != VERDICT_PASS || r->expected_fail)
		text_printf(t, " %*s", CELL - 1, verdict_word(r));
	else
		print_pair(t, r->recover_p50, r->recover_max);
}

static u32 recovering_locks(const struct lock_sum **lock, u32 max)
{
	u32 n = 0;

	/* Old revisions and negative controls only where there is nothing else to see. */
	for (u32 r = 0; r <= 2 && (r < 2 || !n); r++) {
		for (u32 i = 0; i < nr_sums && n < max; i++) {
			if (recovers(&sums[i]) && rank(&sums[i]) == r)
				lock[n++] = &sums[i];
		}
	}
	return n;
}

/* Locks against @n scenarios: n + 1 lines. */
static void print_recovery_block(const struct lock_sum **lock, u32 locks, const char **name, u32 n)
{
	char buf[100];
	struct text t = TEXT_INIT(buf);

	text_printf(&t, "# | %-*s", NAME, "recovery");
	for (u32 k = 0; k < n; k++)
		text_printf(&t, " %*.*s", CELL - 1, CELL - 1, name[k]);
	report_line("%s", buf);
	for (u32 i = 0; i < locks; i++) {
		t.len = 0;
		text_printf(&t, "# | %-*.*s", NAME, NAME, lock[i]->lock);
		for (u32 k = 0; k < n; k++)
			print_recovery_cell(&t, find_row(lock[i]->lock, name[k]));
		report_line("%s", buf);
	}
}

/* As many blocks as the page has room for, one at least. Return: scenarios left out. */
static u32 print_recovery(u32 lines_left)
{
	const struct lock_sum *lock[MAX_MATRIX];
	const char *name[SCENARIOS];
	u32 n = recovery_scenarios(name), locks = recovering_locks(lock, MAX_MATRIX), done = 0;

	while (done < n && (!done || lines_left > locks)) {
		u32 columns = MIN(n - done, (u32)COLUMNS);

		print_recovery_block(lock, locks, name + done, columns);
		lines_left -= MIN(lines_left, locks + 1);
		done += columns;
	}
	return n - done;
}

static u32 core_rows(void)
{
	return MIN(online.count, (u32)CORE_ROWS);
}

static void print_cores(void)
{
	const struct lock_sum *lock[COLUMNS];
	u32 n = recovering_locks(lock, COLUMNS);
	char buf[100], head[16];
	struct text t = TEXT_INIT(buf);

	if (!n)
		return;
	text_printf(&t, "# | %-*s", NAME, "per core");
	for (u32 k = 0; k < n; k++)
		text_printf(&t, " %*.*s", CELL - 1, CELL - 1, lock[k]->lock);
	report_line("%s", buf);
	for (u32 i = 0; i < core_rows(); i++) {
		if (i == CORE_ROWS - 1 && online.count > CORE_ROWS)
			snprintf(head, sizeof(head), "cpu %u-%u", i, online.count - 1);
		else
			snprintf(head, sizeof(head), "cpu %u", i);
		t.len = 0;
		text_printf(&t, "# | %-*s", NAME, head);
		for (u32 k = 0; k < n; k++) {
			const struct hist *h = lock[k]->recover[i];

			print_pair(&t, h ? hist_percentile(h, 5000) : 0, h ? h->max : 0);
		}
		report_line("%s", buf);
	}
}

static void print_sum(const char *verdict, const u32 *verdicts)
{
	u32 known = 0, errors = verdicts[VERDICT_ERROR] + verdicts[VERDICT_NONE];

	for (u32 i = 0; i < nr_rows; i++)
		known += rows[i].expected_fail;
	report_line("# | %s: %u passed (%u of them by showing a known defect), %u failed, "
		    "%u in error, %u skipped",
		    verdict, verdicts[VERDICT_PASS], known, verdicts[VERDICT_FAIL], errors,
		    verdicts[VERDICT_SKIP]);
}

/* Return: lines printed. */
static u32 print_machine(void)
{
	const struct cpu_facts *f = cpu_facts();

	report_line("# | %u core%s, %.60s", online.count, online.count == 1 ? "" : "s", f->model);
	if (!strcmp(f->emulator, "tcg"))
		report_line("# | emulated by QEMU TCG: timings show the logic at work and say "
			    "nothing about hardware");
	else if (f->virtual)
		report_line("# | a virtual machine: the host's scheduler shows in the largest "
			    "figures");
	return 1 + f->virtual;
}

void table_print(const char *verdict, const u32 *verdicts)
{
	u32 used, left_out;

	print_rows();
	if (nr_sums > PAGE_LOCKS)
		print_locks(nr_sums);
	/* What follows stays on the screen. */
	screen_clear();
	used = print_machine();
	used += print_locks(PAGE_LOCKS);
	if (nr_sums) {
		/* Besides: two headings, what was left out, the sum and @@END. */
		used += core_rows() + 5;
		report_line("# | time from the attempt that closes a deadlock to the error, "
			    "median/worst:");
		left_out = print_recovery(PAGE_LINES - MIN(used, (u32)PAGE_LINES));
		if (left_out)
			report_line("# | and %u more scenarios, see above", left_out);
		print_cores();
	}
	print_sum(verdict, verdicts);
}
