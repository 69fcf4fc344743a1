/* SPDX-License-Identifier: GPL-2.0-or-later */
/* ACPI tables made by hand, right or wrong, in the physical memory of memory.h. */
#ifndef UNIT_ACPI_BUILD_H
#define UNIT_ACPI_BUILD_H

#include "../../boot/boot_info.h"

#define RSDP 0xe0000
#define XSDT 0x10000
#define RSDT 0x11000
#define MADT 0x20003 /* tables need no alignment */
#define FADT 0x30001
#define SPCR 0x40000
#define GTDT 0x50000
#define HPET 0x60000
#define DSDT 0x70000

/* What the parser fills; start*() clears it. */
extern struct boot_info bi;

/* The table under construction. */
struct table {
	u8 b[1 << 20];
	u32 len;
};
extern struct table t;

/* Begin a table; append little-endian fields {value, bytes}; put it at its address. */
void table(const char *signature);
void put(u64 value, u32 bytes);
void put_fields(const u64 (*field)[2], u32 n);
#define PUT(...) put_fields((const u64[][2]){__VA_ARGS__}, ARRAY_SIZE(((u64[][2]){__VA_ARGS__})))
void put_at(u32 offset, u64 value, u32 bytes);
void place(u64 pa);
/* Make the checksum right again after a test has changed a table in place. */
void fix(u64 pa);

void place_rsdp(u32 revision, u64 xsdt, u32 rsdt);
void root(const char *signature, u64 pa, u32 width, const u64 *tables, u32 n);

/* An MADT's head and entries. */
void madt(void);
void lapic(u32 id, u32 flags);
void x2apic(u32 id, u32 flags);
void ioapic(u32 base, u32 gsi);
void gicc(u64 mpidr, u64 base, u64 gicr, u32 pmu, u32 flags);
void gicd(u64 base, u32 version);
void gicr(u64 base, u32 size);
/* A whole MADT with local APICs 0 and 1. */
void two_lapics(void);

/* Empty memory; then XSDT and RSDT that name all tables; just the MADT; a good MADT and @pa. */
void start(void);
void start_with_roots(void);
void start_with_madt(void);
void start_with(u64 pa);

int parse(void);
/* Note @i of the parser. */
const char *note(u32 i);

#endif
