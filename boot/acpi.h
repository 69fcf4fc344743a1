/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The ACPI tables we read, as the ACPI Specification 6.5 lays them out (chapter 5.2; SPCR
 * and HPET: their own specifications). Tables lie at any address: all structs are packed,
 * so that a field is read in whatever pieces the machine needs.
 */
#ifndef BOOT_ACPI_H
#define BOOT_ACPI_H

#include "boot_info.h"

struct acpi_rsdp {
	char signature[8];
	u8 checksum; /* of the first 20 bytes */
	char oem_id[6];
	u8 revision; /* 0: ends before length */
	u32 rsdt;
	u32 length;
	u64 xsdt;
	u8 extended_checksum;
	u8 reserved[3];
} __packed;
#define ACPI_RSDP_V1_SIZE 20

struct acpi_header {
	char signature[4];
	u32 length;
	u8 revision;
	u8 checksum;
	char oem_id[6];
	char oem_table_id[8];
	u32 oem_revision;
	u32 creator_id;
	u32 creator_revision;
} __packed;

enum { ACPI_SPACE_MEMORY = 0, ACPI_SPACE_IO = 1 };
enum { ACPI_ACCESS_BYTE = 1, ACPI_ACCESS_DWORD = 3 };

/* Generic Address Structure, 5.2.3.2 */
struct acpi_gas {
	u8 space, bit_width, bit_offset, access;
	u64 address;
} __packed;

/* 5.2.9 */
struct acpi_fadt {
	struct acpi_header h;
	u32 firmware_ctrl;
	u32 dsdt;
	u8 skipped1[20];
	u32 pm1a_control;
	u8 skipped2[8];
	u32 pm_timer;
	u8 skipped3[11];
	u8 pm_timer_length;
	u8 skipped4[20];
	u32 flags;
	struct acpi_gas reset_register;
	u8 reset_value;
	u16 arm_boot_flags;
	u8 minor_revision;
	u64 x_firmware_ctrl;
	u64 x_dsdt;
	u8 skipped5[24];
	struct acpi_gas x_pm1a_control;
	u8 skipped6[24];
	struct acpi_gas x_pm_timer;
} __packed;
#define ACPI_FADT_TIMER_32BIT  (1u << 8)
#define ACPI_FADT_ARM_PSCI     (1u << 0)
#define ACPI_FADT_ARM_PSCI_HVC (1u << 1)

/* 5.2.12 */
struct acpi_madt {
	struct acpi_header h;
	u32 lapic;
	u32 flags;
} __packed;

struct acpi_madt_entry {
	u8 type, length;
} __packed;

enum acpi_madt_type {
	MADT_LAPIC = 0x0,
	MADT_IOAPIC = 0x1,
	MADT_OVERRIDE = 0x2,
	MADT_LAPIC_ADDRESS = 0x5,
	MADT_X2APIC = 0x9,
	MADT_GICC = 0xb,
	MADT_GICD = 0xc,
	MADT_GICR = 0xe,
};
#define MADT_ENABLED (1u << 0)

struct acpi_madt_lapic {
	struct acpi_madt_entry e;
	u8 uid, apic_id;
	u32 flags;
} __packed;

struct acpi_madt_ioapic {
	struct acpi_madt_entry e;
	u8 id, reserved;
	u32 address, gsi_base;
} __packed;

struct acpi_madt_override {
	struct acpi_madt_entry e;
	u8 bus, source;
	u32 gsi;
	u16 flags;
} __packed;

struct acpi_madt_lapic_address {
	struct acpi_madt_entry e;
	u16 reserved;
	u64 address;
} __packed;

struct acpi_madt_x2apic {
	struct acpi_madt_entry e;
	u16 reserved;
	u32 apic_id, flags, uid;
} __packed;

struct acpi_madt_gicc {
	struct acpi_madt_entry e;
	u16 reserved;
	u32 number, uid, flags, parking_version, pmu_gsiv;
	u64 parked, gicc, gicv, gich;
	u32 maintenance_gsiv;
	u64 gicr, mpidr;
} __packed;

struct acpi_madt_gicd {
	struct acpi_madt_entry e;
	u16 reserved;
	u32 id;
	u64 address;
	u32 vector_base;
	u8 version, reserved2[3];
} __packed;

struct acpi_madt_gicr {
	struct acpi_madt_entry e;
	u16 reserved;
	u64 address;
	u32 length;
} __packed;

/* 5.2.25 */
struct acpi_gtdt {
	struct acpi_header h;
	u64 control_base;
	u32 reserved;
	u32 secure_gsiv, secure_flags;
	u32 physical_gsiv, physical_flags;
	u32 virtual_gsiv, virtual_flags;
} __packed;

