/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * asm/percpu.h of arm64: interrupt-safe ones are one atomic instruction or an exclusive pair
 * at an address from TPIDR_EL1, the others plain accesses.
 */
#ifndef LINUX_STANDIN_ARCH_H
#define LINUX_STANDIN_ARCH_H

/* Four bytes only: what does not fit is a compile error. */
#define this_cpu_add_return(var, n)                                                                \
	({                                                                                         \
		_Static_assert(sizeof(var) == 4, "this_cpu_add_return() of another size");         \
		u32 add_v = percpu_add_return32((u32 *)this_cpu_ptr(&(var)), (u32)(n));            \
		MARK_IF(!__builtin_constant_p(n) || (n) > 0, W_SLOT_STALE);                        \
		(__typeof__(var))add_v;                                                            \
	})
#define this_cpu_add(var, n) ((void)this_cpu_add_return(var, n))
#define this_cpu_read(var)   READ_ONCE(*this_cpu_ptr(&(var)))
#define this_cpu_write(var, v)                                                                     \
	({                                                                                         \
		barrier();                                                                         \
		WRITE_ONCE(*this_cpu_ptr(&(var)), (v));                                            \
		MARK(W_ENTRY_WRITTEN);                                                             \
		barrier();                                                                         \
	})
#define raw_cpu_add(var, n) ((void)(*this_cpu_ptr(&(var)) += (n)))

#endif
