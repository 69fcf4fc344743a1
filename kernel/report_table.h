/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The closing table for people; part of the report (see report.h). */
#ifndef KERNEL_REPORT_TABLE_H
#define KERNEL_REPORT_TABLE_H

#include "report.h"

/**
 * table_add() - keep a row, and this case's recovery figures per core
 * @planned: how many rows will come at most; asked at the first one
 *
 * Without memory for them, rows are counted and left out. Context: task, boot core, while
 * the case's statistics stand.
 */
void table_add(const struct report_row *row, u32 planned);

/**
 * table_print() - all rows, then a summary that fits one page of 36 lines
 * @verdict: of the whole run; @verdicts: number of cases by enum verdict
 */
void table_print(const char *verdict, const u32 *verdicts);

#endif
