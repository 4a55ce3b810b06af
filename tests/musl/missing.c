/* SPDX-License-Identifier: Apache-2.0 */
/* The functions of functions.def that musl does not have, as a program may bring them along: with a clock of its choice. */
#include "ops.h"

#include <errno.h>

/* The same moment by the clock that the other functions go by. */
static struct timespec by_real_time(clockid_t clock, const struct timespec *time)
{
    struct timespec now, real;
    clock_gettime(clock, &now);
    clock_gettime(CLOCK_REALTIME, &real);
    long long ns = real.tv_nsec + (time->tv_nsec - now.tv_nsec) + 1000000000LL;
    return (struct timespec){real.tv_sec + (time->tv_sec - now.tv_sec) + ns / 1000000000 - 1, (long)(ns % 1000000000)};
}

#define CHECK(clock, time)                                                                                             \
    if ((clock != CLOCK_REALTIME && clock != CLOCK_MONOTONIC) || time->tv_nsec < 0 || time->tv_nsec >= 1000000000)     \
        return EINVAL

int pthread_mutex_clocklock(pthread_mutex_t *mutex, clockid_t clock, const struct timespec *time)
{
    CHECK(clock, time);
    struct timespec real = by_real_time(clock, time);
    return pthread_mutex_timedlock(mutex, &real);
}

int pthread_cond_clockwait(pthread_cond_t *condition, pthread_mutex_t *mutex, clockid_t clock,
                           const struct timespec *time)
{
    CHECK(clock, time);
    struct timespec real = by_real_time(clock, time);
    return pthread_cond_timedwait(condition, mutex, &real);
}

int pthread_rwlock_clockrdlock(pthread_rwlock_t *lock, clockid_t clock, const struct timespec *time)
{
    CHECK(clock, time);
    struct timespec real = by_real_time(clock, time);
    return pthread_rwlock_timedrdlock(lock, &real);
}

int pthread_rwlock_clockwrlock(pthread_rwlock_t *lock, clockid_t clock, const struct timespec *time)
{
    CHECK(clock, time);
    struct timespec real = by_real_time(clock, time);
    return pthread_rwlock_timedwrlock(lock, &real);
}

/* Coroutines: only for the linker's sake, the test that has them is skipped. */
struct ucontext_t;
int getcontext(struct ucontext_t *context);
int swapcontext(struct ucontext_t *from, const struct ucontext_t *to);
void makecontext(struct ucontext_t *context, void (*function)(void), int count, ...);

int getcontext(struct ucontext_t *context)
{
    (void)context;
    return -1;
}

int swapcontext(struct ucontext_t *from, const struct ucontext_t *to)
{
    (void)from, (void)to;
    return -1;
}

void makecontext(struct ucontext_t *context, void (*function)(void), int count, ...)
{
    (void)context, (void)function, (void)count;
}
