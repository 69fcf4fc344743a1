# SPDX-License-Identifier: GPL-2.0-or-later
# barelock: build rules. What a user types is at the top; `make help` prints it.
ARCH  ?= x86_64
BUILD ?= build

# What make refuses ends it with 2, a bad commit to git bisect run. With BISECT= it ends by a signal
# instead, which is 128 or more: git stops there. A recipe stays until make ends it, for make may
# not be left without the child that it is about to wait for.
or-stop = $(if $(BISECT),|| { kill -TERM $$PPID; exec sleep 1; })
refuse = $(if $(BISECT),$(warning $(1))$(shell kill -TERM $$PPID))$(error $(1))

ARCHES := x86_64 arm64
ifeq ($(filter $(ARCH),$(ARCHES) host),)
$(call refuse,ARCH=$(ARCH): must be one of: $(ARCHES) host)
endif

O := $(BUILD)$(if $(MUTANTS),/mutants)/$(ARCH)

.DEFAULT_GOAL := all
ARCH_INCLUDES := -Iarch/$(ARCH)/include
include arch/$(ARCH)/build.mk

# ---- Tools. CROSS_COMPILE is a prefix; CC=clang cross-compiles by --target.
ifeq ($(origin CC),default)
CC := $(CROSS_COMPILE)gcc
endif
LD      := $(CROSS_COMPILE)ld
OBJCOPY := $(CROSS_COMPILE)objcopy
NM      := $(CROSS_COMPILE)nm
IS_CLANG := $(findstring clang,$(shell $(CC) --version 2>/dev/null | head -n 1))
ifneq ($(IS_CLANG),)
ARCH_CFLAGS += $(CLANG_CFLAGS)
else
# Clang does not know this one; -ffreestanding alone keeps its memcpy() loops loops.
ARCH_CFLAGS += $(GCC_CFLAGS) -fno-tree-loop-distribute-patterns
endif

# Of this repository, even where git bisect in another one runs make.
COMMIT := $(shell unset $$(git rev-parse --local-env-vars 2>/dev/null); \
	echo "$$(git rev-parse --short=12 HEAD 2>/dev/null || echo unknown)$$( \
	git diff --quiet HEAD 2>/dev/null || echo +)")
COMPILER := $(shell $(CC) --version 2>/dev/null | head -n 1)$(SAN:%= SAN=%)

# ---- Flags, common to both architectures. Fast where it is measured, small elsewhere:
# arm64 carries every lock twice, and `make check` bounds the image.
OPTIMISE = -Os
$(O)/lock/%.o: OPTIMISE = -O2
$(O)/lock/broken/%.o $(O)/lock/registry.o $(O)/lock/rqspinlock/inspect.o: OPTIMISE = -Os
$(addprefix $(O)/kernel/,clock.o hist.o nmi.o rng.o stats.o): OPTIMISE = -O2
$(O)/kernel/explore/%.o $(O)/arch/$(ARCH)/step.o: OPTIMISE = -O2
$(addprefix $(O)/tests/,explore.o trial.o trial_check.o): OPTIMISE = -O2
$(addprefix $(O)/arch/$(ARCH)/,apic.o gicv2.o gicv3.o nmi.o step.o step_class.o step_context.o): OPTIMISE = -O2
CFLAGS = -std=gnu11 $(OPTIMISE) -g -Wall -Wextra -Werror -Wno-unused-parameter -Wstrict-prototypes \
	-Wmissing-prototypes -Wvla -ffreestanding -fno-stack-protector -fno-strict-aliasing \
	-fno-common -fvisibility=hidden -fno-asynchronous-unwind-tables -fno-omit-frame-pointer \
	-ffunction-sections -fdata-sections
CPPFLAGS := -MMD -MP -nostdinc -isystem $(shell $(CC) -print-file-name=include \
	2>/dev/null) \
	-Iarch/include $(ARCH_INCLUDES)
ALL_CFLAGS = $(CPPFLAGS) $(CFLAGS) $(ARCH_CFLAGS)

