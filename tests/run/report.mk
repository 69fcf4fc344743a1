# SPDX-License-Identifier: GPL-2.0-or-later
# What is made of reports that are there already.

TAKES_compare-runs = BUILD A B BOUND TIMINGS PAIR
TAKES_page = BUILD REPORTS PAGE
PAGE ?= $(BUILD)/page.html
REPORTS ?= $(sort $(wildcard $(BUILD)/*/report.txt))

compare-runs: compare-runs-now ## two runs side by side: A=report[,report...] B=...; status 1 worse
	$(end-with-status)

compare-runs-now:
	@$(exit-status-so)
	+@python3 tests/run/report.py compare $(call quote,$(A)) $(call quote,$(B)) \
		$(foreach v,BOUND TIMINGS PAIR,$(if $($(v)),$(call quote,$(v)=$($(v))))) $(keep-status)

page: ## one HTML page of REPORTS=... (all under build/), for any browser: PAGE=build/page.html
	@python3 tests/run/report.py html $(foreach r,$(REPORTS),$(call quote,$(r))) \
		-o $(call quote,$(PAGE))

.PHONY: compare-runs compare-runs-now page
