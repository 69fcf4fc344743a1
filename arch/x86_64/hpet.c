/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * High precision event timer (IA-PC HPET specification 1.0a): two of its timers as
 * periodic NMIs, its main counter as a reference for the TSC.
 */
#include "internal.h"

#define HPET_CAPABILITIES 0x000
#define HPET_CONFIG	  0x010
#define HPET_COUNTER	  0x0f0
#define TIMER_CONFIG(n)	  (0x100 + 0x20 * (n))
#define TIMER_COMPARE(n)  (0x108 + 0x20 * (n))

#define CONFIG_ENABLE	  (1u << 0)
#define TN_ENABLE	  (1u << 2)
#define TN_PERIODIC	  (1u << 3)
#define TN_PERIODIC_ABLE  (1u << 4)
#define TN_SET_ACCUMULATE (1u << 6)
#define TN_32BIT	  (1u << 8)
#define TN_ROUTE(pin)	  ((u32)(pin) << 9)

#define FEMTO_PER_SEC	  1000000000000000ull
#define MAX_PERIOD_FS	  100000000u /* the specification's bound: 100 ns */
#define MIN_TICKS	  64
#define START_TRIES	  32

static volatile u8 *regs;
static u64 hz;
static const char *missing = "no HPET with a periodic timer on an I/O APIC pin";

static struct {
	bool usable;
	u32 timer, gsi, last;
} use_of[NR_HPET_USES];

static u32 hpet_get(u32 reg)
{
	return *(volatile u32 *)(regs + reg);
}

static void hpet_set(u32 reg, u32 v)
{
	*(volatile u32 *)(regs + reg) = v;
}

/* Give each use a periodic timer and an I/O APIC pin of its own, highest pins first. */
static void choose_timers(u32 timers)
{
	u32 taken = 0, use = 0;

	for (u32 t = 0; t < timers && use < NR_HPET_USES; t++) {
		u32 route = hpet_get(TIMER_CONFIG(t) + 4) & ~taken & ~0xffffu;

		if (!route || !(hpet_get(TIMER_CONFIG(t)) & TN_PERIODIC_ABLE))
			continue;
		use_of[use].usable = true;
		use_of[use].timer = t;
		use_of[use].gsi = 31 - __builtin_clz(route);
		taken |= 1u << use_of[use].gsi;
		use++;
	}
}

void hpet_init(const struct boot_info *bi)
{
	u32 period, timers;

	if (!bi->hpet)
		return;
	regs = mmu_map_device(bi->hpet, PAGE_SIZE);
	if (!regs)
		return;
	period = hpet_get(HPET_CAPABILITIES + 4);
	if (!period || period > MAX_PERIOD_FS)
		return;
	hz = FEMTO_PER_SEC / period;
	timers = (hpet_get(HPET_CAPABILITIES) >> 8 & 0x1f) + 1;
	for (u32 t = 0; t < timers; t++)
		hpet_set(TIMER_CONFIG(t), 0);
	/* Legacy replacement off: the PIT keeps IRQ 0. */
	hpet_set(HPET_CONFIG, CONFIG_ENABLE);
	if (bi->nr_ioapics)
		choose_timers(timers);
}

const char *hpet_missing(enum hpet_use use)
{
	return use_of[use].usable ? NULL : missing;
}

void hpet_give_up(enum hpet_use use)
{
	if (use_of[use].usable)
		missing = "the HPET's interrupt does not arrive as NMI";
	use_of[use].usable = false;
}

void hpet_stop(enum hpet_use use)
{
	if (!use_of[use].usable)
		return;
	ioapic_mask(use_of[use].gsi);
	hpet_set(TIMER_CONFIG(use_of[use].timer), 0);
}

/*
 * Section 2.3.9.2.2: the first store after SET sets the match, the second the period. A match
 * that comes between the two moves on by whatever is taken for the period (QEMU: the match
 * itself), and one that has passed when the period is known is met only when the counter comes
 * round. Return: the first tick is at most a period away.
 */
static bool set_match(u32 t, u32 pin, u32 ticks)
{
	hpet_set(TIMER_CONFIG(t), TN_ROUTE(pin) | TN_32BIT | TN_PERIODIC | TN_SET_ACCUMULATE);
	hpet_set(TIMER_COMPARE(t), hpet_read() + ticks);
	hpet_set(TIMER_COMPARE(t), ticks);
	return hpet_get(TIMER_COMPARE(t)) - hpet_read() - 1 < ticks;
}

s64 hpet_start(enum hpet_use use, u32 apic_id, u64 rate)
{
	u32 t = use_of[use].timer, pin = use_of[use].gsi, tries = 0;
	u64 ticks = rate ? hz / rate : 0;
	int error;

	if (!use_of[use].usable)
		return -ENODEV;
	if (ticks < MIN_TICKS || ticks > 0x7fffffff)
		return -EINVAL;
	error = ioapic_route_nmi(pin, apic_id);
	if (error)
		return error;
	while (!set_match(t, pin, ticks)) {
		if (++tries < START_TRIES)
			continue;
		hpet_stop(use);
		return -ETIMEDOUT;
	}
	use_of[use].last = hpet_get(TIMER_COMPARE(t));
	hpet_set(TIMER_CONFIG(t), TN_ROUTE(pin) | TN_32BIT | TN_PERIODIC | TN_ENABLE);
	return hz * 1000 / ticks;
}

bool hpet_fired(enum hpet_use use)
{
	u32 match = hpet_get(TIMER_COMPARE(use_of[use].timer));

	/* In periodic mode the hardware moves the match on each time it fires. */
	if (match == use_of[use].last)
		return false;
	use_of[use].last = match;
	return true;
}

u64 hpet_hz(void)
{
	return hz;
}

u32 hpet_read(void)
{
	return hpet_get(HPET_COUNTER);
}
