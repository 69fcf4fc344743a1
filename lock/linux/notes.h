/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What an acquire leaves behind for those who ask why it failed: tracepoints, lock events
 * and the clock are the places where the unmodified source tells where it is. Two notes per
 * core, so that an NMI does not spoil those of what it interrupted. lock/linux/rqspinlock.c
 * reads them; with the result and the held table they give the cause.
 */
#ifndef LINUX_STANDIN_NOTES_H
#define LINUX_STANDIN_NOTES_H

enum linux_note {
	LINUX_NOTE_EVENT = 1 << 0,   /* rqspinlock_lock_timeout was counted */
	LINUX_NOTE_NO_NODE = 1 << 1, /* lock_no_node was counted */
	LINUX_NOTE_CLOCK = 1 << 2,   /* the clock was read: a bounded wait */
	LINUX_NOTE_QUEUED = 1 << 3,  /* the error came after the queue had been entered */
	LINUX_NOTE_TOLD = 1 << 4,    /* the one in front said: leave */
};

/* As Linux's own queue nodes are laid out; lock/linux/rqspinlock.c compares. */
struct linux_node {
	void *next;
	int told, count;
};
#define LINUX_TOLD_TO_LEAVE 2

/* Larger ones have another layout: there the word is seen where it is waited for. */
#ifdef LINUX_NODES_FAR
#undef arch_mcs_spin_lock_contended
#define arch_mcs_spin_lock_contended(p)                                                            \
	({                                                                                         \
		int told = STANDIN_WAIT(atomic_read_acq, p, VAL, MARK_IF(1, W_QUEUE_WAIT));        \
		linux_note(told == LINUX_TOLD_TO_LEAVE ? LINUX_NOTE_TOLD : 0);                     \
		told;                                                                              \
	})
#endif

static __always_inline u32 *linux_notes(void)
{
	return (u32 *)((char *)percpu_base() + LINUX_PERCPU_NOTES) + cpu_in_nmi();
}

static __always_inline void linux_note(u32 bits)
{
	if (bits)
		*linux_notes() |= bits;
}

/* lockevent_inc() with CONFIG_LOCK_EVENT_COUNTS; a macro: the tree's header has the numbers. */
#define linux_event(n)                                                                             \
	linux_note((n) == LOCKEVENT_lock_no_node	      ? LINUX_NOTE_NO_NODE                 \
		   : (n) == LOCKEVENT_rqspinlock_lock_timeout ? LINUX_NOTE_EVENT                   \
							      : 0)

/* trace/events/lock.h: between the two a queue node is in use. */
#define LCB_F_SPIN			    1
#define trace_contention_begin(lock, flags) linux_contention_begin(lock)
#define trace_contention_end(lock, ret)	    linux_contention_end(lock, ret)
/* linux/tracepoint-defs.h: off. */
#define DECLARE_TRACEPOINT(name) void trace_call__##name(void *lock)
#define tracepoint_enabled(name) false

/* Who listens may take locks: what those leave in the notes is not ours. */
static __always_inline void linux_contention_begin(void *lock)
{
	MARK(W_NODE_TAKEN);
	cpu_contention(true);
	*linux_notes() = 0;
	MARK(W_NODE_TAKEN);
}

/* Has the one in front said to this core's innermost node: leave? */
static __always_inline bool linux_told(void)
{
	const struct linux_node *node = (struct linux_node *)this_cpu()->lock_data;
	u32 count = (u32)READ_ONCE(node->count);

	return LINUX_NODES == 0 && count - 1 < 4 && node[count - 1].told == LINUX_TOLD_TO_LEAVE;
}

static __always_inline void linux_contention_end(void *lock, int error)
{
	u32 notes = *linux_notes();

	if (error)
		notes |= LINUX_NOTE_QUEUED;
	if (error && linux_told())
		notes |= LINUX_NOTE_TOLD;
	cpu_contention(false);
	if (error)
		*linux_notes() = notes;
	MARK_IF(__builtin_constant_p(error) && !error, W_CRITICAL);
	MARK_IF(!__builtin_constant_p(error), W_NONE);
}

#endif
