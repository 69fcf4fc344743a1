# SPDX-License-Identifier: GPL-2.0-or-later
# MUTANTS=1: rq-7.2 with one seeded fault each, as further locks (faults.txt, or for ThreadSanitizer orders.txt). The copies of the
# templates lie with the objects; #include "..." finds what was not copied beside the originals.
FAULTS := lock/mutants/$(if $(filter thread,$(SAN)),orders,faults).txt
MUTANTS_IN := $(FAULTS) lock/mutants/mutate.py $(wildcard lock/rqspinlock/*.h)
MUTANT_NAMES := $(shell python3 lock/mutants/mutate.py list $(FAULTS))
ifeq ($(MUTANT_NAMES),)
$(error $(FAULTS): see above)
endif
MUTANT_FLAVOUR := $(firstword $(LOCK_FLAVOURS))
MUTANT_DIR := $(O)/lock/mutants

OBJS += $(MUTANT_NAMES:%=$(MUTANT_DIR)/%/mutant.o)

$(MUTANT_DIR)/made: $(MUTANTS_IN)
	@mkdir -p $(@D)
	python3 lock/mutants/mutate.py lock/rqspinlock $(@D) $(FAULTS)
	@touch $@
# What is wrong with a mutant may look wrong to the compiler too.
$(MUTANT_DIR)/%/mutant.o: lock/mutants/mutant.c $(MUTANT_DIR)/made
	$(CC) $(ALL_CFLAGS) -w $(LOCK_CFLAGS_$(MUTANT_FLAVOUR)) \
		-DLOCK_ATOMICS='"$(MUTANT_FLAVOUR)"' -iquote $(@D) -iquote lock/rqspinlock -c $< -o $@
