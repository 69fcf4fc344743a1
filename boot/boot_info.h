/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * boot_info - the one hand-over from any firmware to kernel_main().
 *
 * A door (UEFI, PVH, arm64 Image) fills in what only it can know: memory, command line,
 * where the ACPI tables or the device tree are, framebuffer, low page. Then
 * boot_info_complete() lets the parsers add the rest. After that it is read-only.
 */
#ifndef BOOT_BOOT_INFO_H
#define BOOT_BOOT_INFO_H

#include <arch/types.h>
#include "options.h"

#define BOOT_MAX_CPUS	  1024
#define BOOT_MAX_MEM	  128
#define BOOT_MAX_READABLE 128
#define BOOT_MAX_IOAPICS  8
#define BOOT_MAX_GICRS	  16
#define BOOT_MAX_NOTES	  16
#define BOOT_CMDLINE	  2048

enum boot_door { DOOR_UEFI, DOOR_DIRECT, DOOR_HOST };

/* Usable RAM only: not firmware, not our image, not tables we still read. */
struct boot_mem {
	u64 base, size;
};

/**
 * struct boot_cpu - one enabled core
 * @hwid: APIC id or MPIDR affinity bits; sparse and high values are normal
 * @acpi_uid: ACPI processor UID
 * @gicr: this core's redistributor, 0 if it must be searched in boot_info.gicr
 * @gicc: GICv2 CPU interface, 0 if boot_info.gicc holds
 * @park: spin-table release address, 0 with PSCI
 * @pmu_irq: PMU interrupt (GIC INTID), 0 if unknown
 */
struct boot_cpu {
	u64 hwid;
	u32 acpi_uid;
	u32 pmu_irq;
	u64 gicr, gicc, park;
};

struct boot_ioapic {
	u64 base;
	u32 gsi_base;
};

struct boot_region {
	u64 base, size;
};

enum boot_uart_type { UART_NONE, UART_NS16550, UART_PL011 };

struct boot_uart {
	enum boot_uart_type type;
	bool mmio;
	u8 stride; /* bytes between registers: 1 or 4 */
	u8 width;  /* access width in bytes: 1 or 4 */
	u64 base;
};

enum boot_pixel { PIXEL_BGRX, PIXEL_RGBX };

struct boot_framebuffer {
	u64 base;		   /* 0: none */
	u32 width, height, stride; /* pixels */
	enum boot_pixel format;
};

enum psci_conduit { PSCI_NONE, PSCI_HVC, PSCI_SMC };

struct boot_info {
	enum boot_door door;
	char cmdline[BOOT_CMDLINE];
	struct options options; /* parsed from cmdline */

	struct boot_mem mem[BOOT_MAX_MEM];
	u32 nr_mem;
	u64 image_base, image_size;
	u64 low_page; /* x86: two free pages below 1 MiB for the trampoline, 0 if none */
	u64 rsdp;     /* physical address of the ACPI root pointer, 0 if none */
	u64 fdt;      /* physical address of the device tree, 0 if none */
	struct boot_framebuffer fb;
	u64 efi_runtime; /* EFI_SYSTEM_TABLE, 0 unless door is UEFI */
	u64 entry_stamp; /* counter value at the door's first instruction in C */

	/* All that the parsers may read; none: anywhere below 2^48. See facts_add_readable(). */
	struct boot_region readable[BOOT_MAX_READABLE];
	u32 nr_readable;

	struct boot_cpu cpu[BOOT_MAX_CPUS];
	u32 nr_cpus;	    /* stored in cpu[] */
	u32 nr_cpus_listed; /* enabled ones the firmware listed, may be larger */

	/* x86: MADT and FADT */
	u64 lapic;
	struct boot_ioapic ioapic[BOOT_MAX_IOAPICS];
	u32 nr_ioapics;
	u32 pit_gsi; /* GSI of ISA IRQ 0 after MADT overrides */
	u64 hpet;
	u32 pm_timer; /* port, 0 if none */
	bool pm_timer_32bit;
	u32 pm1a_control; /* port, for S5 */
	u8 s5_type;	  /* SLP_TYPa from the DSDT's _S5_ where found, else 0xff */

	/* arm64: MADT, GTDT, FADT or device tree */
	u32 gic_version; /* 2, 3, 4; 0 if none found */
	u64 gicd, gicc;
	struct boot_region gicr[BOOT_MAX_GICRS];
	u32 nr_gicrs;
	enum psci_conduit psci;
	u32 vtimer_irq, ptimer_irq; /* GIC INTIDs, 27 and 30 as a rule */
	u32 pmu_irq;		    /* GIC INTID, 0 if none */
	u64 fw_cfg;		    /* QEMU's fw_cfg, 0 if none */

	struct boot_uart uart;

	/* What was odd, a line each, printed as "# warn boot ..." */
	char note[BOOT_MAX_NOTES][100];
	u32 nr_notes; /* stored in note[] */
	u32 nr_notes_dropped;
};

/**
 * boot_note() - remember one line about something odd in the firmware's data
 *
 * More than BOOT_MAX_NOTES are counted in nr_notes_dropped. Context: boot core.
 */
void boot_note(struct boot_info *bi, const char *fmt, ...) __printf(2, 3);

/**
 * struct phys_reader - how the parsers look at physical memory
 * @map: return a pointer to @len readable bytes at @pa, or NULL if they are not all there
 *
 * In the kernel everything is identity-mapped; on the host it is a file of real tables.
 */
struct phys_reader {
	const void *(*map)(void *ctx, u64 pa, size_t len);
	void *ctx;
};

/**
 * acpi_parse() - fill @bi from the ACPI tables below bi->rsdp
 *
 * Every length and checksum is looked at; what is wrong becomes a note and is skipped.
 * Return: 0, or -EINVAL when there is no usable root or no enabled core (one note says so).
 */
int acpi_parse(struct boot_info *bi, const struct phys_reader *mem);

/* fdt_parse() - the same from the flattened device tree at bi->fdt; adds bootargs and memory. */
int fdt_parse(struct boot_info *bi, const struct phys_reader *mem);

/**
 * boot_info_complete() - run the parsers that apply, then options; called by each door
 * @boot_hwid: hardware id of the core we run on; it is put first in bi->cpu[], and stands
 *             alone there if the tables were unusable
 */
void boot_info_complete(struct boot_info *bi, u64 boot_hwid);

/* First common C function of all doors (kernel/main.c). */
__attribute__((__noreturn__)) void kernel_main(const struct boot_info *bi);

#endif
