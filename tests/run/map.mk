# SPDX-License-Identifier: GPL-2.0-or-later
# The window map for people.

VARS += WHAT WITHIN REPORT

map: ## the window map of LOCK with disassembly, source and coverage; two locks side by side
	@$(valid)
	@$(deps) run $(ARCH)
	+@python3 tests/run/map.py $(RUN_WORDS) $(foreach v,WHAT WITHIN REPORT,$(if $(filter \
		command,$(firstword $(origin $(v)))),$(call quote,$(v)=$($(v)))))

.PHONY: map
