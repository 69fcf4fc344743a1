/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Four locks of Concurrency Kit (libck): header only, so the loops have them inline. */
#include "peer.h"
#include <ck_spinlock.h>

/* ---- Test-and-set by exchange */

static __always_inline int ck_fas_take(void *lock)
{
	ck_spinlock_fas_lock(lock);
	return 0;
}

static __always_inline void ck_fas_drop(void *lock)
{
	ck_spinlock_fas_unlock(lock);
}

static void ck_fas_init(void *lock)
{
	ck_spinlock_fas_init(lock);
}

static bool ck_fas_try(void *lock)
{
	return ck_spinlock_fas_trylock(lock);
}

static bool ck_fas_is_locked(const void *lock)
{
	return ck_spinlock_fas_locked((void *)lock);
}

PEER(ck_fas, "ck-fas", "Concurrency Kit", "ck_spinlock_fas: test-and-set by exchange",
     sizeof(ck_spinlock_fas_t), 0, 0);

/* ---- Ticket */

static __always_inline int ck_ticket_take(void *lock)
{
	ck_spinlock_ticket_lock(lock);
	return 0;
}

static __always_inline void ck_ticket_drop(void *lock)
{
	ck_spinlock_ticket_unlock(lock);
}

static void ck_ticket_init(void *lock)
{
	ck_spinlock_ticket_init(lock);
}

static bool ck_ticket_try(void *lock)
{
	return ck_spinlock_ticket_trylock(lock);
}

static bool ck_ticket_is_locked(const void *lock)
{
	return ck_spinlock_ticket_locked((void *)lock);
}

PEER(ck_ticket, "ck-ticket", "Concurrency Kit", "ck_spinlock_ticket", sizeof(ck_spinlock_ticket_t),
     0, LOCK_FIFO);

/* ---- MCS: one node a core, as one lock of the kind is held at a time here */

struct ck_mcs_percpu {
	ck_spinlock_mcs_context_t node;
};
LOCK_PERCPU_FITS(struct ck_mcs_percpu);

static __always_inline int ck_mcs_take(void *lock)
{
	ck_spinlock_mcs_lock(lock, &LOCK_PERCPU(struct ck_mcs_percpu)->node);
	return 0;
}

static __always_inline void ck_mcs_drop(void *lock)
{
	ck_spinlock_mcs_unlock(lock, &LOCK_PERCPU(struct ck_mcs_percpu)->node);
}

static void ck_mcs_init(void *lock)
{
	ck_spinlock_mcs_init(lock);
}

static bool ck_mcs_try(void *lock)
{
	return ck_spinlock_mcs_trylock(lock, &LOCK_PERCPU(struct ck_mcs_percpu)->node);
}

static bool ck_mcs_is_locked(const void *lock)
{
	return ck_spinlock_mcs_locked((void *)lock);
}

PEER(ck_mcs, "ck-mcs", "Concurrency Kit", "ck_spinlock_mcs", sizeof(ck_spinlock_mcs_t),
     sizeof(struct ck_mcs_percpu), LOCK_FIFO);

/* ---- CLH: nodes change hands, and the lock begins with one that is nobody's */

struct ck_clh_lock {
	ck_spinlock_clh_t *tail;
	ck_spinlock_clh_t unowned __aligned(CACHE_LINE);
};

struct ck_clh_percpu {
	ck_spinlock_clh_t *mine;
	ck_spinlock_clh_t first __aligned(CACHE_LINE);
};
LOCK_PERCPU_FITS(struct ck_clh_percpu);

static __always_inline int ck_clh_take(void *lock)
{
	ck_spinlock_clh_lock(&((struct ck_clh_lock *)lock)->tail,
			     LOCK_PERCPU(struct ck_clh_percpu)->mine);
	return 0;
}

static __always_inline void ck_clh_drop(void *lock)
{
	ck_spinlock_clh_unlock(&LOCK_PERCPU(struct ck_clh_percpu)->mine);
}

static void ck_clh_init(void *lock)
{
	struct ck_clh_lock *l = lock;

	ck_spinlock_clh_init(&l->tail, &l->unowned);
	for (u32 id = 0; id < cpu_count(); id++) {
		struct ck_clh_percpu *pc = cpu_lock_data(id);

		pc->mine = &pc->first;
	}
}

static bool ck_clh_is_locked(const void *lock)
{
	return ck_spinlock_clh_locked(&((struct ck_clh_lock *)lock)->tail);
}

/* The library has none, and a CLH waiter cannot leave: never is an answer, too. */
static bool ck_clh_try(void *lock)
{
	return false;
}

PEER(ck_clh, "ck-clh", "Concurrency Kit", "ck_spinlock_clh", sizeof(struct ck_clh_lock),
     sizeof(struct ck_clh_percpu), LOCK_FIFO);
