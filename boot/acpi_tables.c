/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The small tables: FADT (with the DSDT's _S5_), SPCR, GTDT, HPET. */
#include "acpi.h"

#include "../kernel/string.h"

/* AML encodings, ACPI 20.2 */
enum {
	AML_ZERO = 0x00,
	AML_ONE = 0x01,
	AML_NAME = 0x08,
	AML_BYTE = 0x0a,
	AML_PACKAGE = 0x12,
	AML_ROOT = '\\',
};
#define SLP_TYP_MAX 7

/*
 * The sleep type in "Name (_S5_, Package () { SLP_TYPa, ...". @at is the offset of the four
 * letters. 0xff if this is something else that happens to look like it.
 */
static u8 s5_value(struct acpi_bytes dsdt, u32 at)
{
	u32 i = at + 4;
	u8 v;

	if (dsdt.p[at - 1] != AML_NAME &&
	    (dsdt.p[at - 1] != AML_ROOT || dsdt.p[at - 2] != AML_NAME))
		return 0xff;
	if (i + 1 >= dsdt.len || dsdt.p[i] != AML_PACKAGE)
		return 0xff;
	/* PkgLength says in its top bits how many bytes follow; then the number of elements. */
	i += 1 + 1 + (dsdt.p[i + 1] >> 6) + 1;
	if (i >= dsdt.len)
		return 0xff;
	v = dsdt.p[i];
	if (v == AML_BYTE)
		v = i + 1 < dsdt.len ? dsdt.p[i + 1] : 0xff;
	else if (v != AML_ZERO && v != AML_ONE)
		v = 0xff;
	return v <= SLP_TYP_MAX ? v : 0xff;
}

static u8 find_s5(struct acpi_bytes dsdt)
{
	for (u32 at = sizeof(struct acpi_header) + 2; at + 4 <= dsdt.len; at++) {
		if (!memcmp(dsdt.p + at, "_S5_", 4)) {
			u8 v = s5_value(dsdt, at);

			if (v != 0xff)
				return v;
		}
	}
	return 0xff;
}

/* An I/O port, from the extended field if that names one. */
static u32 io_port(u64 port, const struct acpi_gas *extended)
{
	if (extended->address && extended->space == ACPI_SPACE_IO)
		port = extended->address;
	return port <= 0xffff ? port : 0;
}

int acpi_parse_fadt(struct boot_info *bi, const struct phys_reader *mem, struct acpi_bytes t)
{
	struct acpi_fadt fadt;
	struct acpi_bytes dsdt;
	u64 dsdt_pa;

	/* Older revisions are shorter: what they lack reads as zero. */
	memset(&fadt, 0, sizeof(fadt));
	memcpy(&fadt, t.p, MIN((size_t)t.len, sizeof(fadt)));
	if (t.len < offsetof(struct acpi_fadt, flags) + sizeof(fadt.flags)) {
		boot_note(bi, "FADT: %u bytes, at least 116 expected", t.len);
		return -EINVAL;
	}

	if (fadt.pm_timer_length == 4)
		bi->pm_timer = io_port(fadt.pm_timer, &fadt.x_pm_timer);
	bi->pm_timer_32bit = fadt.flags & ACPI_FADT_TIMER_32BIT;
	bi->pm1a_control = io_port(fadt.pm1a_control, &fadt.x_pm1a_control);
	if (fadt.arm_boot_flags & ACPI_FADT_ARM_PSCI)
		bi->psci = fadt.arm_boot_flags & ACPI_FADT_ARM_PSCI_HVC ? PSCI_HVC : PSCI_SMC;

	dsdt_pa = fadt.x_dsdt ? fadt.x_dsdt : fadt.dsdt;
	if (bi->pm1a_control && dsdt_pa && !acpi_map_table(bi, mem, dsdt_pa, "DSDT", &dsdt))
		bi->s5_type = find_s5(dsdt);
	return 0;
}

/* Registers of a 16550 on a memory bus are bytes, or bytes in 32-bit slots. */
static void ns16550(struct boot_uart *uart, const struct acpi_gas *gas)
{
	bool wide = gas->access == ACPI_ACCESS_DWORD || gas->bit_width == 32;

	uart->type = UART_NS16550;
	uart->stride = wide && uart->mmio ? 4 : 1;
	uart->width = gas->access == ACPI_ACCESS_DWORD && uart->mmio ? 4 : 1;
}

int acpi_parse_spcr(struct boot_info *bi, const struct phys_reader *mem, struct acpi_bytes t)
{
	struct boot_uart uart = {.stride = 4, .width = 4};
	struct acpi_spcr spcr;

	if (t.len < sizeof(spcr)) {
		boot_note(bi, "SPCR: %u bytes, at least %u expected", t.len, (u32)sizeof(spcr));
		return -EINVAL;
	}
	memcpy(&spcr, t.p, sizeof(spcr));
	if (!spcr.base.address)
		return 0; /* the specification's way to say: no console */
	if (spcr.base.space != ACPI_SPACE_MEMORY && spcr.base.space != ACPI_SPACE_IO) {
		boot_note(bi, "SPCR: address space %u is not supported", spcr.base.space);
		return -EINVAL;
	}
	uart.base = spcr.base.address;
	uart.mmio = spcr.base.space == ACPI_SPACE_MEMORY;
	if (!uart.mmio && uart.base > 0xffff) {
		boot_note(bi, "SPCR: port 0x%lx is out of range", uart.base);
		return -EINVAL;
	}

	switch (spcr.interface) {
	case SPCR_16550:
	case SPCR_16450:
	case SPCR_16550_GAS:
		ns16550(&uart, &spcr.base);
		break;
	case SPCR_PL011:
	case SPCR_SBSA:
	case SPCR_SBSA_32BIT:
		uart.type = UART_PL011;
		break;
	default:
		boot_note(bi, "SPCR: interface type %u is not supported", spcr.interface);
		return -EINVAL;
	}
	bi->uart = uart;
	return 0;
}

/* Only a private interrupt can be each core's own: PPI 16 to 31, or the extended ones. */
static u32 private_intid(struct boot_info *bi, const char *what, u32 gsiv)
{
	if ((gsiv >= 16 && gsiv < 32) || (gsiv >= 1056 && gsiv < 1120) || !gsiv)
		return gsiv;
	boot_note(bi, "GTDT: %s timer interrupt %u is not a private one, ignored", what, gsiv);
	return 0;
}

int acpi_parse_gtdt(struct boot_info *bi, const struct phys_reader *mem, struct acpi_bytes t)
{
	struct acpi_gtdt gtdt;

	if (t.len < sizeof(gtdt)) {
		boot_note(bi, "GTDT: %u bytes, at least %u expected", t.len, (u32)sizeof(gtdt));
		return -EINVAL;
	}
	memcpy(&gtdt, t.p, sizeof(gtdt));
	bi->vtimer_irq = private_intid(bi, "virtual", gtdt.virtual_gsiv);
	bi->ptimer_irq = private_intid(bi, "physical", gtdt.physical_gsiv);
	return 0;
}

int acpi_parse_hpet(struct boot_info *bi, const struct phys_reader *mem, struct acpi_bytes t)
{
	struct acpi_hpet hpet;

	if (t.len < sizeof(hpet)) {
		boot_note(bi, "HPET: %u bytes, at least %u expected", t.len, (u32)sizeof(hpet));
		return -EINVAL;
	}
	memcpy(&hpet, t.p, sizeof(hpet));
	if (hpet.base.space != ACPI_SPACE_MEMORY || !hpet.base.address) {
		boot_note(bi, "HPET: no memory address");
		return -EINVAL;
	}
	bi->hpet = hpet.base.address;
	return 0;
}
