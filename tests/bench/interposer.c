/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What tutorials show for timing mutexes: a library for LD_PRELOAD whose pthread_mutex_lock reads the clock before and
 * after the real one and adds up the difference. It is here to be compared with; see cost.py.
 */
#include <dlfcn.h>
#include <pthread.h>
#include <stdint.h>
#include <time.h>

int pthread_mutex_lock(pthread_mutex_t *mutex);

static _Thread_local uint64_t waited;

static uint64_t now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (uint64_t)time.tv_sec * 1000000000u + (uint64_t)time.tv_nsec;
}

int pthread_mutex_lock(pthread_mutex_t *mutex)
{
    static int (*real)(pthread_mutex_t *);
    if (real == NULL)
        real = (int (*)(pthread_mutex_t *))dlsym(RTLD_NEXT, "pthread_mutex_lock");
    uint64_t begin = now();
    int result = real(mutex);
    waited += now() - begin;
    return result;
}
