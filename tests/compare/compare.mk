# SPDX-License-Identifier: GPL-2.0-or-later
# `make compare`: locks side by side on the host, in a program of its own. The scenario that
# takes the samples and the locks of libraries (peer.h) are in no other. Work: tests/run/compare.py.
TAKES_compare = LOCK LINUX THREADS HOLD THINK DURATION ROUNDS RT OUT BUILD CC CROSS_COMPILE

ifeq ($(ARCH),host)
COMPARE_KERNEL := $(addprefix $(O)/tests/compare/,compare.o count.o)
COMPARE_OWN := $(addprefix $(O)/tests/compare/,process.o empty.o pthread.o \
	$(if $(wildcard /usr/include/ck_spinlock.h),$(if $(CROSS_COMPILE),,ck.o)))
$(COMPARE_KERNEL) $(COMPARE_OWN): OPTIMISE = -O2
$(COMPARE_KERNEL) $(COMPARE_OWN): Makefile arch/host/build.mk
$(COMPARE_OWN): KERNEL_FLAGS :=
$(COMPARE_OWN): ALL_CFLAGS = -MMD -MP -D_GNU_SOURCE -Iarch/include $(ARCH_INCLUDES) $(CFLAGS) \
	$(ARCH_CFLAGS)
-include $(patsubst %.o,%.d,$(COMPARE_KERNEL) $(COMPARE_OWN))

$(O)/compare: $$(OBJS) $(COMPARE_KERNEL) $(COMPARE_OWN) $(O)/symtab0.o arch/host/host.ld
	$(CC) $(SAN_CFLAGS) $(HOST_LINK) -Wl,-z,now $(filter %.o,$^) -o $@

compare-path:
	@echo $(O)/compare
.PHONY: compare-path
endif

compare: compare-now ## our locks, Linux's (LINUX=dir) and libraries' side by side on the host
	$(end-with-status)
compare-now:
	@python3 tests/run/compare.py check $(call given-words,$(TAKES_compare))
	@$(exit-status-so)
	+@CC=$(call given,CC) CROSS_COMPILE=$(call given,CROSS_COMPILE) \
		sh tests/run/deps.sh compare host && \
		python3 tests/run/compare.py $(call given-words,$(TAKES_compare)) $(keep-status)

.PHONY: compare compare-now
