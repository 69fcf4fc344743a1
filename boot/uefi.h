/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the UEFI door (boot/uefi.c) needs from boot/<arch>/uefi_arch.c. The entry code of the PE
 * file relocates the image and calls efi_main().
 */
#ifndef BOOT_UEFI_H
#define BOOT_UEFI_H

#include "boot_info.h"

/**
 * struct uefi_arch - what the architecture wants of the firmware
 * @low_pages: pages for boot_info.low_page, 0 if it needs none
 * @low_limit: highest address they may end at
 */
struct uefi_arch {
	u32 low_pages;
	u64 low_limit;
};

extern const struct uefi_arch uefi_arch;

/**
 * uefi_leave() - the firmware is gone: own stack and vectors, remaining facts, kernel_main()
 * @bi: what the firmware said; to be completed by boot_info_complete()
 *
 * Interrupts may still be on, the page tables are still the firmware's.
 */
__noreturn void uefi_leave(struct boot_info *bi);

#endif
