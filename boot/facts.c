/* SPDX-License-Identifier: GPL-2.0-or-later */
/* boot_info from its parts: limits kept, duplicates dropped, the boot core put first. */
#include "facts.h"

#include "../kernel/printf.h"
#include "../kernel/string.h"

#define FACTS_PAGE 4096ull

/* Interrupts of the virtual and the non-secure physical timer on every arm64 server (BSA). */
#define VTIMER_INTID 27
#define PTIMER_INTID 30

/* Names come from the firmware: nothing in them may end the report's line or steer a terminal. */
static void make_printable(char *s)
{
	for (; *s; s++)
		if (*s < ' ' || *s > '~')
			*s = '?';
}

void boot_note(struct boot_info *bi, const char *fmt, ...)
{
	va_list ap;

	if (bi->nr_notes >= BOOT_MAX_NOTES) {
		bi->nr_notes_dropped++;
		return;
	}
	va_start(ap, fmt);
	vsnprintf(bi->note[bi->nr_notes], sizeof(bi->note[0]), fmt, ap);
	va_end(ap);
	make_printable(bi->note[bi->nr_notes++]);
}

/* Index of the first core whose id is not below @hwid. */
static u32 cpu_position(const struct boot_info *bi, u64 hwid)
{
	u32 low = 0, high = bi->nr_cpus;

	while (low < high) {
		u32 mid = low + (high - low) / 2;

		if (bi->cpu[mid].hwid < hwid)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

void facts_add_cpu(struct boot_info *bi, const struct boot_cpu *cpu)
{
	u32 at = cpu_position(bi, cpu->hwid);

	if (at < bi->nr_cpus && bi->cpu[at].hwid == cpu->hwid)
		return;
	bi->nr_cpus_listed++;
	if (bi->nr_cpus == BOOT_MAX_CPUS)
		return;
	memmove(&bi->cpu[at + 1], &bi->cpu[at], (bi->nr_cpus - at) * sizeof(*cpu));
	bi->cpu[at] = *cpu;
	bi->nr_cpus++;
}

void facts_add_gicr(struct boot_info *bi, u64 base, u64 size)
{
	for (u32 i = 0; i < bi->nr_gicrs; i++)
		if (bi->gicr[i].base == base)
			return;
	if (bi->nr_gicrs == BOOT_MAX_GICRS) {
		boot_note(bi, "more than %u GIC redistributor regions, 0x%lx ignored",
			  BOOT_MAX_GICRS, base);
		return;
	}
	bi->gicr[bi->nr_gicrs++] = (struct boot_region){base, size};
}

/* Whole pages [base, base + size), known to overlap nothing in the list. */
static void mem_append(struct boot_info *bi, u64 base, u64 size)
{
	for (u32 i = 0; i < bi->nr_mem; i++) {
		if (bi->mem[i].base + bi->mem[i].size == base) {
			bi->mem[i].size += size;
			return;
		}
	}
	if (bi->nr_mem == BOOT_MAX_MEM) {
		boot_note(bi, "more than %u memory ranges, 0x%lx ignored", BOOT_MAX_MEM, base);
		return;
	}
	bi->mem[bi->nr_mem++] = (struct boot_mem){base, size};
}

void facts_add_mem(struct boot_info *bi, u64 base, u64 size)
{
	u64 start, end;

	if (base > ~0ull - size || base > ~0ull - FACTS_PAGE) {
		boot_note(bi, "memory at 0x%lx, 0x%lx bytes: past the end of addresses", base,
			  size);
		return;
	}
	start = ALIGN_UP(base, FACTS_PAGE);
	end = ALIGN_DOWN(base + size, FACTS_PAGE);
	if (start >= end)
		return;
	/* Nobody may get a page twice because the firmware listed it twice. */
	facts_reserve(bi, start, end - start);
	mem_append(bi, start, end - start);
}

static void mem_remove(struct boot_info *bi, u32 i)
{
	bi->nr_mem--;
	memmove(&bi->mem[i], &bi->mem[i + 1], (bi->nr_mem - i) * sizeof(bi->mem[0]));
}

void facts_reserve(struct boot_info *bi, u64 base, u64 size)
{
	u64 start = ALIGN_DOWN(base, FACTS_PAGE);
	u64 last = base + (size - 1); /* the last byte: an end of 2^64 has no number */
	u32 n = bi->nr_mem;

	if (!size)
		return;
	if (last < base)
		last = ~0ull;
	last |= FACTS_PAGE - 1;

	/* Backwards: what is appended need not be looked at. */
	for (u32 i = n; i-- > 0;) {
		struct boot_mem *m = &bi->mem[i];
		u64 m_start = m->base, m_last = m->base + (m->size - 1);

		if (last < m_start || start > m_last)
			continue;
		if (start > m_start)
			m->size = start - m_start;
		else
			mem_remove(bi, i);
		if (last < m_last)
			mem_append(bi, last + 1, m_last - last);
	}
}

void facts_add_readable(struct boot_info *bi, u64 base, u64 size)
{
	u64 end = base + size;

	if (end <= base)
		return;
	/* Those in the list do not touch each other: one pass finds all that the new one does. */
	for (u32 i = bi->nr_readable; i-- > 0;) {
		const struct boot_region *r = &bi->readable[i];

		if (base > r->base + r->size || end < r->base)
			continue;
		base = MIN(base, r->base);
		end = MAX(end, r->base + r->size);
		bi->readable[i] = bi->readable[--bi->nr_readable];
	}
	if (bi->nr_readable == BOOT_MAX_READABLE) {
		boot_note(bi, "more than %u regions of firmware memory, 0x%lx ignored",
			  BOOT_MAX_READABLE, base);
		return;
	}
	bi->readable[bi->nr_readable++] = (struct boot_region){base, end - base};
}

/* Move the boot core to the front; the others keep their order. */
static void boot_cpu_first(struct boot_info *bi, u64 hwid)
{
	struct boot_cpu self = {.hwid = hwid};
	u32 at = cpu_position(bi, hwid);

	if (at < bi->nr_cpus && bi->cpu[at].hwid == hwid) {
		self = bi->cpu[at];
	} else {
		if (bi->nr_cpus)
			boot_note(bi, "the boot core 0x%lx is not in the firmware's list", hwid);
		bi->nr_cpus_listed++;
		at = bi->nr_cpus < BOOT_MAX_CPUS ? bi->nr_cpus++ : BOOT_MAX_CPUS - 1;
	}
	memmove(&bi->cpu[1], &bi->cpu[0], at * sizeof(self));
	bi->cpu[0] = self;
}

static bool is_readable(const struct boot_info *bi, u64 pa, size_t len)
{
	static const struct boot_region all = {0, 1ull << 48};
	const struct boot_region *r = bi->nr_readable ? bi->readable : &all;

	for (u32 n = MAX(bi->nr_readable, 1u); n--; r++)
		if (pa >= r->base && pa - r->base < r->size && len <= r->size - (pa - r->base))
			return true;
	return false;
}

/* Everything the parsers look at is identity-mapped; what lies elsewhere would fault. */
static const void *identity_map(void *ctx, u64 pa, size_t len)
{
	return pa && is_readable(ctx, pa, len) ? (const void *)(uintptr_t)pa : NULL;
}

void boot_info_complete(struct boot_info *bi, u64 boot_hwid)
{
	const struct phys_reader mem = {.map = identity_map, .ctx = bi};
	int rc = -ENODEV;

	bi->s5_type = 0xff;
	if (bi->rsdp)
		rc = acpi_parse(bi, &mem);
	if (rc && bi->fdt)
		rc = fdt_parse(bi, &mem);
	if (rc == -ENODEV)
		boot_note(bi, "neither ACPI tables nor a device tree: only the boot core is used");
	if (bi->nr_cpus_listed > bi->nr_cpus)
		boot_note(bi, "the firmware lists %u cores, the first %u are used",
			  bi->nr_cpus_listed, bi->nr_cpus);
	boot_cpu_first(bi, boot_hwid);

	if (!bi->vtimer_irq)
		bi->vtimer_irq = VTIMER_INTID;
	if (!bi->ptimer_irq)
		bi->ptimer_irq = PTIMER_INTID;

	options_default(&bi->options);
	options_parse(&bi->options, bi->cmdline);
}
