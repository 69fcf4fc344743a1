/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The command line grows from several sources: file, load options, fw_cfg. Pure. */
#ifndef BOOT_CMDLINE_H
#define BOOT_CMDLINE_H

#include "boot_info.h"

/**
 * cmdline_add() - append text to bi->cmdline, as words of one line
 * @text, @len: ASCII; line ends become blanks, '#' hides the rest of a line; it ends at
 *              a NUL if one comes first
 * @where: named in the note if it does not fit
 *
 * What is added last wins, as in any one line.
 */
void cmdline_add(struct boot_info *bi, const char *text, size_t len, const char *where);

#endif
