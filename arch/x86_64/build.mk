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
# barelock.elf is what QEMU gets; barelock-pvh.elf and -efi.elf are the same with symbols.
IMAGES := $(O)/barelock.elf $(O)/BOOTX64.EFI

# ---- Images. gnu-efi gives the PE entry and the relocator; its library is not needed.
EFI_INCLUDE ?= /usr/include/efi
EFI_LIB     ?= /usr/lib
# Some x86_64-elf- toolchains know no PE; any other objcopy does.
EFI_OBJCOPY = $(if $(shell $(OBJCOPY) --info 2>/dev/null | grep pei-x86-64),$(OBJCOPY),objcopy)
$(O)/boot/uefi.o: ALL_CFLAGS += -isystem $(EFI_INCLUDE) -isystem $(EFI_INCLUDE)/x86_64

# Each door's own objects stay out of the other's image.
PVH_OBJS := $(O)/boot/x86_64/pvh_entry.o $(O)/boot/x86_64/pvh.o
EFI_OBJS := $(O)/boot/uefi.o $(O)/boot/x86_64/uefi_arch.o
LINKER_SCRIPTS := linker/sections.ld linker/x86_64_pvh.ld linker/x86_64_efi.ld

link-pvh = $(LD) -nostdlib -static -z max-page-size=4096 -z noexecstack \
	--build-id=none -T linker/x86_64_pvh.ld -o $@ $(filter %.o,$^)
link-efi = $(LD) -nostdlib -shared -Bsymbolic -z nocombreloc -z max-page-size=4096 \
	-z noexecstack --build-id=none -T linker/x86_64_efi.ld -o $@ $(EFI_LIB)/crt0-efi-x86_64.o \
	$(filter %.o,$^) -L$(EFI_LIB) -lgnuefi

.SECONDEXPANSION:
.SECONDARY: $(O)/symtab-pvh.S $(O)/symtab-efi.S $(O)/first-pvh.elf $(O)/first-efi.elf
$(O)/symtab%.o: $(O)/symtab%.S
	@$(CC) $(ALL_CFLAGS) -c $< -o $@

# Twice each: the first link without function names, the second with those of the first.
$(O)/symtab0.S: tests/run/symtab.py
	@mkdir -p $(@D)
	@python3 $< --empty > $@
$(O)/symtab-%.S: $(O)/first-%.elf tests/run/symtab.py
	@$(NM) $< | python3 tests/run/symtab.py > $@
$(O)/first-pvh.elf: $$(filter-out $$(EFI_OBJS),$$(OBJS)) $(O)/symtab0.o $(LINKER_SCRIPTS)
	@$(link-pvh)
$(O)/first-efi.elf: $$(filter-out $$(PVH_OBJS),$$(OBJS)) $(O)/symtab0.o $(LINKER_SCRIPTS)
	@$(link-efi)
$(O)/barelock-pvh.elf: $$(filter-out $$(EFI_OBJS),$$(OBJS)) $(O)/symtab-pvh.o $(LINKER_SCRIPTS)
	$(link-pvh)
	@$(NM) $@ | python3 tests/run/symtab.py --verify $(O)/symtab-pvh.S
$(O)/barelock-efi.elf: $$(filter-out $$(PVH_OBJS),$$(OBJS)) $(O)/symtab-efi.o $(LINKER_SCRIPTS)
	$(link-efi)
	@$(NM) $@ | python3 tests/run/symtab.py --verify $(O)/symtab-efi.S

$(O)/barelock.elf: $(O)/barelock-pvh.elf
	$(OBJCOPY) --strip-all $< $@
$(O)/BOOTX64.EFI: $(O)/barelock-efi.elf
	$(EFI_OBJCOPY) -S -j .dynamic -j .rela -j .reloc -j .text -j .rodata -j .data.rel.ro \
		-j .data -j .bss --target efi-app-x86_64 --subsystem=10 $< $@
