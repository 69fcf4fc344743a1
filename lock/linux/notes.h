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

/* As the tree's own queue nodes are laid out; lock/linux/rqspinlock.c compares. */
struct linux_node {
	void *next;
	int told, count;
};
#define LINUX_TOLD_TO_LEAVE 2

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

static __always_inline void linux_contention_end(void *lock, int error)
{
	const struct linux_node *node = (struct linux_node *)this_cpu()->lock_data;
	u32 notes = *linux_notes(), count = (u32)READ_ONCE(node->count);

	if (error)
		notes |= LINUX_NOTE_QUEUED;
	if (error && count - 1 < 4 && node[count - 1].told == LINUX_TOLD_TO_LEAVE)
		notes |= LINUX_NOTE_TOLD;
	cpu_contention(false);
	if (error)
		*linux_notes() = notes;
	MARK_IF(__builtin_constant_p(error) && !error, W_CRITICAL);
	MARK_IF(!__builtin_constant_p(error), W_NONE);
}

#endif
