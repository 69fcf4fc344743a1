/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * NMI dispatch: who asked for this NMI, what is to be done, and the books.
 */
#ifndef KERNEL_NMI_H
#define KERNEL_NMI_H

#include <arch/nmi.h>
#include "cpu.h"

/* Why a core sent an NMI to another; bits of struct cpu.nmi_request. */
enum nmi_request {
	NMI_REQ_SCENARIO = 1 << 0, /* run the scenario's handler */
	NMI_REQ_SNAPSHOT = 1 << 1, /* supervisor: save registers and wait for the verdict */
	NMI_REQ_ABORT = 1 << 2,	   /* supervisor: leave the job */
};

/**
 * nmi_handler_t - a scenario's body, called with cpu_in_nmi() true
 * @pc: interrupted instruction
 * @sources: 1 << enum nmi_source bits, as far as known
 *
 * Context: NMI. Must not print, fault, or take a lock that cannot fail and is not
 * NMI-safe. @arg is what nmi_set_handler() got.
 */
typedef void (*nmi_handler_t)(void *arg, uintptr_t pc, u32 sources);

/*
 * Set the handler of all cores; NULL: count only. It runs on cores that are inside a job which
 * is not being ended; elsewhere NMIs are only counted, because nothing could end it there.
 * Context: task, boot core, no job running.
 */
void nmi_set_handler(nmi_handler_t fn, void *arg);

/**
 * nmi_raise() - send a scenario NMI to a core of the online group and book it as sent
 *
 * Return: 0 or -ETIMEDOUT (it then counts as coalesced). Context: any, NMI included.
 */
int nmi_raise(u32 cpu_id);

/* Declare that @src runs periodically on this core, so its NMIs are not "unknown". */
s64 nmi_tick_start(enum nmi_source src, u64 hz);
void nmi_tick_stop(enum nmi_source src);

/**
 * nmi_settle() - wait, bounded, until nothing is in flight, and book what got lost
 *
 * Call it before reading the counters. Context: task, boot core, no job running.
 */
void nmi_settle(void);

/* Zero all cores' counters, after adding them to the run's totals. Context: as above. */
void nmi_counts_clear(void);

/* Sums of the whole run so far, of all cores; longest is the longest of all. */
struct nmi_counts nmi_totals(void);

/* klog() unknown NMIs of a core once. Context: task, boot core. */
void nmi_report_unknown(struct cpu *cpu);

/*
 * For the supervisor.
 */

/* Send the supervisor's NMI with @request (NMI_REQ_SNAPSHOT, NMI_REQ_ABORT). Context: any. */
int nmi_request_supervisor(struct cpu *to, u32 request);

/* Handlers of @cpu were abandoned and will not return. Context: NMI of that core. */
void nmi_forget(struct cpu *cpu);

#endif
