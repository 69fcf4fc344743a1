/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The C library's spin lock and mutex. */
#include "peer.h"

static __always_inline int spin_take(void *lock)
{
	return pthread_spin_lock(lock);
}

static __always_inline void spin_drop(void *lock)
{
	pthread_spin_unlock(lock);
}

static void spin_init(void *lock)
{
	pthread_spin_init(lock, PTHREAD_PROCESS_PRIVATE);
}

static bool spin_try(void *lock)
{
	return pthread_spin_trylock(lock) == 0;
}

/* There is no other way to look at it. */
static bool spin_is_locked(const void *lock)
{
	if (!spin_try((void *)lock))
		return true;
	pthread_spin_unlock((void *)lock);
	return false;
}

PEER(spin, "pthread-spin", "C library", "pthread_spin_lock()", sizeof(pthread_spinlock_t), 0, 0);

static __always_inline int mutex_take(void *lock)
{
	return pthread_mutex_lock(lock);
}

static __always_inline void mutex_drop(void *lock)
{
	pthread_mutex_unlock(lock);
}

static void mutex_init(void *lock)
{
	pthread_mutex_init(lock, NULL);
}

static bool mutex_try(void *lock)
{
	return pthread_mutex_trylock(lock) == 0;
}

static bool mutex_is_locked(const void *lock)
{
	if (!mutex_try((void *)lock))
		return true;
	pthread_mutex_unlock((void *)lock);
	return false;
}

PEER(mutex, "pthread-mutex", "C library", "pthread_mutex_lock(): waiters sleep",
     sizeof(pthread_mutex_t), 0, 0);
