/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * arch/console.h - the serial port, polled. 16550 by ports or MMIO, PL011.
 */
#ifndef ARCH_CONSOLE_H
#define ARCH_CONSOLE_H

#include <arch/types.h>

struct boot_info;

/**
 * uart_init() - find and set up the serial port
 * @bi: SPCR / device tree facts; @bi->options name one with console=
 *
 * Usable before arch_init(). Return: 0, or -ENODEV when there is none (the report then
 * goes to the screen alone).
 */
int uart_init(const struct boot_info *bi);

/* Short text for the report: "ns16550 0x3f8", "pl011 0x9000000", "none". */
const char *uart_name(void);

/**
 * uart_write() - send bytes, waiting for room with a deadline per byte
 *
 * A port that stops accepting bytes is given up after one deadline of seconds, so a dead UART
 * cannot hang the run, and a slow reader of an emulator's port does not lose its end.
 * Context: one core at a time; not from NMI but for a bail-out.
 */
void uart_write(const char *s, size_t len);

/* Wait, bounded, until all is out: what is still in the port when the machine ends is lost. */
void uart_drain(void);

/*
 * Provided by the kernel: one line of the report about something odd, "# warn ..." or
 * "# error ...". kernel/console.h says more. Context: not before console_init().
 */
void klog(const char *fmt, ...) __printf(1, 2);

#endif
