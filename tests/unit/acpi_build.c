/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "acpi_build.h"
#include "memory.h"

#include "../../boot/acpi.h"
#include "../../kernel/string.h"

struct boot_info bi;
struct table t;

void put(u64 value, u32 bytes)
{
	for (; bytes; bytes--, value >>= 8)
		t.b[t.len++] = value;
}

void put_fields(const u64 (*field)[2], u32 n)
{
	for (u32 i = 0; i < n; i++)
		put(field[i][0], field[i][1]);
}

void put_at(u32 offset, u64 value, u32 bytes)
{
	u32 len = t.len;

	t.len = offset;
	put(value, bytes);
	t.len = MAX(len, t.len);
}

void table(const char *signature)
{
	memset(&t, 0, sizeof(t));
	memcpy(t.b, signature, 4);
	t.len = sizeof(struct acpi_header);
}

static void checksum(u32 at, u32 bytes)
{
	u8 sum = 0;

	t.b[at] = 0;
	for (u32 i = 0; i < bytes; i++)
		sum += t.b[i];
	t.b[at] = -sum;
}

void place(u64 pa)
{
	put_at(4, t.len, 4);
	checksum(9, t.len);
	memory_put(pa, t.b, t.len);
}

void fix(u64 pa)
{
	u8 *p = memory_at(pa), sum = 0;
	u32 len = p[4] | p[5] << 8 | p[6] << 16;

	for (u32 i = 0; i < len; i++)
		sum += p[i];
	p[9] -= sum;
}

void place_rsdp(u32 revision, u64 xsdt, u32 rsdt)
{
	memset(&t, 0, sizeof(t));
	memcpy(t.b, "RSD PTR ", 8);
	put_at(15, revision, 1);
	put_at(16, rsdt, 4);
	put_at(20, 36, 4);
	put_at(24, xsdt, 8);
	checksum(8, 20);
	checksum(32, 36);
	memory_put(RSDP, t.b, revision ? 36 : 20);
}

void madt(void)
{
	table("APIC");
	put(0xfee00000, 4);
	put(1, 4);
}

void lapic(u32 id, u32 flags)
{
	PUT({MADT_LAPIC, 1}, {8, 1}, {id, 1}, {id, 1}, {flags, 4});
}

void x2apic(u32 id, u32 flags)
{
	PUT({MADT_X2APIC, 1}, {16, 1}, {0, 2}, {id, 4}, {flags, 4}, {id, 4});
}

void ioapic(u32 base, u32 gsi)
{
	PUT({MADT_IOAPIC, 1}, {12, 1}, {0, 2}, {base, 4}, {gsi, 4});
}

void gicc(u64 mpidr, u64 base, u64 gicr, u32 pmu, u32 flags)
{
	u32 at = t.len;

	PUT({MADT_GICC, 1}, {80, 1}, {0, 78});
	put_at(at + 8, mpidr + 1, 4);
	put_at(at + 12, flags, 4);
	put_at(at + 20, pmu, 4);
	put_at(at + 32, base, 8);
	put_at(at + 60, gicr, 8);
	put_at(at + 68, mpidr, 8);
}

void gicd(u64 base, u32 version)
{
	PUT({MADT_GICD, 1}, {24, 1}, {0, 6}, {base, 8}, {0, 4}, {version, 4});
}

void gicr(u64 base, u32 size)
{
	PUT({MADT_GICR, 1}, {16, 1}, {0, 2}, {base, 8}, {size, 4});
}

void root(const char *signature, u64 pa, u32 width, const u64 *tables, u32 n)
{
	table(signature);
	for (u32 i = 0; i < n; i++)
		put(tables[i], width);
	place(pa);
}

void two_lapics(void)
{
	madt();
	lapic(0, 1);
	lapic(1, 1);
	place(MADT);
}

static const u64 all_tables[] = {FADT, MADT, SPCR, GTDT, HPET};

void start(void)
{
	memory_reset();
	memset(&bi, 0, sizeof(bi));
	bi.rsdp = RSDP;
}

void start_with_roots(void)
{
	start();
	place_rsdp(2, XSDT, RSDT);
	root("XSDT", XSDT, 8, all_tables, ARRAY_SIZE(all_tables));
	root("RSDT", RSDT, 4, all_tables, ARRAY_SIZE(all_tables));
}

void start_with_madt(void)
{
	static const u64 only_madt[] = {MADT};

	start();
	place_rsdp(2, XSDT, 0);
	root("XSDT", XSDT, 8, only_madt, 1);
}

void start_with(u64 pa)
{
	u64 tables[] = {MADT, pa};

	start();
	place_rsdp(2, XSDT, 0);
	root("XSDT", XSDT, 8, tables, 2);
	two_lapics();
}

int parse(void)
{
	return acpi_parse(&bi, memory_reader());
}

const char *note(u32 i)
{
	return i < bi.nr_notes ? bi.note[i] : "(no such note)";
}
