/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Local APIC, by memory (xAPIC) or by MSR (x2APIC). SDM volume 3, chapter 11; the
 * register offsets are those of the memory page, x2APIC's MSR numbers follow from them.
 */
#include <arch/time.h>
#include "internal.h"

#define APIC_ID		0x20
#define APIC_TPR	0x80
#define APIC_EOI	0xb0
#define APIC_SVR	0xf0
#define APIC_ICR	0x300
#define APIC_ICR_HIGH	0x310
#define APIC_LVT_CMCI	0x2f0
#define APIC_TIMER	0x320
#define APIC_THERMAL	0x330
#define APIC_PMU	0x340
#define APIC_LINT0	0x350
#define APIC_LINT1	0x360
#define APIC_ERROR	0x370
#define APIC_VERSION	0x30

#define SVR_ENABLE	0x100
#define LVT_MASKED	0x10000
#define LVT_NMI		0x400
#define ICR_BUSY	0x1000
#define APIC_BASE_ADDR	0x000ffffffffff000ull
#define XAPIC_LAST_ID	254
#define SEND_TIMEOUT_NS (10 * NSEC_PER_MSEC)

static volatile u32 *page;
static bool x2apic;

static u32 apic_read(u32 reg)
{
	return x2apic ? (u32)rdmsr(MSR_X2APIC + (reg >> 4)) : page[reg / 4];
}

static void apic_write(u32 reg, u32 v)
{
	if (x2apic)
		wrmsr(MSR_X2APIC + (reg >> 4), v);
	else
		page[reg / 4] = v;
}

static bool ids_need_x2apic(const struct boot_info *bi)
{
	for (u32 i = 0; i < bi->nr_cpus; i++) {
		if (bi->cpu[i].hwid > XAPIC_LAST_ID)
			return true;
	}
	return false;
}

static void switch_on(void)
{
	u64 base = rdmsr(MSR_APIC_BASE) | APIC_BASE_ON;

	/* xAPIC first: going from "disabled" straight to x2APIC faults. */
	wrmsr(MSR_APIC_BASE, base);
	if (x2apic)
		wrmsr(MSR_APIC_BASE, base | APIC_BASE_X2);
}

int apic_init(const struct boot_info *bi)
{
	u64 base = rdmsr(MSR_APIC_BASE);
	bool able = cpuid(1, 0).ecx & CPUID1_ECX_X2APIC;
	int want = bi->options.x2apic;

	/* Leaving x2APIC mode needs a pass through "disabled": what firmware set stays. */
	x2apic = base & APIC_BASE_X2 || (able && (want == 1 || (want && ids_need_x2apic(bi))));
	if (x2apic) {
		switch_on();
		return 0;
	}
	page = mmu_map_device(base & APIC_BASE_ADDR, PAGE_SIZE);
	return page ? 0 : -ENOMEM;
}

bool apic_is_x2apic(void)
{
	return x2apic;
}

void apic_cpu_init(struct arch_cpu *cpu)
{
	static const u16 lvt[] = {APIC_TIMER, APIC_LINT0, APIC_LINT1, APIC_ERROR};
	u32 last;

	switch_on();
	apic_write(APIC_SVR, SVR_ENABLE | VECTOR_SPURIOUS);
	for (u32 i = 0; i < ARRAY_SIZE(lvt); i++)
		apic_write(lvt[i], LVT_MASKED);
	last = apic_read(APIC_VERSION) >> 16 & 0xff;
	if (last >= 4)
		apic_write(APIC_PMU, LVT_MASKED);
	if (last >= 5)
		apic_write(APIC_THERMAL, LVT_MASKED);
	if (last >= 6)
		apic_write(APIC_LVT_CMCI, LVT_MASKED);
	apic_write(APIC_TPR, 0);
	if (!x2apic)
		apic_write(APIC_ICR_HIGH, 0);
	cpu->apic_id = apic_id();
}

u32 apic_id(void)
{
	return x2apic ? apic_read(APIC_ID) : apic_read(APIC_ID) >> 24;
}

void apic_eoi(void)
{
	apic_write(APIC_EOI, 0);
}

void apic_enable_lint1(void)
{
	apic_write(APIC_LINT1, LVT_NMI);
}

void apic_lvt_pmu(bool on)
{
	apic_write(APIC_PMU, on ? LVT_NMI : LVT_MASKED);
}

static int wait_sent(void)
{
	u64 start;

	if (!(page[APIC_ICR / 4] & ICR_BUSY))
		return 0;
	start = time_counter();
	while (page[APIC_ICR / 4] & ICR_BUSY) {
		/* Before the rate is known a counter tick is taken for a third of a ns. */
		u64 hz = time_hz() ?: 3 * NSEC_PER_SEC;

		if (time_counter() - start > hz / NSEC_PER_SEC * SEND_TIMEOUT_NS)
			return -ETIMEDOUT;
		cpu_relax();
	}
	return 0;
}

/*
 * The command takes two stores, and an NMI may come in between and send as well: it then
 * leaves the first one as it found it, so that our second goes to the right core. The
 * destination is stored only when it changes, and idleness is awaited only after the
 * command: a store to the APIC costs a trip to the hypervisor or the bus.
 */
static int xapic_send(u32 id, u32 command)
{
	struct arch_cpu *base = percpu_base(), *cpu = base->home;
	bool nested = READ_ONCE(cpu->icr_busy);
	u32 before = READ_ONCE(cpu->icr_high), high = id << 24;
	int error = nested ? wait_sent() : 0;

	WRITE_ONCE(cpu->icr_busy, true);
	if (!error) {
		if (nested || before != high) {
			WRITE_ONCE(cpu->icr_high, high);
			page[APIC_ICR_HIGH / 4] = high;
		}
		page[APIC_ICR / 4] = command;
		error = wait_sent();
	}
	if (nested) {
		page[APIC_ICR_HIGH / 4] = before;
		WRITE_ONCE(cpu->icr_high, before);
	}
	WRITE_ONCE(cpu->icr_busy, nested);
	return error;
}

/*
 * The register goes before the note of it: whoever comes in between and never goes back stores
 * it once more.
 */
u32 *apic_aim_self(struct arch_cpu *cpu)
{
	u32 high = cpu->apic_id << 24;

	if (x2apic)
		return NULL;
	if (READ_ONCE(cpu->icr_high) != high) {
		page[APIC_ICR_HIGH / 4] = high;
		WRITE_ONCE(cpu->icr_high, high);
	}
	return (u32 *)&page[APIC_ICR / 4];
}

void apic_nmi_self(struct arch_cpu *cpu)
{
	volatile u32 *icr = apic_aim_self(cpu);

	if (icr)
		*icr = ICR_NMI;
	else
		apic_send(cpu->apic_id, ICR_NMI);
}

int apic_wait_sent(void)
{
	return x2apic ? 0 : wait_sent();
}

int apic_send(u32 id, u32 command)
{
	if (!x2apic)
		return xapic_send(id, command);
	/* WRMSR to x2APIC does not wait for earlier stores (SDM volume 3, 11.12.3). */
	__asm__ volatile("mfence; lfence" ::: "memory");
	wrmsr(MSR_X2APIC + (APIC_ICR >> 4), (u64)id << 32 | command);
	return 0;
}
