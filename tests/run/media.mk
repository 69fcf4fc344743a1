# SPDX-License-Identifier: GPL-2.0-or-later
# The stick and the figures.

TAKES_usb = $(BUILD_VARS)
TAKES_flash = $(BUILD_VARS) DEV
TAKES_bench = $(BUILD_VARS) RUNS

USB_IMAGE := $(BUILD)/barelock-usb.img
OTHER_ARCH := $(filter-out $(ARCH),$(ARCHES))

# A compiler or a prefix that was given is for ARCH; clang is for both.
given-tools = $(strip $(foreach v,CROSS_COMPILE $(if $(IS_CLANG),,CC),$(if $(filter \
	command environment,$(firstword $(origin $(v)))),$(v))))
without-tools = $(if $(given-tools),env -u MAKEFLAGS -u CC -u CROSS_COMPILE)

usb: ## build/barelock-usb.img, a stick that boots both architectures
	@$(deps) usb $(ARCHES)
	+@$(MAKE) --no-print-directory -s all
	+@$(without-tools) $(MAKE) --no-print-directory -s ARCH=$(OTHER_ARCH) BUILD=$(BUILD) \
		$(if $(IS_CLANG),CC=$(call quote,$(CC))) all
	@tests/run/usb.sh $(USB_IMAGE) $(BUILD)/x86_64/BOOTX64.EFI $(BUILD)/arm64/BOOTAA64.EFI

flash: ## write it to a stick: DEV=/dev/sdX, removable disks only, asks first
	@tests/run/flash.sh --check $(call quote,$(DEV))
	+@$(MAKE) --no-print-directory usb
	@tests/run/flash.sh $(USB_IMAGE) $(call quote,$(DEV))

bench: ## start-up times, NMI rate, instructions, sizes: medians of RUNS runs
	@$(deps) usb $(ARCHES)
	+@$(without-tools) $(MAKE) --no-print-directory -s ARCH=$(OTHER_ARCH) BUILD=$(BUILD) all
	+@$(MAKE) --no-print-directory -s all
	@python3 tests/run/bench.py BUILD=$(call quote,$(BUILD)) \
		$(if $(RUNS),RUNS=$(call quote,$(RUNS)))

.PHONY: usb flash bench
