/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The rate of the TSC: from CPUID where it tells, else measured against the best clock
 * there is. Under an emulator a core can lose its host thread at any instruction, so each
 * reading of the clock is bracketed by two of the TSC, loose brackets are thrown away, and
 * the median of several windows counts.
 */
#include <arch/time.h>
#include "internal.h"

#define WINDOWS	     5
#define WINDOW_NS    (200 * NSEC_PER_USEC)
#define WINDOW_TICKS 5000 /* at least, so that one tick more or less does not matter */
#define TRIES	     6
#define GUESS_HZ     (4 * NSEC_PER_SEC) /* before calibration: rather too long a wait */
#define PM_TIMER_HZ  3579545ull
#define PIT_HZ	     1193182ull
#define PIT2	     0x42
#define PIT_COMMAND  0x43
#define PIT2_RATE    0xb4 /* channel 2, both bytes, mode 2 */
#define PIT2_LATCH   0x80
#define PORT_B	     0x61
#define STUCK_TICKS  (GUESS_HZ / 10)

/* A free-running reference: counts up, wraps at mask. */
struct reference {
	const char *name;
	u64 hz;
	u32 mask;
	u32 (*read)(void);
};

struct sample {
	u64 tsc;
	u32 ref;
};

static u64 tsc_hz;
static const char *source = "none";
static u16 pm_port;

u64 time_hz(void)
{
	return tsc_hz;
}

const char *time_hz_source(void)
{
	return source;
}

void time_delay_ns(u64 ns)
{
	u64 hz = tsc_hz ?: GUESS_HZ;
	u64 ticks = ns / NSEC_PER_SEC * hz + ns % NSEC_PER_SEC * (hz / 1000) / 1000000;
	u64 start = time_counter();

	while (time_counter() - start < ticks)
		cpu_relax();
}

static u32 pm_timer_read(void)
{
	return inl(pm_port);
}

/* Channel 2 counts down. */
static u32 pit2_read(void)
{
	u32 low;

	outb(PIT_COMMAND, PIT2_LATCH);
	low = inb(PIT2);
	return -(low | (u32)inb(PIT2) << 8);
}

static void pit2_start(void)
{
	outb(PORT_B, (inb(PORT_B) & 0x0c) | 1); /* gate on, speaker off */
	outb(PIT_COMMAND, PIT2_RATE);
	outb(PIT2, 0);
	outb(PIT2, 0);
}

static struct sample take_sample(const struct reference *r)
{
	struct sample best = {0};
	u64 tightest = ~0ull;

	for (u32 i = 0; i < TRIES; i++) {
		u64 before = time_counter_ordered();
		u32 ref = r->read();
		u64 after = time_counter_ordered();

		if (after - before < tightest) {
			tightest = after - before;
			best = (struct sample){before + (after - before) / 2, ref};
		}
	}
	return best;
}

/* TSC ticks per second as seen in one window, 0 if the reference stands still. */
static u64 measure(const struct reference *r)
{
	u32 want = MAX(r->hz * WINDOW_NS / NSEC_PER_SEC, (u64)WINDOW_TICKS);
	struct sample from = take_sample(r), to;

	while (((r->read() - from.ref) & r->mask) < want) {
		if (time_counter() - from.tsc > STUCK_TICKS)
			return 0;
	}
	to = take_sample(r);
	return (to.tsc - from.tsc) * r->hz / ((to.ref - from.ref) & r->mask);
}

static bool calibrate(const struct reference *r)
{
	u64 seen[WINDOWS];

	for (u32 n = 0; n < WINDOWS; n++) {
		u64 hz = measure(r);
		u32 i = n;

		if (!hz)
			return false;
		for (; i && seen[i - 1] > hz; i--)
			seen[i] = seen[i - 1];
		seen[i] = hz;
	}
	tsc_hz = seen[WINDOWS / 2];
	source = r->name;
	return true;
}

/* Leaves 0x15 and 0x16 (SDM volume 2, CPUID) and the hypervisors' 0x40000010. */
static u64 hz_from_cpuid(void)
{
	struct cpuid ratio = cpuid_if(0x15, 0);
	u64 mhz = cpuid_if(0x16, 0).eax & 0xffff;

	if (ratio.eax && ratio.ebx && ratio.ecx)
		return (u64)ratio.ecx * ratio.ebx / ratio.eax;
	if (ratio.eax && ratio.ebx && mhz)
		return mhz * 1000000;
	if (cpuid(1, 0).ecx & CPUID1_ECX_HYPERVISOR && cpuid(0x40000000, 0).eax >= 0x40000010)
		return cpuid(0x40000010, 0).eax * 1000ull;
	return 0;
}

void time_init(const struct boot_info *bi)
{
	struct reference hpet = {"hpet", hpet_hz(), ~0u, hpet_read};
	struct reference pm = {"pmtimer", PM_TIMER_HZ, 0xffffff, pm_timer_read};
	struct reference pit = {"pit", PIT_HZ, 0xffff, pit2_read};

	tsc_hz = hz_from_cpuid();
	if (tsc_hz) {
		source = "cpuid";
		return;
	}
	if (hpet.hz && calibrate(&hpet))
		return;
	pm_port = bi->pm_timer;
	if (pm_port && calibrate(&pm))
		return;
	pit2_start();
	if (calibrate(&pit))
		return;
	tsc_hz = GUESS_HZ;
	source = "guess";
}
