/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <arch/console.h>
#include "../boot/boot_info.h"
#include "console.h"
#include "cpu.h"
#include "mem.h"
#include "printf.h"
#include "report.h"
#include "string.h"

#define RING_LINES 8
#define LINE_MAX   152

/*
 * Lines of one core, written by its task context and its NMIs, read by core 0. A writer
 * reserves a slot with one compare-exchange, so an NMI between two steps of the task's klog()
 * gets a slot of its own.
 */
struct log_ring {
	u32 reserved, printed;
	u32 lost;
	struct {
		u32 ready; /* number of the line in it + 1 */
		char line[LINE_MAX];
	} slot[RING_LINES];
};

/* What was written before the screen could be used. */
static char early[1024];
static size_t early_len;
static bool early_closed;

static bool have_uart, have_screen, have_cpus;
static u32 seized_by; /* core id + 1 */

void console_init(const struct boot_info *bi)
{
	enum option_console where = bi->options.console;

	if (where == CONSOLE_AUTO || where == CONSOLE_SERIAL)
		have_uart = uart_init(bi) == 0;
}

void console_init_screen(const struct boot_info *bi)
{
	enum option_console where = bi->options.console;

	if (where == CONSOLE_AUTO || where == CONSOLE_SCREEN)
		have_screen = screen_init(bi) == 0;
	early_closed = true;
	if (have_screen)
		screen_write(early, early_len);
}

int console_init_cpu(struct cpu *cpu)
{
	cpu->log = mem_alloc(sizeof(*cpu->log), CACHE_LINE);
	have_cpus = true;
	return cpu->log ? 0 : -ENOMEM;
}

static u32 writer_id(void)
{
	return have_cpus ? cpu_id() + 1 : 1;
}

void console_seize(void)
{
	u32 nobody = 0, me = writer_id();

	if (!__atomic_compare_exchange_n(&seized_by, &nobody, me, false, __ATOMIC_SEQ_CST,
					 __ATOMIC_SEQ_CST) &&
	    nobody != me) {
		for (;;)
			cpu_relax();
	}
}

static void keep_early(const char *s, size_t len)
{
	len = MIN(len, sizeof(early) - early_len);
	memcpy(early + early_len, s, len);
	early_len += len;
}

void console_write(const char *s, size_t len)
{
	u32 seized = READ_ONCE(seized_by);

	while (seized && seized != writer_id())
		cpu_relax();
	if (have_uart)
		uart_write(s, len);
	if (have_screen)
		screen_write(s, len);
	else if (!early_closed)
		keep_early(s, len);
}

static void ring_put(struct log_ring *ring, const char *fmt, va_list ap)
{
	u32 n = __atomic_load_n(&ring->reserved, __ATOMIC_RELAXED);

	do {
		if (n - load_acquire(&ring->printed) >= RING_LINES) {
			__atomic_fetch_add(&ring->lost, 1, __ATOMIC_RELAXED);
			return;
		}
	} while (!__atomic_compare_exchange_n(&ring->reserved, &n, n + 1, false, __ATOMIC_RELAXED,
					      __ATOMIC_RELAXED));
	vsnprintf(ring->slot[n % RING_LINES].line, LINE_MAX, fmt, ap);
	store_release(&ring->slot[n % RING_LINES].ready, n + 1);
}

void klog(const char *fmt, ...)
{
	char line[LINE_MAX];
	va_list ap;

	va_start(ap, fmt);
	if (have_cpus && (cpu_id() != 0 || this_cpu()->nmi_level)) {
		ring_put(this_cpu()->log, fmt, ap);
	} else {
		vsnprintf(line, sizeof(line), fmt, ap);
		report_line("%s", line);
	}
	va_end(ap);
}

static void ring_drain(u32 id, struct log_ring *ring)
{
	u32 lost;

	while (load_acquire(&ring->slot[ring->printed % RING_LINES].ready) == ring->printed + 1) {
		report_line("%s", ring->slot[ring->printed % RING_LINES].line);
		store_release(&ring->printed, ring->printed + 1);
	}
	lost = __atomic_exchange_n(&ring->lost, 0, __ATOMIC_RELAXED);
	if (lost)
		report_line("# warn console cpu=%u lost=%u lines", id, lost);
}

void console_drain(void)
{
	for (u32 i = 0; i < online.count; i++)
		ring_drain(i, online.cpu[i]->log);
}
