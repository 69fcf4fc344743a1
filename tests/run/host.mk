# SPDX-License-Identifier: GPL-2.0-or-later
# barelock as a Linux program. The work is done by host.py.

HOST_VARS = $(filter-out ARCH BOOT THREAD $(MACHINE_VARS),$(RUN_VARS)) SAN RT
TAKES_host = $(HOST_VARS)
TAKES_host-coverage = $(HOST_VARS)
TAKES_host-count = $(HOST_VARS)
host-run = +@CC=$(call given,CC) CROSS_COMPILE=$(call given,CROSS_COMPILE) \
	sh tests/run/deps.sh $(1) host && python3 tests/run/host.py $(2) $(call given-words,$(HOST_VARS)) $(keep-status)

host: host-now ## the same as a Linux program: threads and signals (SAN=address|undefined|thread)
	$(end-with-status)
host-now:
	@$(exit-status-so)
	$(call host-run,host,run)

host-coverage: host-coverage-now ## lines of rqspinlock, or LINUX=dir, that a run reaches (gcov)
	$(end-with-status)
host-coverage-now:
	@$(exit-status-so)
	$(call host-run,host,coverage)

host-count: host-count-now ## instructions of each lock + unlock, by callgrind
	$(end-with-status)
host-count-now:
	@$(exit-status-so)
	$(call host-run,host-count,count)

.PHONY: host host-now host-coverage host-coverage-now host-count host-count-now
