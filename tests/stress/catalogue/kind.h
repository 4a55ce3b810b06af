/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The five kinds of lock under one set of words, so that each row of the catalogue is written once. KIND_… is defined
 * by the build. The words are macros on purpose: half of the world's C code takes its locks through macros.
 *
 * LOCK_INITIALIZER and lock_timed exist only for kinds that have such a thing.
 */
#ifndef KIND_H
#define KIND_H

#include <errno.h>
#include <pthread.h>
#include <threads.h>
#include <time.h>

#if defined(KIND_mutex)

#define lock_type pthread_mutex_t
#define lock_init(lock) pthread_mutex_init(lock, NULL)
#define lock_destroy pthread_mutex_destroy
#define lock_acquire pthread_mutex_lock
#define lock_try pthread_mutex_trylock
#define lock_timed pthread_mutex_timedlock
#define lock_release pthread_mutex_unlock
#define LOCK_INITIALIZER PTHREAD_MUTEX_INITIALIZER

#elif defined(KIND_recursive)

const pthread_mutexattr_t *recursive_attributes(void);

#define lock_type pthread_mutex_t
#define lock_init(lock) pthread_mutex_init(lock, recursive_attributes())
#define lock_destroy pthread_mutex_destroy
#define lock_acquire pthread_mutex_lock
#define lock_try pthread_mutex_trylock
#define lock_timed pthread_mutex_timedlock
#define lock_release pthread_mutex_unlock
#define LOCK_INITIALIZER PTHREAD_RECURSIVE_MUTEX_INITIALIZER_NP
#define LOCK_IS_RECURSIVE

#elif defined(KIND_rwlock)

#define lock_type pthread_rwlock_t
#define lock_init(lock) pthread_rwlock_init(lock, NULL)
#define lock_destroy pthread_rwlock_destroy
#define lock_acquire pthread_rwlock_wrlock
#define lock_try pthread_rwlock_trywrlock
#define lock_timed pthread_rwlock_timedwrlock
#define lock_release pthread_rwlock_unlock
#define LOCK_INITIALIZER PTHREAD_RWLOCK_INITIALIZER

#elif defined(KIND_spin)

#define lock_type pthread_spinlock_t
#define lock_init(lock) pthread_spin_init(lock, PTHREAD_PROCESS_PRIVATE)
#define lock_destroy pthread_spin_destroy
#define lock_acquire pthread_spin_lock
#define lock_try pthread_spin_trylock
#define lock_release pthread_spin_unlock

#elif defined(KIND_mtx)

#define lock_type mtx_t
#define lock_init(lock) mtx_init(lock, mtx_timed)
#define lock_destroy mtx_destroy
#define lock_acquire mtx_lock
#define lock_try mtx_trylock
#define lock_timed mtx_timedlock
#define lock_release mtx_unlock

#else
#error "define KIND_mutex, KIND_recursive, KIND_rwlock, KIND_spin or KIND_mtx"
#endif

/* An object's lock starts its life on the line of its initialiser, or where there is none, of its init call. */
#ifdef LOCK_INITIALIZER
#define LOCK_INITIALISED = LOCK_INITIALIZER
#define lock_init_if_needed(lock) ((void)0)
#else
#define LOCK_INITIALISED
#define lock_init_if_needed(lock) lock_init(lock)
#endif

#endif