/* Serial Port Console Redirection Table, revision 2 and later */
struct acpi_spcr {
	struct acpi_header h;
	u8 interface, reserved[3];
	struct acpi_gas base;
} __packed;

enum acpi_spcr_interface {
	SPCR_16550 = 0x0,
	SPCR_16450 = 0x1,
	SPCR_PL011 = 0x3,
	SPCR_SBSA_32BIT = 0xd,
	SPCR_SBSA = 0xe,
	SPCR_16550_GAS = 0x12,
};

/* IA-PC HPET Specification 1.0a, 3.2.4 */
struct acpi_hpet {
	struct acpi_header h;
	u32 block_id;
	struct acpi_gas base;
} __packed;

_Static_assert(sizeof(struct acpi_rsdp) == 36, "RSDP");
_Static_assert(sizeof(struct acpi_header) == 36, "table header");
_Static_assert(sizeof(struct acpi_gas) == 12, "GAS");
_Static_assert(offsetof(struct acpi_fadt, dsdt) == 40, "FADT DSDT");
_Static_assert(offsetof(struct acpi_fadt, pm1a_control) == 64, "FADT PM1a_CNT_BLK");
_Static_assert(offsetof(struct acpi_fadt, pm_timer) == 76, "FADT PM_TMR_BLK");
_Static_assert(offsetof(struct acpi_fadt, pm_timer_length) == 91, "FADT PM_TMR_LEN");
_Static_assert(offsetof(struct acpi_fadt, flags) == 112, "FADT flags");
_Static_assert(offsetof(struct acpi_fadt, arm_boot_flags) == 129, "FADT ARM_BOOT_ARCH");
_Static_assert(offsetof(struct acpi_fadt, x_dsdt) == 140, "FADT X_DSDT");
_Static_assert(offsetof(struct acpi_fadt, x_pm1a_control) == 172, "FADT X_PM1a_CNT_BLK");
_Static_assert(offsetof(struct acpi_fadt, x_pm_timer) == 208, "FADT X_PM_TMR_BLK");
_Static_assert(sizeof(struct acpi_madt) == 44, "MADT");
_Static_assert(sizeof(struct acpi_madt_lapic) == 8, "MADT type 0");
_Static_assert(sizeof(struct acpi_madt_ioapic) == 12, "MADT type 1");
_Static_assert(sizeof(struct acpi_madt_override) == 10, "MADT type 2");
_Static_assert(sizeof(struct acpi_madt_lapic_address) == 12, "MADT type 5");
_Static_assert(sizeof(struct acpi_madt_x2apic) == 16, "MADT type 9");
_Static_assert(sizeof(struct acpi_madt_gicc) == 76, "MADT type 0xB as of ACPI 5.1");
_Static_assert(sizeof(struct acpi_madt_gicd) == 24, "MADT type 0xC");
_Static_assert(sizeof(struct acpi_madt_gicr) == 16, "MADT type 0xE");
_Static_assert(offsetof(struct acpi_gtdt, virtual_gsiv) == 64, "GTDT virtual timer");
_Static_assert(sizeof(struct acpi_spcr) == 52, "SPCR");
_Static_assert(offsetof(struct acpi_hpet, base) == 40, "HPET");

/**
 * struct acpi_bytes - a whole table
 * @p, @len: its bytes; all readable, @len is at least sizeof(struct acpi_header)
 */
struct acpi_bytes {
	const u8 *p;
	u32 len;
};

/**
 * acpi_map_table() - look at a table, its signature, length and checksum
 * @pa: physical address
 * @signature: 4 characters it must have
 *
 * Return: 0, or -EINVAL with a note.
 */
int acpi_map_table(struct boot_info *bi, const struct phys_reader *mem, u64 pa,
		   const char *signature, struct acpi_bytes *table);

/* One table each; what it says goes into @bi. Return: 0, or -EINVAL with a note. */
int acpi_parse_madt(struct boot_info *bi, const struct phys_reader *mem, struct acpi_bytes t);
int acpi_parse_fadt(struct boot_info *bi, const struct phys_reader *mem, struct acpi_bytes t);
int acpi_parse_spcr(struct boot_info *bi, const struct phys_reader *mem, struct acpi_bytes t);
int acpi_parse_gtdt(struct boot_info *bi, const struct phys_reader *mem, struct acpi_bytes t);
int acpi_parse_hpet(struct boot_info *bi, const struct phys_reader *mem, struct acpi_bytes t);

#endif
