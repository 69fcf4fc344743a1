/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Power State Coordination Interface (Arm DEN0022) and its calling convention (DEN0028). */
#include "internal.h"

#define PSCI_SYSTEM_OFF 0x84000008
#define PSCI_CPU_ON	0xc4000003
#define PSCI_ALREADY_ON (-4)
#define PSCI_ON_PENDING (-5)

static enum psci_conduit conduit;

void psci_init(const struct boot_info *bi)
{
	conduit = bi->psci;
}

bool psci_present(void)
{
	return conduit != PSCI_NONE;
}

/* The callee may change x4 to x17 (SMCCC 1.0). */
#define CALL(insn)                                                                                 \
	__asm__ volatile(insn " #0"                                                                \
			 : "+r"(x0), "+r"(x1), "+r"(x2), "+r"(x3)                                  \
			 :                                                                         \
			 : "x4", "x5", "x6", "x7", "x8", "x9", "x10", "x11", "x12", "x13", "x14",  \
			   "x15", "x16", "x17", "memory")

static s64 call(u64 fn, u64 a, u64 b, u64 c, u64 answer[4])
{
	register u64 x0 __asm__("x0") = fn;
	register u64 x1 __asm__("x1") = a;
	register u64 x2 __asm__("x2") = b;
	register u64 x3 __asm__("x3") = c;

	if (conduit == PSCI_HVC)
		CALL("hvc");
	else
		CALL("smc");
	if (answer) {
		answer[0] = x0;
		answer[1] = x1;
		answer[2] = x2;
		answer[3] = x3;
	}
	return (s64)x0;
}

int psci_cpu_on(u64 mpidr, uintptr_t entry, uintptr_t context, s64 *code)
{
	if (!psci_present())
		return -ENODEV;
	*code = call(PSCI_CPU_ON, mpidr, entry, context, NULL);
	return *code ? -EIO : 0;
}

void psci_system_off(void)
{
	if (psci_present())
		call(PSCI_SYSTEM_OFF, 0, 0, 0, NULL);
}

void smccc_call(u64 fn, u64 answer[4])
{
	answer[0] = answer[1] = answer[2] = answer[3] = ~0ull;
	if (psci_present())
		call(fn, 0, 0, 0, answer);
}
