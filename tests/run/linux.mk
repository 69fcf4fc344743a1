# SPDX-License-Identifier: GPL-2.0-or-later
# The verdict on a Linux tree. The work is done by linux_check.py.

VARS += DEFECT BISECT
TREE_VARS := LINUX ARCH BUILD CC CROSS_COMPILE ACCEL QEMU QEMU_ARGS CPU MACHINE SEED OUT \
	DEFECT BISECT
TREE_WORDS = $(foreach v,$(TREE_VARS),$(if $(filter command environment,$(firstword \
	$(origin $(v)))),$(call quote,$(v)=$($(v)))))

linux-check: linux-check-now ## does the lock of LINUX=tree hold? for git bisect run too
	$(end-with-status)

# git bisect run has two statuses of its own, 125 and 128.
linux-check-now:
	@$(deps) run $(ARCH)
	@$(exit-status-so)
	+@python3 tests/run/linux_check.py $(TREE_WORDS) $(subst -le 3,-le 128,$(keep-status))

.PHONY: linux-check linux-check-now
