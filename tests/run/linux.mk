# SPDX-License-Identifier: GPL-2.0-or-later
# The verdict on a Linux tree. The work is done by linux_check.py.

TAKES_linux-check = LINUX ARCH BUILD CC CROSS_COMPILE ACCEL QEMU QEMU_ARGS CPU MACHINE SEED OUT \
	DEFECT BISECT

linux-check: linux-check-now ## does the lock of LINUX=tree hold? for git bisect run too
	$(end-with-status)

# git bisect run has statuses of its own: 125, and 128 or more.
linux-check-now:
	@{ $(deps) run $(ARCH); } $(or-stop)
	@{ $(exit-status-so); } $(or-stop)
	+@( python3 tests/run/linux_check.py $(call given-words,$(TAKES_linux-check)) \
		$(subst -le 3,-le 255,$(keep-status)) ) $(or-stop)

.PHONY: linux-check linux-check-now
