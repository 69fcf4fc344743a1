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
IMAGES := $(O)/barelock.elf $(O)/barelock.img $(O)/BOOTAA64.EFI

# GNU-EFI's headers need an efibind.h, which Debian has only in the package of the
# architecture itself: ours lies in boot/arm64.
$(O)/boot/uefi.o: CPPFLAGS += -Iboot/arm64 -isystem /usr/include/efi

ARCH_LDFLAGS := -pie --no-dynamic-linker -Bsymbolic -z norelro -z max-page-size=4096 \
	-z noexecstack --no-warn-rwx-segments --gc-sections -T linker/arm64.ld
LDSCRIPTS := linker/arm64.ld $(wildcard linker/sections.ld)

.SECONDEXPANSION:
# Twice: the symbol table is made from the first link and lies behind all code, so the
# second moves none of it (symtab.py --verify looks).
$(O)/symtab0.S: tests/run/symtab.py
	@mkdir -p $(@D)
	python3 $< --empty > $@
$(O)/symtab1.S: $(O)/first.elf
	$(NM) $< | python3 tests/run/symtab.py > $@
$(O)/symtab%.o: $(O)/symtab%.S
	$(CC) $(ALL_CFLAGS) -c $< -o $@
$(O)/first.elf: $(O)/symtab0.o $$(OBJS) $(LDSCRIPTS)
	$(LD) $(ARCH_LDFLAGS) $(OBJS) $< -o $@
$(O)/barelock.elf: $(O)/symtab1.o $$(OBJS) $(LDSCRIPTS)
	$(LD) $(ARCH_LDFLAGS) $(OBJS) $< -o $@
	@$(NM) $@ | python3 tests/run/symtab.py --verify $(O)/symtab1.S || { rm $@; exit 1; }

$(O)/barelock.img: $(O)/barelock.elf linker/pack_relocs.py
	$(OBJCOPY) -O binary -R .rela -R .dynamic -R .dynsym $< $@
	@python3 linker/pack_relocs.py $< $@ \
		0x$$($(NM) $< | sed -n 's/ [aA] packed_relocs_size$$//p') || { rm $@; exit 1; }
$(O)/BOOTAA64.EFI: $(O)/barelock.img
	cp $< $@
