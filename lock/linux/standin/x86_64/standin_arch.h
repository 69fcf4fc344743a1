/* SPDX-License-Identifier: GPL-2.0-or-later */
/* asm/percpu.h and asm/rmwcc.h of x86: one instruction each, through GS base. */
#ifndef LINUX_STANDIN_ARCH_H
#define LINUX_STANDIN_ARCH_H

#define LOCK_PREFIX "lock; "

/* @op on @var with an operand; the value is the flag @flag after it. */
#define GEN_BINARY_RMWcc(op, var, flag, constraint, operand)                                       \
	({                                                                                         \
		bool rmw_flag;                                                                     \
		__asm__ volatile(op " %2, %0"                                                      \
				 : "+m"(var), "=@cc" #flag(rmw_flag)                               \
				 : constraint(operand)                                             \
				 : "memory");                                                      \
		rmw_flag;                                                                          \
	})

#define this_cpu_add_return(var, n)                                                                \
	({                                                                                         \
		__typeof__(var) add_n = (n), add_v = add_n;                                        \
		__asm__ volatile("xadd %0, %%gs:%1" : "+r"(add_v), "+m"(var)::"cc");               \
		MARK(W_SLOT_STALE);                                                                \
		add_v + add_n;                                                                     \
	})

#define STANDIN_GS(op, size, var) __asm__ volatile(op size " %%gs:%0" : "+m"(var)::"cc")
#define STANDIN_GS_UNARY(op, var)                                                                  \
	(sizeof(var) == 4 ? ({ STANDIN_GS(op, "l", var); }) : ({ STANDIN_GS(op, "q", var); }))
#define this_cpu_add(var, n)                                                                       \
	({                                                                                         \
		if (__builtin_constant_p(n) && (n) == 1)                                           \
			STANDIN_GS_UNARY("inc", var);                                              \
		else if (__builtin_constant_p(n) && (n) == -1)                                     \
			STANDIN_GS_UNARY("dec", var);                                              \
		else                                                                               \
			__asm__ volatile("add %1, %%gs:%0"                                         \
					 : "+m"(var)                                               \
					 : "r"((__typeof__(var))(n))                               \
					 : "cc");                                                  \
	})
#define raw_cpu_add(var, n) this_cpu_add(var, n)

#define this_cpu_read(var)                                                                         \
	({                                                                                         \
		__typeof__(var) read_v;                                                            \
		__asm__ volatile("mov %%gs:%1, %0" : "=r"(read_v) : "m"(var));                     \
		read_v;                                                                            \
	})

#define this_cpu_write(var, v)                                                                     \
	({                                                                                         \
		__asm__ volatile("mov %1, %%gs:%0" : "=m"(var) : "r"((__typeof__(var))(v)));       \
		MARK(W_ENTRY_WRITTEN);                                                             \
	})

#endif
