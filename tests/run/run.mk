# SPDX-License-Identifier: GPL-2.0-or-later
# What a user types to run, list, debug and prove barelock. The work is done by the files beside
# this one; a target's help is the text after "##".

EXPLORE_VARS := SCRIPT PROGRAM PREEMPTIONS NMIS RANDOM REDUCE SHARD REPLAY
MACHINE_VARS := ACCEL CPU MACHINE QEMU QEMU_ARGS
RUN_VARS := $(BUILD_VARS) $(MACHINE_VARS) SMP BOOT THREAD RUN LOCK DURATION SEED $(EXPLORE_VARS) \
	OPTS FORMAT OUT
TAKES_run = $(RUN_VARS)
TAKES_list = $(RUN_VARS)
TAKES_debug = $(RUN_VARS) DEBUG_CMD
TAKES_mutants = $(RUN_VARS) CONTROL
TAKES_check = ONLY
TAKES_style =
TAKES_qemu-new = BUILD
TAKES_linux-src = BUILD VERSION

quote = '$(subst ','\'',$(1))'
# Only what the user gave, on the command line or in the environment; the tools know the defaults.
is-given = $(filter command environment,$(firstword $(origin $(1))))
given = $(if $(call is-given,$(1)),$(call quote,$($(1))))
# $(1) variables. Return: NAME=value words.
given-words = $(foreach v,$(1),$(if $(call is-given,$(v)),$(call quote,$(v)=$($(v)))))
deps = CC=$(call given,CC) QEMU=$(call given,QEMU) CROSS_COMPILE=$(call given,CROSS_COMPILE) \
	sh tests/run/deps.sh
# A wrong variable is named before anything is installed or built.
valid = ! command -v python3 >/dev/null || python3 tests/run/words.py $(call given-words,$(filter \
	$(RUN_VARS) DEBUG_CMD CONTROL,$(TAKES_$(@:-now=))))

# make knows only success and status 2; exit_status.so lets it end with the run's own status. The
# run is a target of its own, because make expands all lines of a recipe before it runs the first.
STATUS_FILE := $(BUILD)/run.status
RUN_STATUS = $(or $(shell cat $(STATUS_FILE) 2>/dev/null),2)
end-with-status = @$(eval -load $(BUILD)/exit_status.so)$(if $(filter-out \
	0,$(RUN_STATUS)),$(exit-status $(RUN_STATUS))$(if $(filter-out 1 3,$(RUN_STATUS)),false \
	$(or-stop);))exit $(RUN_STATUS)
exit-status-so = mkdir -p $(BUILD) && rm -f $(STATUS_FILE) && { gcc -shared -fPIC -nostdlib \
	-o $(BUILD)/exit_status.so tests/run/exit_status.c 2>$(BUILD)/exit_status.log || true; }
# Where the status cannot be kept (a full or read-only disk) nothing may look like a pass.
keep-status = || status=$$?; echo $${status:-0} >$(STATUS_FILE) || { \
	echo '$(STATUS_FILE): cannot be written' >&2; exit 2; }; [ $${status:-0} -le 3 ]

run: run-now ## build, boot in QEMU, print the report; status 0 pass, 1 fail, 2 error, 3 crash
	$(end-with-status)

run-now:
	@$(valid)
	@$(deps) $(if $(filter usb,$(BOOT)),usb $(ARCHES),run $(ARCH))
	@$(exit-status-so)
	+@python3 tests/run/run.py run $(call given-words,$(TAKES_run)) $(keep-status)

list: ## locks and scenarios that there are
	@$(valid)
	@$(deps) run $(ARCH)
	+@python3 tests/run/run.py list $(call given-words,$(TAKES_list))

debug: ## QEMU halted at its first instruction, gdb attached, symbols loaded
	@$(valid)
	@$(deps) debug $(ARCH)
	+@python3 tests/run/run.py debug $(call given-words,$(TAKES_debug))

check: check-now ## everything that proves barelock itself (ONLY=glob: a part of it)
	$(end-with-status)

check-now:
	@$(deps) check $(ARCHES)
	@$(exit-status-so)
	+@python3 tests/run/check.py $(if $(ONLY),ONLY=$(call quote,$(ONLY))) $(keep-status)

mutants: mutants-now ## does the testbed see the seeded faults of lock/mutants? Status 0 if all
	$(end-with-status)

mutants-now:
	@$(valid)
	@$(deps) run $(ARCH)
	@$(exit-status-so)
	+@python3 tests/run/mutants.py $(call given-words,$(TAKES_mutants)) $(keep-status)

style: ## the style checks alone
	@$(deps) check $(ARCHES)
	+@python3 tests/run/check.py 'ONLY=style/*'

qemu-new: ## a newer QEMU from Debian backports under build/, for QEMU=
	@sh tests/run/qemu_new.sh $(BUILD)/qemu-new

linux-src: ## files of a Linux release (VERSION=7.2) from Debian under build/linux-src/, for LINUX=
	@sh tests/run/linux_src.sh $(call quote,$(VERSION)) $(BUILD)/linux-src

help: ## this text
	@echo 'make TARGET [VARIABLE=value ...]'
	@awk -F ':.*## ' '/^[a-z][a-z-]*:.*## / { printf "  %-13s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)
	@echo 'Variables of run, list, debug, map and mutants (default in brackets):'
	@python3 tests/run/words.py help
	@echo 'host has the same but for QEMU, and:'
	@python3 tests/run/host.py help
	@echo 'compare has its own:'
	@python3 tests/run/compare.py help
	@echo 'linux-check also has:'
	@python3 tests/run/linux_check.py help

.PHONY: run run-now list debug check check-now mutants mutants-now style qemu-new linux-src help
