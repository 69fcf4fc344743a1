/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef KERNEL_CRC32_H
#define KERNEL_CRC32_H

#include <arch/types.h>

/* CRC-32 (IEEE 802.3) as zlib's crc32(): start with 0, feed in any portions. Pure. */
u32 crc32_update(u32 crc, const void *data, size_t len);

#endif
