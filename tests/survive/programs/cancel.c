/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Threads that are cancelled: in a condition wait, where their cleanup handler releases the lock; and asynchronously, in
 * the middle of taking their own lock, which POSIX does not promise to work but which must not stop others.
 */
#include "survive.h"

#include <stdatomic.h>

#define ROUNDS 200

static pthread_mutex_t waited = PTHREAD_MUTEX_INITIALIZER, after = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t never = PTHREAD_COND_INITIALIZER;
static atomic_int waiting, released;

static void release(void *lock)
{
    CHECK(pthread_mutex_unlock(lock) == 0);
    released++;
}

static void *wait_for_ever(void *unused)
{
    CHECK(pthread_mutex_lock(&waited) == 0);
    pthread_cleanup_push(release, &waited);
    waiting++;
    for (;;)
        pthread_cond_wait(&never, &waited);
    pthread_cleanup_pop(0);
    return unused;
}

static void *lock_for_ever(void *ready)
{
    pthread_mutex_t own = PTHREAD_MUTEX_INITIALIZER;
    int before;
    pthread_setcanceltype(PTHREAD_CANCEL_ASYNCHRONOUS, &before);
    atomic_store((atomic_int *)ready, 1);
    for (;;) {
        pthread_mutex_lock(&own);
        pthread_mutex_unlock(&own);
    }
    return NULL;
}

static void cancel(pthread_t thread)
{
    void *result;
    CHECK(pthread_cancel(thread) == 0);
    CHECK(pthread_join(thread, &result) == 0);
    CHECK(result == PTHREAD_CANCELED);
}

int main(void)
{
    pthread_t thread;
    for (int i = 0; i < ROUNDS; i++) {
        atomic_int ready = 0;
        CHECK(pthread_create(&thread, NULL, wait_for_ever, NULL) == 0);
        while (waiting <= i)
            sched_yield();
        cancel(thread);
        CHECK(released == i + 1);
        CHECK(pthread_create(&thread, NULL, lock_for_ever, &ready) == 0);
        while (!ready)
            sched_yield();
        usleep(200 + (unsigned)i % 7 * 100);
        cancel(thread);
        pthread_mutex_lock(&after);
        pthread_mutex_unlock(&after);
    }
    SAY_ACQUIRES(after, ROUNDS);
    return 0;
}
