/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * arch/probe.h - reads that may fault, and figures only some machines have.
 */
#ifndef ARCH_PROBE_H
#define ARCH_PROBE_H

#include <arch/types.h>

/**
 * probe_smi_count() - System Management Interrupts so far (x86 MSR 0x34)
 * @count: result
 *
 * Return: false where the machine has no such counter. Guarded: an absent register does
 * not trap out. Context: task.
 */
bool probe_smi_count(u64 *count);

/* CPU microcode revision or implementation revision register, 0 if unknown. */
u64 probe_revision(void);

#endif
