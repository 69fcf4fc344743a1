/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The console: one writer (the boot core), two outputs (serial, screen). Other cores
 * leave lines in their own ring; core 0 drains the rings between cases. Nothing prints
 * from an NMI or inside a measurement.
 */
#ifndef KERNEL_CONSOLE_H
#define KERNEL_CONSOLE_H

#include <arch/types.h>

struct boot_info;

/* The serial port; before arch_init(). */
void console_init(const struct boot_info *bi);

/* The screen, once device memory can be mapped; it gets what was written so far. */
void console_init_screen(const struct boot_info *bi);

/* This core has its struct cpu and may leave lines in its ring from now on. */
struct cpu;
int console_init_cpu(struct cpu *cpu);

/* Bail out: this core alone may write from now on; others that try stop for good. */
void console_seize(void);

/* Send raw bytes to every output. Context: boot core, task; any core once in panic. */
void console_write(const char *s, size_t len);

/**
 * klog() - one line about something that happened ("# error ...", "# warn ...")
 *
 * A newline is added. On core 0 in task context it is printed at once as a report line;
 * anywhere else it goes to the core's ring (lost ones are counted, NMI-safe).
 */
void klog(const char *fmt, ...) __printf(1, 2);

/* Print what the other cores left. Context: boot core, task. */
void console_drain(void);

/* The framebuffer half (kernel/screen.c). Return: -ENODEV when there is none. */
int screen_init(const struct boot_info *bi);
void screen_write(const char *s, size_t len);
/* Start a fresh page: what follows stays visible at the end (the closing table). */
void screen_clear(void);
/* Characters per line and lines; 0 x 0 without a screen. */
void screen_size(u32 *columns, u32 *rows);

#endif
