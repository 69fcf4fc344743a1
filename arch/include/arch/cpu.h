/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * arch/cpu.h - what one core can do by itself.
 *
 * Contract first, then the architecture's inline half (asm/cpu.h), which the
 * compiler thus checks against it. asm/cpu.h also defines struct arch_cpu: what
 * the architecture keeps per core (hardware id, stacks, descriptor tables, ...).
 * It is the first member of struct cpu, so the per-core base register (GS base,
 * TPIDR_EL1) points at both; see kernel/cpu.h.
 *
 * asm/cpu.h defines ARCH_NR_STACKS, ARCH_STACK_SIZE (bytes, pages) and in struct arch_cpu
 *	uintptr_t stack[ARCH_NR_STACKS];
 * The kernel allocates them, each with a guard page below, and stores their tops before
 * arch_cpu_init() on the boot core and before smp_start() of the others. stack[0] is the
 * task stack (0 on the boot core, which stays on its door's stack); what the rest are
 * for (NMI, debug, double fault) is the architecture's choice.
 */
#ifndef ARCH_CPU_H
#define ARCH_CPU_H

#include <arch/types.h>

struct boot_info;
struct boot_cpu;
struct arch_cpu;

/**
 * cpu_relax() - tell the core that this is a spin loop (PAUSE, YIELD)
 *
 * Every spin loop must contain it, cpu_wait_change*() or cpu_idle(): emulators that
 * run all cores on one host thread switch cores there and nowhere else.
 * Context: any, NMI included.
 */
static inline void cpu_relax(void);

/**
 * cpu_wait_change32() - doze until *p may differ from @old, or a short bound passes
 * @p:   word being polled
 * @old: value last seen
 *
 * x86: PAUSE. arm64: exclusive load + WFE; the event stream (about 100 us) bounds it,
 * a plain YIELD where there is no event stream. May return early at any time: the
 * caller re-reads *p. No ordering; the caller's load gives that.
 * Context: any, NMI included.
 */
static inline void cpu_wait_change32(const u32 *p, u32 old);

/* As cpu_wait_change32(), for a byte. */
static inline void cpu_wait_change8(const u8 *p, u8 old);

/* Orders earlier stores before later stores, as seen by other cores. */
static inline void smp_wmb(void);
/* Full barrier: orders everything before against everything after. */
static inline void smp_mb(void);

/**
 * percpu_base() - this core's struct cpu, from the per-core base register
 *
 * Context: any, once arch_cpu_init() has run on this core.
 */
static inline void *percpu_base(void);

/*
 * Single-instruction (on x86) accesses to this core's struct cpu at constant byte
 * offset @off. "Interrupt-safe" means: an NMI at any boundary that leaves the word as
 * it found it does not disturb the result. These compile to the instructions Linux
 * uses for this_cpu_*(), so uncontended paths cost the same.
 *
 *   u32  percpu_inc_return32(off)          interrupt-safe ++, returns the new value
 *   void percpu_dec32(off)                 interrupt-safe --
 *   u32  percpu_read32(off)
 *   void percpu_write_slot(off, index, v)  pointer-sized store to ((void **)off)[index]
 *
 * Cheaper ones for a count that every context leaves as it found it, so that an NMI may come
 * between the read and the write; as wide as an index:
 *
 *   u64  percpu_bump32(off)                ++, returns the old value
 *   u64  percpu_count32(off)               reads
 *   void percpu_drop32(off, v)             -- of a count that is @v
 *   void percpu_clear_slot(off, index)     NULL to ((void **)off)[index]
 *
 * @off must be a compile-time constant. Macros, so that x86 can put it in the operand.
 */

/* The hardware's name of this core: APIC id, or MPIDR affinity. Never an index. */
u64 cpu_hwid(void);

/**
 * cpu_idle() - sleep until an interrupt, take it, return
 *
 * Called with interrupts off by a core with nothing to do; a wake-up sent by
 * smp_wake() after the caller's last look at its mailbox is not lost. Returns with
 * interrupts off. May return early. Context: task only.
 */
void cpu_idle(void);

/**
 * arch_cpu_init() - make this core usable: base register, vectors, stacks, NMI input
 * @cpu: the core's struct cpu (its first member is struct arch_cpu), zeroed but for
 *       the ids that the kernel filled in
 * @bc:  what the firmware said about the core
 *
 * Runs on the core itself. After it: traps and NMIs work, interrupts are masked,
 * percpu_base() == @cpu. Return: 0, or -EIO with a console message.
 */
int arch_cpu_init(struct arch_cpu *cpu, const struct boot_cpu *bc);

/**
 * arch_init() - once, on the boot core, before anything but the console
 * @bi: facts from the firmware
 *
 * Detects features, sets up own page tables with W^X, the interrupt controllers'
 * shared part and the counter. Return: 0, or a negative error number with a message.
 */
int arch_init(const struct boot_info *bi);

/**
 * struct cpu_facts - what the report says about the machine's cores
 * @model:   marketing name or MIDR text, never empty
 * @virtual: a hypervisor or emulator was recognised
 * @emulator: its name ("tcg", "kvm", ...) or "" on bare metal
 * @atomics: "native" (x86), "lse" or "llsc" (the best this core can run)
 * @irqchip: "xapic", "x2apic", "gicv2", "gicv3"
 * @level:   "ring0", "el1", "el2" as entered from firmware
 */
struct cpu_facts {
	char model[64];
	bool virtual;
	char emulator[16];
	const char *atomics;
	const char *irqchip;
	const char *level;
};

/* Valid after arch_init(). */
const struct cpu_facts *cpu_facts(void);

#include <asm/cpu.h>

#endif
