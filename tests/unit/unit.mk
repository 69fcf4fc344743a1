# SPDX-License-Identifier: GPL-2.0-or-later
# Unit tests and fuzzers on the host. A test names its sources: see tests/unit/unit.h.
TAKES_unit = BUILD HOSTCC
TAKES_fuzz = BUILD FUZZCC FUZZ_SECONDS
TAKES_fuzz-fixed = BUILD FUZZCC FUZZ_RUNS

HOSTCC	     ?= gcc
FUZZCC	     ?= clang
FUZZ_SECONDS ?= 60
FUZZ_RUNS    ?= 50000

U := $(BUILD)/unit
Z := $(BUILD)/fuzz

UNIT_TESTS  := $(patsubst tests/unit/%.c,%,$(wildcard tests/unit/test_*.c))
FUZZ_TESTS  := $(patsubst tests/unit/%.c,%,$(wildcard tests/unit/fuzz_*.c))
# The sources (and additions to the linker script) that a test or fuzzer names in its
# " * unit: " lines: one look at all of them, because every make reads this.
UNIT_NEEDS  := $(shell awk '/^ \* unit: / { sub(".*/", "", FILENAME); sub("[.]c$$", "", FILENAME); \
	for (i = 3; i <= NF; i++) print FILENAME ":" $$i }' $(wildcard tests/unit/*.c))
unit_needs   = $(patsubst $(1):%,%,$(filter $(1):%,$(UNIT_NEEDS)))
UNIT_CFLAGS := -std=gnu11 -O1 -g -Wall -Wextra -Werror -Wno-unused-parameter -Wstrict-prototypes \
	-Wno-unknown-warning-option \
	-fno-omit-frame-pointer -fsanitize=address,undefined -fno-sanitize-recover=all \
	-Itests/unit/include -Iarch/include -MMD -MP
comma := ,
# As in the kernel: no C library underneath.
UNIT_FREESTANDING := -ffreestanding -include arch/host/names.h \
	-DLOCK_ATOMICS='"host"' -DBUILD_ARCH='"host"' -DBUILD_COMMIT='"none"' \
	-DBUILD_COMPILER='"host"' -DBUILD_LINUX='""'

# $(1) output folder, $(2) compiler, $(3) more flags
define unit_objects
$(1)/tests/unit/unit.o: tests/unit/unit.c
	@mkdir -p $$(@D)
	$(2) $$(UNIT_CFLAGS) $(3) -c $$< -o $$@
$(1)/%.o: %.c
	@mkdir -p $$(@D)
	$(2) $$(UNIT_CFLAGS) $$(UNIT_FREESTANDING) $(3) -c $$< -o $$@
endef
$(eval $(call unit_objects,$(U),$(HOSTCC),))
$(eval $(call unit_objects,$(Z),$(FUZZCC),-fsanitize=fuzzer-no-link))

define unit_binary
$(U)/$(1): $(U)/tests/unit/unit.o $(U)/tests/unit/$(1).o \
		$(patsubst %.c,$(U)/%.o,$(call unit_needs,$(1)))
	$(HOSTCC) -fsanitize=address,undefined -pthread $$(filter-out %.ld,$$^) \
		$$(patsubst %,-Wl$$(comma)-T$$(comma)%,$$(filter %.ld,$$^)) -o $$@
endef
$(foreach t,$(UNIT_TESTS),$(eval $(call unit_binary,$(t))))

define fuzz_binary
$(Z)/$(1): $(Z)/tests/unit/$(1).o $(patsubst %.c,$(Z)/%.o,$(call unit_needs,$(1)))
	$(FUZZCC) -fsanitize=fuzzer,address,undefined $$^ -o $$@
endef
$(foreach t,$(FUZZ_TESTS),$(eval $(call fuzz_binary,$(t))))

unit: $(UNIT_TESTS:%=$(U)/%) ## unit tests on the host, under AddressSanitizer and UBSan
	@rc=0; for t in $^; do timeout 300 $$t || { echo "not ok $$t: status $$?"; rc=1; }; done; exit $$rc

# Each fuzzer starts from the tables of real machines and from what once made it fail.
# $(1) what starts it, $(2) its choices and its end, $(3) the corpus it adds to
define run_fuzzers
	@rc=0; for t in $(FUZZ_TESTS); do \
		kind=$${t#fuzz_}; mkdir -p $(3)/$$kind; log=$(Z)/$$t.log; \
		if $(1) $(Z)/$$t $(2) -timeout=10 -rss_limit_mb=1024 -artifact_prefix=$(Z)/$$kind- \
			$(3)/$$kind tests/unit/corpus/$$kind >$$log 2>&1; \
		then echo "$$t: 1 passed, 0 failed ($$(sed -n 's/^Done \(.*\)$$/\1/p' $$log))"; \
		else rc=1; tail -n 40 $$log; \
			echo "not ok $$t: $$(sed -n 's/^SUMMARY: *//p' $$log)" \
				"$$(sed -n 's/.*Test unit written to /with /p' $$log)"; fi; \
	done; exit $$rc
endef

fuzz: $(FUZZ_TESTS:%=$(Z)/%) ## fuzz the parsers for FUZZ_SECONDS each
	$(call run_fuzzers,,-max_total_time=$(FUZZ_SECONDS),$(Z)/corpus)

# What failed once fails again: a fuzzer chooses by its seed, and by the addresses it compares
# and the files it finds, so those stay the same too.
fuzz-fixed: $(FUZZ_TESTS:%=$(Z)/%) ## the same FUZZ_RUNS inputs to each parser, every time
	@rm -rf $(Z)/fixed
	$(call run_fuzzers,$$(setarch -R true && echo setarch -R),-seed=1 -reload=0 \
		-runs=$(FUZZ_RUNS),$(Z)/fixed)

-include $(wildcard $(U)/*/*.d $(U)/*/*/*.d $(Z)/*/*.d $(Z)/*/*/*.d)

.PHONY: unit fuzz fuzz-fixed
