/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * lock.h - what a lock is. Adding a lock = adding one file under lock/ that ends with
 * LOCK_REGISTER(); nothing else is edited.
 *
 * Lock code uses only arch/atomic.h, arch/cpu.h (waiting, percpu_*) and the lock-facing
 * half of kernel/cpu.h. All functions of a lock file are static; on arm64 every file is
 * compiled twice (LSE, LL/SC) and the registry hides the half this machine cannot or
 * should not run.
 */
#ifndef LOCK_LOCK_H
#define LOCK_LOCK_H

#include <arch/atomic.h>
#include "../kernel/cpu.h"
#include "../kernel/printf.h"

/**
 * enum lock_flags
 * @LOCK_RESILIENT: acquire may return -EDEADLK or -ETIMEDOUT instead of hanging
 * @LOCK_NMI_SAFE: may be tried from an NMI that interrupted any point of itself
 * @LOCK_FIFO: queued waiters get the lock in order
 * @LOCK_NEGATIVE: deliberately wrong; the scenario .caught_by must fail on it
 * @LOCK_FAST_WORD: the first 32-bit word is 0 when free and non-zero when held
 * @LOCK_OLD: an old revision: runs when named and in the suite "selftest", not by default
 * @LOCK_BY_NAME: right, and runs when named only: it adds nothing to a run without lock=
 */
enum lock_flags {
	LOCK_RESILIENT = 1 << 0,
	LOCK_NMI_SAFE = 1 << 1,
	LOCK_FIFO = 1 << 2,
	LOCK_NEGATIVE = 1 << 3,
	LOCK_FAST_WORD = 1 << 4,
	LOCK_OLD = 1 << 5,
	LOCK_BY_NAME = 1 << 6,
};

/* Why an acquire failed; set with cpu_set_cause() just before returning the error. */
enum lock_cause {
	CAUSE_NONE,
	CAUSE_AA_AT_WAIT,      /* own table held it when a wait began */
	CAUSE_AA_BEFORE_QUEUE, /* the same, before a queue node was touched */
	CAUSE_ABBA,	       /* the remote scan closed a cycle of two */
	CAUSE_NO_NODE,	       /* no node for this nesting, and the one trylock failed */
	CAUSE_TIMEOUT_PENDING,
	CAUSE_TIMEOUT_HEAD,
	CAUSE_FLUSHED, /* told to leave by the waiter in front */
	CAUSE_TIMEOUT_TAS,
	CAUSE_TIMEOUT_TRYLOCK, /* up to rq-6.18: the bounded trylock loop without a node ran out */
	NR_CAUSES,
};

/* "aa-at-wait", ...; NULL for CAUSE_NONE and beyond NR_CAUSES. */
const char *lock_cause_name(u32 cause);

/**
 * struct lock_defect - a known wrong behaviour of an old revision or a negative control
 * @scenario: where it shows, or LOCK_ANY_SCENARIO
 * @outcome: "hang" (the supervisor had to end it) or "fail" (the check refused it);
 *           "may-hang", "may-fail" where chance decides
 *
 * There the outcome is expected: seen = pass, absent = fail unless it only may be.
 */
struct lock_defect {
	const char *scenario;
	const char *outcome;
};

#define LOCK_ANY_SCENARIO "*"

struct hot_run;

/**
 * struct lock_ops - one lock
 * @name: as the user types it: "rq-7.2", "mcs"
 * @origin: paper, or kernel commit / version it follows
 * @doc: one line
 * @size: bytes of the lock object, at most LOCK_SIZE_MAX
 * @percpu_size: bytes used in struct cpu.lock_data, at most LOCK_DATA_MAX
 * @atomics: "native", "lse" or "llsc": filled in by LOCK_REGISTER
 * @acquire: 0, -EDEADLK or -ETIMEDOUT; plain locks only return 0. NMI-safe as flagged.
 * @try_acquire: true if taken. Never waits.
 * @release: LIFO order among locks held by a context
 * @is_locked: somebody holds it
 * @word: the lock's state as one number, for records and dumps
 * @decode: the state of the lock object in words, one line, e.g. "word=0x00040101
 *          locked=1 pending=1 tail=cpu0/node0"
 * @decode_cpu: queue nodes and held table of one core, one line; nothing if at rest
 * @at_rest: after everything was released: does the object and does every core's data
 *           look as before first use? If not, say what in @why. Does not trust the lock.
 * @like: the lock whose expected outcomes it is held to (tests/expected/); NULL: its own
 * @defects: known wrong behaviours, ended by .scenario = NULL; may be NULL
 * @hot_pairs: @n uncontended acquire+release pairs, compiled with the lock inline
 * @hot_contend: one core's measuring loop, compiled with the lock inline (hot.h)
 * @text_start, @text_end: the lock's own machine code
 */
