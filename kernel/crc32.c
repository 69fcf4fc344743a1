/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Bit by bit: a report is some hundred kilobytes, a table would be slower to justify. */
#include "crc32.h"

u32 crc32_update(u32 crc, const void *data, size_t len)
{
	const u8 *p = data;

	crc = ~crc;
	while (len--) {
		crc ^= *p++;
		for (int i = 0; i < 8; i++)
			crc = crc >> 1 ^ (crc & 1 ? 0xedb88320u : 0);
	}
	return ~crc;
}
