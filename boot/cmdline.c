/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cmdline.h"
#include "../kernel/string.h"

void cmdline_add(struct boot_info *bi, const char *text, size_t len, const char *where)
{
	size_t at = strnlen(bi->cmdline, BOOT_CMDLINE - 1);
	bool comment = false, blank = true;

	if (at && at < BOOT_CMDLINE - 1 && len)
		bi->cmdline[at++] = ' ';
	for (size_t i = 0; i < len && text[i]; i++) {
		char c = text[i];

		if (c == '\n' || c == '\r')
			comment = false;
		if (c == '\n' || c == '\r' || c == '\t')
			c = ' ';
		if (c == '#')
			comment = true;
		if (comment || (blank && c == ' '))
			continue;
		blank = c == ' ';
		if (at == BOOT_CMDLINE - 1) {
			boot_note(bi, "options from %s do not fit: at most %d characters in all",
				  where, BOOT_CMDLINE - 1);
			break;
		}
		bi->cmdline[at++] = c;
	}
	bi->cmdline[at] = '\0';
}
