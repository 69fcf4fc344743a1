/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The serial port, polled: PL011 (Arm DDI 0183) or a 16550 in memory. */
#include <arch/console.h>
#include <arch/cpu.h>
#include <arch/time.h>
#include "internal.h"
#include "../../kernel/printf.h"

#define PL011_DR	 0x00
#define PL011_FR	 0x18
#define PL011_CR	 0x30
#define PL011_FR_BUSY	 (1u << 3)
#define PL011_FR_TXFF	 (1u << 5)
#define PL011_CR_ON	 0x301 /* enable, transmit, receive */

#define NS16550_THR	 0
#define NS16550_LSR	 5
#define NS16550_LSR_THRE (1u << 5)
#define NS16550_LSR_TEMT (1u << 6)

/*
 * Sixteen bytes at 9600 baud are out in 17 ms. But an emulator's port may wait for whoever
 * reads the report, and on a busy host that may take seconds.
 */
#define STALL_S 10

static struct boot_uart uart;
static char name[40];
static bool dead;

static u32 reg_read(u32 reg)
{
	u64 at = uart.base + reg * uart.stride;

	return uart.width == 1 ? mmio_read8(at) : mmio_read32(at);
}

static void reg_write(u32 reg, u32 v)
{
	u64 at = uart.base + reg * uart.stride;

	if (uart.width == 1)
		mmio_write8(at, v);
	else
		mmio_write32(at, v);
}

u64 uart_base(void)
{
	return uart.type == UART_NONE ? 0 : uart.base;
}

int uart_init(const struct boot_info *bi)
{
	bool pl011;

	uart = bi->uart;
	if (bi->options.uart_base) {
		/* The firmware's type if it named one, else the kind most arm64 machines have. */
		if (uart.type == UART_NONE)
			uart = (struct boot_uart){.type = UART_PL011};
		uart.base = bi->options.uart_base;
		uart.mmio = true;
	}
	if (uart.type == UART_NONE || !uart.mmio || !uart.base) {
		uart.type = UART_NONE;
		return -ENODEV;
	}
	pl011 = uart.type == UART_PL011;
	if (pl011) {
		/* Offsets are in bytes, and every register takes a 32-bit access. */
		uart.stride = 1;
		uart.width = 4;
		reg_write(PL011_CR, PL011_CR_ON);
	} else if (!uart.stride) {
		uart.stride = 1;
	}
	if (!uart.width)
		uart.width = 1;
	dead = false;
	snprintf(name, sizeof(name), "%s 0x%llx", pl011 ? "pl011" : "ns16550",
		 (unsigned long long)uart.base);
	return 0;
}

const char *uart_name(void)
{
	return uart.type == UART_NONE ? "none" : name;
}

static bool has_room(void)
{
	if (uart.type == UART_PL011)
		return !(reg_read(PL011_FR) & PL011_FR_TXFF);
	return reg_read(NS16550_LSR) & NS16550_LSR_THRE;
}

static bool all_sent(void)
{
	if (uart.type == UART_PL011)
		return !(reg_read(PL011_FR) & PL011_FR_BUSY);
	return reg_read(NS16550_LSR) & NS16550_LSR_TEMT;
}

static bool wait_for(bool (*met)(void))
{
	u64 t0, ticks;

	if (met())
		return true;
	t0 = time_counter_ordered();
	ticks = time_hz() * STALL_S;
	while (!met()) {
		if (time_counter_ordered() - t0 > ticks)
			return false;
		cpu_relax();
	}
	return true;
}

void uart_write(const char *s, size_t len)
{
	if (uart.type == UART_NONE || dead)
		return;
	while (len--) {
		if (!wait_for(has_room)) {
			dead = true;
			return;
		}
		reg_write(uart.type == UART_PL011 ? PL011_DR : NS16550_THR, (u8)*s++);
	}
}

void uart_drain(void)
{
	if (uart.type != UART_NONE && !dead)
		wait_for(all_sent);
}
