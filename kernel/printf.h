/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Formatting into bounded buffers. Knows %s %c %d %u %x %llu %p and friends with width,
 * zero padding, '-' and precision for strings; no floating point. Pure.
 */
#ifndef KERNEL_PRINTF_H
#define KERNEL_PRINTF_H

#include <arch/types.h>
#include <stdarg.h>

/**
 * struct text - a bounded text under construction; always NUL-terminated
 * @buf, @size: storage; none (0) for a text that nobody reads
 * @len: characters so far, excluding NUL; never >= size, but 0 without storage
 * @full: something did not fit
 */
struct text {
	char *buf;
	size_t size, len;
	bool full;
};

#define TEXT_INIT(array) ((struct text){.buf = (array), .size = sizeof(array)})

/* Append. NMI-safe as far as the buffer is private. */
void text_printf(struct text *t, const char *fmt, ...) __printf(2, 3);
void text_vprintf(struct text *t, const char *fmt, va_list ap);

/* As C99: return the length it would have had. */
int snprintf(char *buf, size_t size, const char *fmt, ...) __printf(3, 4);
int vsnprintf(char *buf, size_t size, const char *fmt, va_list ap);

#endif
