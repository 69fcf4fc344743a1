/* SPDX-License-Identifier: GPL-2.0-or-later */
/* 16550 serial port, polled, by ports or memory. */
#include <arch/console.h>
#include <arch/time.h>
#include "internal.h"
#include "../../kernel/printf.h"

#define UART_DATA    0
#define UART_IER     1
#define UART_FIFO    2 /* write: FIFO control, read: interrupt identification */
#define UART_LCR     3
#define UART_MCR     4
#define UART_LSR     5
#define UART_SCRATCH 7

#define FIFO_ON	     0x07
#define FIFO_WORKS   0xc0
#define LCR_8N1	     0x03
#define LCR_DIVISOR  0x80
#define MCR_DTR_RTS  0x03
#define LSR_EMPTY    0x20 /* room for a burst */
#define LSR_SENT     0x40 /* all of it is out */
#define FIFO_DEPTH   16
#define COM1	     0x3f8
#define PORT_SPACE   0x10000

/*
 * A burst is out in 2 ms. But an emulator's port waits for whoever reads the report, and on a
 * busy host that may take seconds.
 */
#define STALL_S 10

static struct boot_uart uart;
static u32 burst = 1; /* bytes that may follow one "empty" */
static bool dead;
static char name[40] = "none";

static u32 uart_get(u32 reg)
{
	u64 at = uart.base + reg * uart.stride;

	if (!uart.mmio)
		return inb(at);
	return uart.width == 4 ? *(volatile u32 *)at : *(volatile u8 *)at;
}

static void uart_set(u32 reg, u8 v)
{
	u64 at = uart.base + reg * uart.stride;

	if (!uart.mmio)
		outb(at, v);
	else if (uart.width == 4)
		*(volatile u32 *)at = v;
	else
		*(volatile u8 *)at = v;
}

/* A missing port reads all ones. Two patterns, so that a floating bus does not pass. */
static bool scratch_works(void)
{
	uart_set(UART_SCRATCH, 0x5a);
	if ((uart_get(UART_SCRATCH) & 0xff) != 0x5a)
		return false;
	uart_set(UART_SCRATCH, 0xa5);
	return (uart_get(UART_SCRATCH) & 0xff) == 0xa5;
}

static void choose(const struct boot_info *bi)
{
	u64 base = bi->options.uart_base;

	uart = (struct boot_uart){.type = UART_NS16550, .stride = 1, .width = 1, .base = COM1};
	if (base) {
		uart.base = base;
		uart.mmio = base >= PORT_SPACE;
		uart.stride = uart.mmio ? 4 : 1;
		uart.width = uart.stride;
	} else if (bi->uart.type == UART_NS16550) {
		uart = bi->uart;
	}
}

int uart_init(const struct boot_info *bi)
{
	choose(bi);
	if (!scratch_works()) {
		dead = true;
		return -ENODEV;
	}
	uart_set(UART_IER, 0);
	/* Only the PC's ports have a known baud clock: 115200 there, else as firmware set it. */
	if (!uart.mmio) {
		uart_set(UART_LCR, LCR_DIVISOR | LCR_8N1);
		uart_set(UART_DATA, 1);
		uart_set(UART_IER, 0);
	}
	uart_set(UART_LCR, LCR_8N1);
	uart_set(UART_FIFO, FIFO_ON);
	uart_set(UART_MCR, MCR_DTR_RTS);
	if ((uart_get(UART_FIFO) & FIFO_WORKS) == FIFO_WORKS)
		burst = FIFO_DEPTH;
	snprintf(name, sizeof(name), "ns16550 0x%llx", (unsigned long long)uart.base);
	return 0;
}

void uart_remap(void)
{
	if (!dead && uart.mmio)
		mmu_map_device(uart.base, 8 * uart.stride);
}

const char *uart_name(void)
{
	return name;
}

static bool wait_for(u32 status)
{
	u64 start, limit;

	if (uart_get(UART_LSR) & status)
		return true;
	start = time_counter();
	limit = (time_hz() ?: 4 * NSEC_PER_SEC) * STALL_S;
	while (!(uart_get(UART_LSR) & status)) {
		if (time_counter() - start > limit)
			return false;
		cpu_relax();
	}
	return true;
}

void uart_write(const char *s, size_t len)
{
	while (len && !dead) {
		size_t n = MIN(len, (size_t)burst);

		if (!wait_for(LSR_EMPTY)) {
			dead = true;
			return;
		}
		len -= n;
		while (n--)
			uart_set(UART_DATA, *s++);
	}
}

void uart_drain(void)
{
	if (!dead)
		wait_for(LSR_SENT);
}