struct lock_ops {
	const char *name, *origin, *doc;
	u32 flags;
	u32 size, percpu_size;
	const char *atomics;
	void (*init)(void *lock);
	int (*acquire)(void *lock);
	bool (*try_acquire)(void *lock);
	void (*release)(void *lock);
	bool (*is_locked)(const void *lock);
	u64 (*word)(const void *lock);
	void (*decode)(const void *lock, struct text *out);
	void (*decode_cpu)(const struct cpu *cpu, struct text *out);
	bool (*at_rest)(const void *lock, struct text *why);
	const char *like;
	const struct lock_defect *defects;
	void (*hot_pairs)(void *lock, u64 n);
	void (*hot_contend)(struct hot_run *run);
	const char *text_start, *text_end;
};

/* Whose expected outcomes @ops is held to. */
static inline const char *lock_like(const struct lock_ops *ops)
{
	return ops->like ? ops->like : ops->name;
}

#define LOCK_SIZE_MAX 256
/* Locks of one kind that a core may hold at once, for locks that need a node for each. */
#define LOCK_NESTING 40

/* "native", "lse" or "llsc": the build says which half this object is. */
#ifndef LOCK_ATOMICS
#define LOCK_ATOMICS "native"
#endif

/*
 * LOCK_TEXT(id) marks every function of lock @id, so that its code is one contiguous
 * range; LOCK_TEXT_RANGE(id), once per id at file scope, defines <id>_text_start and
 * <id>_text_end around it (the linker scripts sort .text.lock.*). The two halves of an
 * arm64 lock are two ranges, hence LOCK_ATOMICS in the name.
 */
#define LOCK_TEXT(id) __attribute__((__section__(".text.lock." #id "." LOCK_ATOMICS ".5")))
#define LOCK_TEXT_RANGE(id)                                                                        \
	__asm__(".pushsection .text.lock." #id "." LOCK_ATOMICS ".0, \"ax\", %progbits\n" #id      \
		"_text_start:\n"                                                                   \
		".popsection\n"                                                                    \
		".pushsection .text.lock." #id "." LOCK_ATOMICS ".9, \"ax\", %progbits\n" #id      \
		"_text_end:\n"                                                                     \
		".popsection\n");                                                                  \
	extern const char id##_text_start[] __attribute__((__visibility__("hidden")));             \
	extern const char id##_text_end[] __attribute__((__visibility__("hidden")))

/* Entries of a table must stay neighbours: clang's AddressSanitizer would space them out. */
#ifdef __clang__
#define LOCK_TABLE_ENTRY __section(".lock_table") __used __attribute__((__no_sanitize__("address")))
#else
#define LOCK_TABLE_ENTRY __section(".lock_table") __used
#endif

/* Put a lock into the registry: static const struct lock_ops id = { ... }; LOCK_REGISTER(id); */
#define LOCK_REGISTER(id) static const struct lock_ops *const id##_registered LOCK_TABLE_ENTRY = &id

/* This core's per-CPU data of a lock, as type @type, at constant offset in struct cpu. */
#define LOCK_PERCPU(type) ((type *)this_cpu()->lock_data)
/* Constant byte offset of a field in struct cpu, for the percpu_*() accessors. */
#define LOCK_PERCPU_OFF(type, field) (CPU_LOCK_DATA + offsetof(type, field))
#define LOCK_PERCPU_FITS(type)                                                                     \
	_Static_assert(sizeof(type) <= LOCK_DATA_MAX, "per-CPU data larger than struct cpu "       \
						      "allows")

/**
 * LOCK_WINDOW(n) - name this place in the lock's machine code W<n>
 *
 * No instruction: an entry in a table that maps addresses to windows. The names are those
 * of the rqspinlock contract: W0 before push ... W17 test-and-set between read and
 * cmpxchg (lock/rqspinlock/windows.h); -1 ends a window. A wait loop has its marks inside,
 * one before and one after its exit test: compilers move loops and turn them round. The linker
 * script keeps the table, from lock_windows_start to lock_windows_end.
 */
#define LOCK_WINDOW(n)                                                                             \
	__asm__ volatile("771:\n"                                                                  \
			 ".pushsection .windows, \"a\", %%progbits\n"                              \
			 ".balign 4\n"                                                             \
			 ".long 771b - ., %c0\n"                                                   \
			 ".popsection" ::"i"(n))

/**
 * lock_window() - the window an address lies in
 *
 * Return: number n of the last LOCK_WINDOW(n) at or before @pc in the same lock's text, or
 * -1. Exact for wait loops, approximate where the compiler moved code. Context: any.
 */
int lock_window(uintptr_t pc);

/* The lock whose text contains @pc, or NULL. Context: any. */
const struct lock_ops *lock_of_text(uintptr_t pc);

/*
 * Registry (lock/registry.c): locks this machine can run, sorted by name.
 */

/*
 * Choose LSE or LL/SC halves; @want "auto", "lse", "llsc". Return: 0; -ENODEV if this
 * machine or this build lacks it; -ENOSPC if there are more locks than the registry holds.
 */
int lock_registry_init(const char *want);
u32 lock_count(void);
const struct lock_ops *lock_get(u32 i);
const struct lock_ops *lock_find(const char *name);

/* Is @outcome ("hang", "fail") expected of @lock in @scenario? */
bool lock_expects(const struct lock_ops *lock, const char *scenario, const char *outcome);

#endif
