# SPDX-License-Identifier: GPL-2.0-or-later
# x86-64: one set of objects, two images: a PVH ELF for -kernel and a PE file for UEFI.
ifneq ($(shell uname -m),x86_64)
CROSS_COMPILE ?= x86_64-linux-gnu-
endif
ARCH_CFLAGS := -m64 -fpic -fshort-wchar -mno-red-zone -mgeneral-regs-only -fcf-protection=none \
	-DGNU_EFI_USE_MS_ABI
GCC_CFLAGS := -maccumulate-outgoing-args
CLANG_CFLAGS := --target=x86_64-linux-gnu
LOCK_FLAVOURS := native
IMAGES := $(O)/barelock.elf $(O)/BOOTX64.EFI
