# SPDX-License-Identifier: GPL-2.0-or-later
# host: a Linux program. Its machine is what the compiler compiles for; locks, kernel and
# scenarios get that machine's flags, so that they are the same instructions.
HOST_CC := $(if $(filter default,$(origin CC)),$(CROSS_COMPILE)gcc,$(CC))
HOST_MACHINE := $(if $(filter aarch64%,$(shell $(HOST_CC) -dumpmachine)),arm64,x86_64)
O := $(O)/$(HOST_MACHINE)$(if $(findstring clang,$(HOST_CC)),-clang)$(SAN:%=-%)
ARCH_INCLUDES += -Iarch/$(HOST_MACHINE)/include
ARCH_SRCS := $(wildcard arch/host/$(HOST_MACHINE)/*.[cS]) arch/$(HOST_MACHINE)/trap_call.S \
	$(if $(filter x86_64,$(HOST_MACHINE)),arch/x86_64/step_class.c arch/x86_64/step_context.c)
ARCH_WITHOUT := boot/uefi.c

# SAN: a sanitizer, or "coverage". ThreadSanitizer sees what the compiler's builtins do only.
HOST_BASE := $(if $(filter arm64,$(HOST_MACHINE)),-DHOST_THREAD_BASE)
ifeq ($(SAN),coverage)
SAN_CFLAGS := --coverage -fprofile-update=atomic -DHOST_COVERAGE
else ifneq ($(SAN),)
SAN_CFLAGS := -fsanitize=$(SAN) -fno-sanitize-recover=all
endif
ifeq ($(SAN),thread)
# A Linux tree's files for x86 have assembly and rely on its order of stores; arm64's have neither.
HOST_LINUX := arm64
HOST_BASE := -DHOST_THREAD_BASE -DHOST_BUILTINS
# gcc warns of fences, which it does not follow: tests/run/tsan.supp. READ_ONCE() and
# WRITE_ONCE() are volatile: sanitize.c makes relaxed atomics of them. Not in the oracle, whose
# data is what a lock's order protects.
SAN_CFLAGS = -fsanitize=thread $(if $(IS_CLANG),,-Wno-tsan) $(SAN_VOLATILE)
SAN_VOLATILE = $(if $(IS_CLANG),-mllvm -tsan-distinguish-volatile=1,--param=tsan-distinguish-volatile=1)
$(O)/lock/oracle.o: SAN_VOLATILE :=
endif

MACHINE_FLAGS_x86_64 := -m64 -mno-red-zone -fcf-protection=none
MACHINE_FLAGS_arm64 := -mno-outline-atomics
KERNEL_FLAGS_x86_64 := -mgeneral-regs-only -fpic
KERNEL_FLAGS_arm64 := -mgeneral-regs-only -mstrict-align -fpie
KERNEL_FLAGS := $(KERNEL_FLAGS_$(HOST_MACHINE)) -include arch/host/names.h
ARCH_CFLAGS = $(MACHINE_FLAGS_$(HOST_MACHINE)) $(HOST_BASE) $(SAN_CFLAGS) $(KERNEL_FLAGS)
CLANG_CFLAGS := -gdwarf-4 # what valgrind 3.19 reads of it
GCC_CFLAGS := $(if $(filter x86_64,$(HOST_MACHINE)),-maccumulate-outgoing-args)
LOCK_FLAVOURS := $(if $(filter arm64,$(HOST_MACHINE)),lse llsc,native)
LOCK_CFLAGS_lse := -march=armv8.1-a
LOCK_CFLAGS_llsc := -march=armv8-a

IMAGES := $(O)/barelock

# The C library is for the files that talk to Linux, no others.
HOST_OWN := $(patsubst %.c,$(O)/%.o,$(wildcard arch/host/*.c arch/host/$(HOST_MACHINE)/*.c \
	boot/host/*.c))
$(HOST_OWN): KERNEL_FLAGS :=
$(HOST_OWN): ALL_CFLAGS = -MMD -MP -D_GNU_SOURCE -Iarch/include $(ARCH_INCLUDES) $(CFLAGS) \
	$(ARCH_CFLAGS)
HOST_LINK := -no-pie -pthread -Wl,--gc-sections -Wl,-z,noexecstack -Wl,-T,arch/host/host.ld

.SECONDEXPANSION:
$(O)/symtab0.S: tests/run/symtab.py
	@mkdir -p $(@D)
	@python3 $< --empty > $@
$(O)/symtab1.S: $(O)/first tests/run/symtab.py
	@$(NM) $< | python3 tests/run/symtab.py > $@
$(O)/symtab%.o: $(O)/symtab%.S
	@$(CC) $(ALL_CFLAGS) -c $< -o $@
$(O)/first: $$(OBJS) $(O)/symtab0.o arch/host/host.ld
	@$(CC) $(SAN_CFLAGS) $(HOST_LINK) $(filter %.o,$^) -o $@
$(O)/barelock: $$(OBJS) $(O)/symtab1.o arch/host/host.ld
	$(CC) $(SAN_CFLAGS) $(HOST_LINK) $(filter %.o,$^) -o $@
	@$(NM) $@ | python3 tests/run/symtab.py --verify $(O)/symtab1.S || { rm $@; exit 1; }

program-path:
	@echo $(O)/barelock

.PHONY: program-path
