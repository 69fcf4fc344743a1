/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The serial port is the standard output. */
#include "internal.h"
#include <arch/console.h>

static bool dead;

int uart_init(const struct boot_info *bi)
{
	return bi->options.uart_base ? -ENODEV : 0;
}

const char *uart_name(void)
{
	return "stdout";
}

/* A reader may be slow, such as a person with a pager: only an error ends the waiting. */
void uart_write(const char *s, size_t len)
{
	while (len && !dead) {
		ssize_t n = write(STDOUT_FILENO, s, len);

		if (n > 0) {
			s += n;
			len -= n;
		} else if (n < 0 && errno != EINTR && errno != EAGAIN) {
			dead = true;
			perror("standard output");
		}
	}
}

bool console_failed(void)
{
	return dead;
}
