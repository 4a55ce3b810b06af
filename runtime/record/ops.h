/* SPDX-License-Identifier: Apache-2.0 */
/* The functions that instrumented calls go through while profiling is on; see ops.c. */
#ifndef MUTRAY_OPS_H
#define MUTRAY_OPS_H

#include <pthread.h>
#include <time.h>

#ifndef __GLIBC__
/* Not in musl; a program that calls them cannot be linked there anyway. */
#define WEAK __attribute__((weak))
int pthread_mutex_clocklock(pthread_mutex_t *, clockid_t, const struct timespec *) WEAK;
int pthread_cond_clockwait(pthread_cond_t *, pthread_mutex_t *, clockid_t, const struct timespec *) WEAK;
int pthread_rwlock_clockrdlock(pthread_rwlock_t *, clockid_t, const struct timespec *) WEAK;
int pthread_rwlock_clockwrlock(pthread_rwlock_t *, clockid_t, const struct timespec *) WEAK;
#endif

/* In the order of functions.def; each has the lock function's parameters and then the site. */
extern void (*const mutray__ops_on[])(void);

#endif
