/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The report: KTAP with one-line key=value records (shared design, section 7). The only
 * place that formats results. Every line between @@BEGIN and @@END, those two excluded,
 * is counted and goes into the CRC-32 (IEEE 802.3, over the bytes including '\n').
 */
#ifndef KERNEL_REPORT_H
#define KERNEL_REPORT_H

#include "stats.h"
#include "printf.h"

enum verdict { VERDICT_PASS, VERDICT_SKIP, VERDICT_FAIL, VERDICT_ERROR, VERDICT_NONE };

struct boot_info;

/* @@BEGIN and KTAP version: the first lines of all, before anything is set up. */
void report_begin(const struct boot_info *bi);
/* The "# env", "# boot" and "# warn boot" lines, once all cores are online. */
void report_env(const struct boot_info *bi);
/* Is time here an emulator's, which says nothing about hardware? "timing=" in "# env". */
bool report_logic_only(void);
/* "1..N" */
void report_plan(u32 cases);

/* One raw line inside the report, without newline; used by klog() and dumps. */
void report_line(const char *fmt, ...) __printf(1, 2);

/**
 * report_value() - "# @ case=<case>.<metric> result=... value=... unit=..."
 * @result: "pass", "fail", "skip", "unknown"
 */
void report_value(const char *kase, const char *metric, const char *result, u64 value,
		  const char *unit);

/**
 * report_cpus() - "# cpu" and "# hist" lines of every core and context with attempts,
 * one "cpu=all" line per context, and "# nmi" lines of cores that saw NMIs
 * @cause_name: names of enum lock_cause, NULL where unused
 *
 * Lines are grouped by context. The first line of a core carries its counts and the
 * percentiles of one histogram (what=), further lines another histogram each:
 *	# cpu id=3 case=C ctx=nmi ok=0 edeadlk=9 etimedout=0 innocent=0 cause.abba=9
 *		what=wait-fail n=9 p50=... p90= p99= p999= p9999= max= unit=ns   (one line)
 *	# cpu id=3 case=C ctx=nmi what=recover n=9 p50=...
 * "# hist" lines hold <lowest value of the bucket>:<count>; those of one core are coarser,
 * and a long one continues on a further line with the same fields.
 */
void report_cpus(const char *kase, u32 ncpus, const char *(*cause_name)(u32 cause));

/**
 * report_case_end() - "ok N name" / "not ok N name", with " # SKIP why" or " # why"
 * @why: reason, or NULL
 */
void report_case_end(const char *kase, enum verdict v, const char *why);

/* A row of the closing table; kept until report_end(). Figures in ns, 0 = not measured. */
struct report_row {
	char lock[24], scenario[24];
	enum verdict verdict;
	bool expected_fail;
	u64 ok, edeadlk, etimedout, innocent;
	u64 wait_p50, wait_p99, wait_max;
	u64 recover_p50, recover_max;
	u64 ops_per_s;
};
void report_row(const struct report_row *row);

/**
 * report_end() - "# noise", the closing table, "@@END lines=... crc32=... verdict=..."
 *
 * Return: exit status of the whole run (0, 1, 2).
 */
int report_end(void);

#endif
