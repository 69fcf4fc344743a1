# SPDX-License-Identifier: GPL-2.0-or-later
# The locks of the Linux trees in LINUX (a path, or several with ":" between), compiled where
# they lie. overlay.py makes a folder of links for each, compile.py an object of each lock.
LINUX_DIR := $(O)/linux
# On the host the machine is what the compiler compiles for, or what a sanitizer can follow.
LINUX_MACHINE := $(or $(HOST_LINUX),$(HOST_MACHINE),$(ARCH))
# Only where an image is built: what else make is asked for needs no tree.
ifneq ($(LINUX),)
ifneq ($(filter all $(O)/%,$(or $(MAKECMDGOALS),all)),)
# One that is damaged would stop make before it is made anew.
LINUX_DAMAGED := $(shell LC_ALL=C grep -aqvxE 'LINUX_[A-Za-z0-9_]+ := [A-Za-z0-9._+ -]*' \
	$(LINUX_DIR)/trees.mk 2>/dev/null && rm -f $(LINUX_DIR)/trees.mk)
include $(LINUX_DIR)/trees.mk
endif
endif

# Made anew each time; the file changes only when a tree was added, moved or renamed. Beside it,
# each tree's stamp changes with the content of its files: no rule has a path of a tree, which
# may have any character and may be gone. Our own headers are in the .d of our half.
$(LINUX_DIR)/trees.mk: FORCE
	@python3 lock/linux/overlay.py $(LINUX_DIR) $(LINUX_MACHINE) '$(subst ','\'',$(LINUX))'

# Test-and-set: what x86 guests run; where there is no such switch, a build without queues.
LINUX_TAS_x86_64 := -DCONFIG_QUEUED_SPINLOCKS=1 -DCONFIG_PARAVIRT=1
LINUX_TAS_arm64 :=
LINUX_CFLAGS_rqspinlock := -DCONFIG_QUEUED_SPINLOCKS=1
LINUX_CFLAGS_tas := -DLINUX_TEST_AND_SET $(LINUX_TAS_$(LINUX_MACHINE))
LINUX_CFLAGS_qspinlock := -DCONFIG_QUEUED_SPINLOCKS=1
LINUX_CONFIG := -DCONFIG_SMP=1 -DCONFIG_64BIT=1 -DCONFIG_NR_CPUS=1024 -DCONFIG_LOCK_EVENT_COUNTS=1 \
	-D__LITTLE_ENDIAN=1234 $(if $(filter arm64,$(LINUX_MACHINE)),-DCONFIG_ARM64=1,-DCONFIG_X86=1) \
	$(if $(IS_CLANG),,-fno-reorder-functions)
LINUX_FILE_rqspinlock := kernel/bpf/rqspinlock.c
LINUX_FILE_tas := kernel/bpf/rqspinlock.c
LINUX_FILE_qspinlock := kernel/locking/qspinlock.c
LINUX_GLUE_rqspinlock := lock/linux/rqspinlock.c
LINUX_GLUE_tas := lock/linux/rqspinlock.c
LINUX_GLUE_qspinlock := lock/linux/qspinlock.c

# $(1) tree, $(2) lock, $(3) flavour of atomics, $(4) its identifier
define linux_rule
$(LINUX_DIR)/$(1)/$(2).$(3).o: $(LINUX_GLUE_$(2)) lock/linux/compile.py $(LINUX_DIR)/$(1)/stamp
	@echo "LINUX $(LINUX_NAME_$(1)) $(LINUX_FILE_$(2)) $(2) $(3)"
	@python3 lock/linux/compile.py $$@ $$< $(LINUX_DIR)/$(1) $(LINUX_FILE_$(2)) $(4) \
		'$(LD)' '$(OBJCOPY)' '$(NM)' -- $(CC) $$(ALL_CFLAGS) $$(LOCK_CFLAGS_$(3)) \
		-DLOCK_ATOMICS='"$(3)"' -Ilock/linux/standin/$(LINUX_MACHINE) -I$(LINUX_DIR)/$(1) \
		-I$(LINUX_DIR)/$(1)/include $(LINUX_CONFIG) $(LINUX_CFLAGS_$(2)) -DLINUX_ID=$(4) \
		-DLINUX_NAME='"$(LINUX_NAME_$(1))"' -DLINUX_VERSION='"$(LINUX_VERSION_$(1))"'
OBJS += $(LINUX_DIR)/$(1)/$(2).$(3).o
endef
$(foreach t,$(LINUX_IDS),$(foreach f,$(LOCK_FLAVOURS),$(eval \
	$(call linux_rule,$(t),rqspinlock,$(f),$(t)))$(eval \
	$(call linux_rule,$(t),tas,$(f),$(t)_tas))$(eval \
	$(call linux_rule,$(t),qspinlock,$(f),$(t)_qspinlock))))
$(LINUX_DIR)/%.o: OPTIMISE = -O2
