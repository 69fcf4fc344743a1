/* SPDX-License-Identifier: GPL-2.0-or-later */
/* MADT: cores and interrupt controllers, both architectures. */
#include "acpi.h"
#include "facts.h"

#include "../kernel/string.h"

#define XAPIC_BROADCAST	 0xffu
#define X2APIC_BROADCAST 0xffffffffu
/* Aff3.Aff2.Aff1.Aff0 of MPIDR_EL1; the bits between are not part of the name. */
#define MPIDR_AFFINITY 0xff00ffffffull

#define ISA_BUS	       0
#define ISA_PIT	       0

static void add_apic(struct boot_info *bi, u32 apic_id, u32 uid, u32 flags, u32 broadcast)
{
	struct boot_cpu cpu = {.hwid = apic_id, .acpi_uid = uid};

	/* "Online capable" without "enabled" is an empty socket. */
	if (!(flags & MADT_ENABLED))
		return;
	if (apic_id == broadcast)
		boot_note(bi, "MADT: enabled core with the broadcast id 0x%x, ignored", apic_id);
	else
		facts_add_cpu(bi, &cpu);
}

static void add_lapic(struct boot_info *bi, const void *entry)
{
	const struct acpi_madt_lapic *e = entry;

	add_apic(bi, e->apic_id, e->uid, e->flags, XAPIC_BROADCAST);
}

static void add_x2apic(struct boot_info *bi, const void *entry)
{
	const struct acpi_madt_x2apic *e = entry;

	add_apic(bi, e->apic_id, e->uid, e->flags, X2APIC_BROADCAST);
}

static void add_ioapic(struct boot_info *bi, const void *entry)
{
	const struct acpi_madt_ioapic *e = entry;

	for (u32 i = 0; i < bi->nr_ioapics; i++)
		if (bi->ioapic[i].base == e->address)
			return;
	if (!e->address || bi->nr_ioapics == BOOT_MAX_IOAPICS) {
		boot_note(bi, "MADT: IO-APIC at 0x%x ignored: %s", e->address,
			  e->address ? "too many" : "no address");
		return;
	}
	bi->ioapic[bi->nr_ioapics++] = (struct boot_ioapic){e->address, e->gsi_base};
}

static void add_override(struct boot_info *bi, const void *entry)
{
	const struct acpi_madt_override *e = entry;

	if (e->bus == ISA_BUS && e->source == ISA_PIT)
		bi->pit_gsi = e->gsi;
}

static void add_lapic_address(struct boot_info *bi, const void *entry)
{
	const struct acpi_madt_lapic_address *e = entry;

	bi->lapic = e->address;
}

static void add_gicc(struct boot_info *bi, const void *entry)
{
	const struct acpi_madt_gicc *e = entry;
	struct boot_cpu cpu = {
		.hwid = e->mpidr & MPIDR_AFFINITY,
		.acpi_uid = e->uid,
		.pmu_irq = e->pmu_gsiv,
		.gicr = e->gicr,
	};

	if (!(e->flags & MADT_ENABLED))
		return;
	if (!bi->gicc)
		bi->gicc = e->gicc;
	else if (e->gicc != bi->gicc)
		cpu.gicc = e->gicc;
	if (!bi->pmu_irq)
		bi->pmu_irq = e->pmu_gsiv;
	facts_add_cpu(bi, &cpu);
}

static void add_gicd(struct boot_info *bi, const void *entry)
{
	const struct acpi_madt_gicd *e = entry;

	if (!e->address || (bi->gicd && bi->gicd != e->address)) {
		boot_note(bi, "MADT: GIC distributor at 0x%lx ignored: %s", e->address,
			  e->address ? "the second one" : "no address");
		return;
	}
	bi->gicd = e->address;
	bi->gic_version = e->version;
}

static void add_gicr(struct boot_info *bi, const void *entry)
{
	const struct acpi_madt_gicr *e = entry;

	facts_add_gicr(bi, e->address, e->length);
}

static const struct madt_kind {
	u8 type, size;
	void (*add)(struct boot_info *bi, const void *entry);
} madt_kinds[] = {
	{MADT_LAPIC, sizeof(struct acpi_madt_lapic), add_lapic},
	{MADT_IOAPIC, sizeof(struct acpi_madt_ioapic), add_ioapic},
	{MADT_OVERRIDE, sizeof(struct acpi_madt_override), add_override},
	{MADT_LAPIC_ADDRESS, sizeof(struct acpi_madt_lapic_address), add_lapic_address},
	{MADT_X2APIC, sizeof(struct acpi_madt_x2apic), add_x2apic},
	{MADT_GICC, sizeof(struct acpi_madt_gicc), add_gicc},
	{MADT_GICD, sizeof(struct acpi_madt_gicd), add_gicd},
	{MADT_GICR, sizeof(struct acpi_madt_gicr), add_gicr},
};

static void add_entry(struct boot_info *bi, const struct acpi_madt_entry *e, u32 offset)
{
	for (u32 k = 0; k < ARRAY_SIZE(madt_kinds); k++) {
		if (madt_kinds[k].type != e->type)
			continue;
		if (e->length < madt_kinds[k].size)
			boot_note(bi, "MADT: entry at %u, type %u: %u bytes, at least %u expected",
				  offset, e->type, e->length, madt_kinds[k].size);
		else
			madt_kinds[k].add(bi, e);
	}
}

/* Before GICv3 had a number in the table, redistributors were the only hint. */
static void settle_gic_version(struct boot_info *bi)
{
	if (!bi->gicd)
		return;
	if (bi->gic_version < 2 || bi->gic_version > 4)
		bi->gic_version = bi->nr_gicrs || (bi->nr_cpus && bi->cpu[0].gicr) ? 3 : 2;
	if (bi->gic_version == 2 && !bi->gicc)
		boot_note(bi, "MADT: GICv2 without a CPU interface address");
}

int acpi_parse_madt(struct boot_info *bi, const struct phys_reader *mem, struct acpi_bytes t)
{
	struct acpi_madt madt;
	u32 offset = sizeof(madt);

	if (t.len < sizeof(madt)) {
		boot_note(bi, "MADT: %u bytes, at least %u expected", t.len, (u32)sizeof(madt));
		return -EINVAL;
	}
	memcpy(&madt, t.p, sizeof(madt));
	bi->lapic = madt.lapic;

	while (t.len - offset >= sizeof(struct acpi_madt_entry)) {
		const struct acpi_madt_entry *e = (const void *)(t.p + offset);

		if (e->length < sizeof(*e) || e->length > t.len - offset) {
			boot_note(bi, "MADT: entry at %u, type %u: bad length %u, the rest ignored",
				  offset, e->type, e->length);
			break;
		}
		add_entry(bi, e, offset);
		offset += e->length;
	}
	settle_gic_version(bi);
	return bi->nr_cpus ? 0 : -EINVAL;
}
