# SPDX-License-Identifier: GPL-2.0-or-later
# The window map for people.

TAKES_map = $(RUN_VARS) WHAT WITHIN REPORT

map: ## the window map of LOCK with disassembly, source and coverage; two locks side by side
	@$(valid)
	@$(deps) run $(ARCH)
	+@python3 tests/run/map.py $(call given-words,$(TAKES_map))

.PHONY: map
