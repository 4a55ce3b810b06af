/* SPDX-License-Identifier: Apache-2.0 */
/* See plain.h. The build leaves this file out of the instrumentation. */
#include "plain.h"

#include "kind.h"

static pthread_mutex_t inside_lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static int count;

int plain_acquire(void *lock)
{
    return lock_acquire((lock_type *)lock);
}

int plain_release(void *lock)
{
    return lock_release((lock_type *)lock);
}

int plain_try(void *lock)
{
    return lock_try((lock_type *)lock);
}

size_t plain_size(void)
{
    return sizeof(lock_type);
}

const void *plain_initial(void)
{
#ifdef LOCK_INITIALIZER
    static const lock_type initial = LOCK_INITIALIZER;

    return &initial;
#else
    return NULL;
#endif
}

void plain_semaphore_post(void)
{
    pthread_mutex_lock(&inside_lock);
    count++;
    pthread_cond_signal(&changed);
    pthread_mutex_unlock(&inside_lock);
}

void plain_semaphore_wait(void)
{
    pthread_mutex_lock(&inside_lock);
    while (count == 0) {
        pthread_cond_wait(&changed, &inside_lock);
    }
    count--;
    pthread_mutex_unlock(&inside_lock);
}