# ---- Sources: whatever lies in the folders is built; adding a file edits nothing.
SRCS := $(wildcard boot/*.c boot/$(ARCH)/*.[cS] arch/$(ARCH)/*.[cS] kernel/*.c kernel/*/*.c \
	tests/*.c tests/scenarios/*.c)
SRCS := $(filter-out $(ARCH_WITHOUT),$(SRCS)) $(ARCH_SRCS)
LOCK_SRCS := $(wildcard lock/*.c lock/rqspinlock/*.c lock/broken/*.c)
# No lock code in these: once is enough.
LOCK_ONCE := lock/registry.c lock/oracle.c lock/rqspinlock/inspect.c
# Nobody asks what the negative controls cost.
LOCK_ONCE += $(wildcard lock/broken/*.c)
SRCS += $(filter $(LOCK_ONCE),$(LOCK_SRCS))

OBJS := $(patsubst %,$(O)/%.o,$(basename $(SRCS))) $(O)/tests/texts.o
$(foreach f,$(LOCK_FLAVOURS),$(eval OBJS += \
	$(patsubst %.c,$(O)/%.$(f).o,$(filter-out $(LOCK_ONCE),$(LOCK_SRCS)))))

$(O)/%.o: %.c
	@mkdir -p $(@D)
	$(CC) $(ALL_CFLAGS) -c $< -o $@
$(O)/%.o: %.S
	@mkdir -p $(@D)
	$(CC) $(ALL_CFLAGS) -D__ASSEMBLY__ -c $< -o $@
define lock_rule
$(O)/%.$(1).o: %.c
	@mkdir -p $$(@D)
	$$(CC) $$(ALL_CFLAGS) $$(LOCK_CFLAGS_$(1)) -DLOCK_ATOMICS='"$(1)"' -c $$< -o $$@
endef
$(foreach f,$(LOCK_FLAVOURS),$(eval $(call lock_rule,$(f))))

ifneq ($(MUTANTS),)
include lock/mutants/mutants.mk
endif

include lock/linux/linux.mk

# Facts about this build that the report prints; rebuilt only when they change.
$(O)/kernel/report.o: $(O)/build_id.h
$(O)/kernel/report.o: ALL_CFLAGS += -include $(O)/build_id.h
$(O)/build_id.h: FORCE
	@mkdir -p $(@D)
	@printf '#define BUILD_%s "%s"\n' ARCH '$(ARCH)' COMMIT '$(COMMIT)' \
		COMPILER '$(COMPILER)' LINUX '$(foreach t,$(LINUX_IDS),$(LINUX_NAME_$(t)))' > $@.new
	@cmp -s $@.new $@ && rm $@.new || mv $@.new $@

# Texts that the image carries: each one's path and content, both ended by a zero byte.
TEXTS := $(sort $(wildcard tests/scripts/*.script tests/expected/*))
$(O)/tests/texts.o: $(O)/tests/texts.S $(TEXTS)
	@$(CC) $(ALL_CFLAGS) -D__ASSEMBLY__ -c $< -o $@
$(O)/tests/texts.S: FORCE
	@mkdir -p $(@D)
	@{ echo '.section .rodata.texts, "a"'; echo '.globl texts_start, texts_end'; \
		echo '.hidden texts_start'; echo '.hidden texts_end'; echo 'texts_start:'; \
		for f in $(TEXTS); do printf '.asciz "%s"\n.incbin "%s"\n.byte 0\n' $$f $$f; done; \
		echo 'texts_end:'; } > $@.new
	@cmp -s $@.new $@ && rm $@.new || mv $@.new $@

# Flags live in these: changed flags or another compiler make other objects.
$(OBJS): Makefile arch/$(ARCH)/build.mk $(O)/compiler
$(O)/compiler: FORCE
	@mkdir -p $(@D)
	@printf '%s\n' '$(COMPILER)' '$(ALL_CFLAGS)' > $@.new
	@cmp -s $@.new $@ && rm $@.new || mv $@.new $@
-include $(OBJS:.o=.d)

all: $(IMAGES) ## both images of ARCH
clean: ## remove what was built for all architectures
	rm -rf $(BUILD)/x86_64 $(BUILD)/arm64 $(BUILD)/host $(BUILD)/mutants

.PHONY: all clean FORCE

# ---- What a user types: each folder under tests/ brings its own targets, with the variables
# that each TAKES_.
BUILD_VARS := ARCH BUILD CC CROSS_COMPILE LINUX MUTANTS
TAKES_all := $(BUILD_VARS) SAN
TAKES_clean := BUILD
include $(wildcard tests/*/*.mk)
GIVEN := $(foreach v,$(.VARIABLES),$(if $(filter command,$(firstword $(origin $(v)))),$(v)))
KNOWN := $(sort $(foreach v,$(filter TAKES_%,$(.VARIABLES)),$($(v))))
UNKNOWN := $(filter-out $(KNOWN),$(GIVEN))
ifneq ($(UNKNOWN),)
$(call refuse,$(firstword $(UNKNOWN)): unknown variable; there are: $(KNOWN))
endif
# A make that another one started has been handed what is for others too; so has a file's goal.
ifneq ($(MAKELEVEL),0)
TAKES_all := $(KNOWN)
else ifneq ($(BISECT),)
# Another goal, misspelt perhaps, would end with a status of its own.
$(if $(filter-out linux-check,$(or $(MAKECMDGOALS),all)),$(call \
	refuse,BISECT: make $(or $(MAKECMDGOALS),all) has no use for it; make linux-check has))
endif
TAKEN := $(foreach g,$(or $(MAKECMDGOALS),all),$(if $(filter undefined,$(origin \
	TAKES_$(g))),$(KNOWN),$(TAKES_$(g))))
IDLE := $(filter-out $(TAKEN),$(GIVEN))
ifneq ($(IDLE),)
$(call refuse,$(firstword $(IDLE)): make $(or $(MAKECMDGOALS),all) has no use for it; it takes: \
	$(or $(sort $(TAKEN)),no variables))
endif
