# SPDX-License-Identifier: GPL-2.0-or-later
# arm64: one position-independent file that is a Linux Image and a PE file at once.
CROSS_COMPILE ?= aarch64-linux-gnu-
ARCH_CFLAGS := -fpie -fshort-wchar -mgeneral-regs-only -mstrict-align
GCC_CFLAGS := -mno-outline-atomics
CLANG_CFLAGS := --target=aarch64-linux-gnu -mno-outline-atomics
# Every lock twice; the registry picks at run time.
LOCK_FLAVOURS := lse llsc
LOCK_CFLAGS_lse := -march=armv8.1-a
LOCK_CFLAGS_llsc := -march=armv8-a
IMAGES := $(O)/BOOTAA64.EFI
