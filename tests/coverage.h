/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which instructions of a lock were executed, and on which an NMI landed, over all engines of
 * a run. The steppers' marks (enum step_class) are collected per lock; the image knows
 * bytes, tests/run/map.py knows instructions and says what was never reached.
 */
#ifndef TESTS_COVERAGE_H
#define TESTS_COVERAGE_H

#include "program.h"

/* Add @t's marks to those of its lock. Context: task, boot core, before @t gets another lock. */
void coverage_add(const struct trial *t);

/**
 * coverage_report() - print what was reached of @ops so far in this run
 *
 * "# cover lock=... text=+<offset of its code in the image's text> size=... from=<offset>
 * seen=<digits>", and the same with nmi=: each hex digit stands for four bytes of code, its
 * lowest bit for the first of them, set where an instruction begins that was executed, or
 * that an NMI was landed on. A long one continues on further lines. The last report of a
 * lock counts. Context: task, boot core.
 */
void coverage_report(const struct lock_ops *ops);

#endif
