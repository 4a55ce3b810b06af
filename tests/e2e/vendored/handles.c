/* SPDX-License-Identifier: Apache-2.0 */
#include "handles.h"

#include <pthread.h>
#include <stdlib.h>

struct apr_thread_mutex_t {
    void *pool;
    pthread_mutex_t mutex;
};

struct apr_global_mutex_t {
    apr_thread_mutex_t *inner;
};

/* Made and used while other locks are made. */
static pthread_mutex_t count_lock = PTHREAD_MUTEX_INITIALIZER; /* !CREATE! count_lock */
static unsigned count;

static void *allocate(size_t size)
{
    pthread_mutex_lock(&count_lock);
    count++;
    pthread_mutex_unlock(&count_lock);
    return calloc(1, size);
}

int apr_thread_mutex_create(apr_thread_mutex_t **mutex, unsigned flags, void *pool)
{
    apr_thread_mutex_t *made = allocate(sizeof *made);
    (void)flags;
    if (made == NULL) return 1;
    made->pool = pool;
    pthread_mutex_init(&made->mutex, NULL);
    *mutex = made;
    return 0;
}

int apr_thread_mutex_lock(apr_thread_mutex_t *mutex)
{
    return pthread_mutex_lock(&mutex->mutex);
}

int apr_thread_mutex_unlock(apr_thread_mutex_t *mutex)
{
    return pthread_mutex_unlock(&mutex->mutex);
}

int apr_thread_mutex_destroy(apr_thread_mutex_t *mutex)
{
    pthread_mutex_destroy(&mutex->mutex);
    free(mutex);
    return 0;
}

int apr_global_mutex_create(apr_global_mutex_t **mutex, const char *name, int how, void *pool)
{
    apr_global_mutex_t *made = allocate(sizeof *made);
    (void)name, (void)how;
    if (made == NULL) return 1;
    *mutex = made;
    return apr_thread_mutex_create(&made->inner, 0, pool);
}

int apr_global_mutex_lock(apr_global_mutex_t *mutex)
{
    return apr_thread_mutex_lock(mutex->inner);
}

int apr_global_mutex_unlock(apr_global_mutex_t *mutex)
{
    return apr_thread_mutex_unlock(mutex->inner);
}

int apr_global_mutex_destroy(apr_global_mutex_t *mutex)
{
    apr_thread_mutex_destroy(mutex->inner);
    free(mutex);
    return 0;
}

static void *alloc_lock(unsigned kind)
{
    pthread_mutex_t *lock = malloc(sizeof *lock);
    (void)kind;
    if (lock != NULL) pthread_mutex_init(lock, NULL); /* !CREATE! lock */
    return lock;
}

static void free_lock(void *lock, unsigned kind)
{
    (void)kind;
    pthread_mutex_destroy(lock);
    free(lock);
}

static int take_lock(unsigned mode, void *lock_)
{
    pthread_mutex_t *lock = lock_;
    (void)mode;
    return pthread_mutex_lock(lock);
}

static int leave_lock(unsigned mode, void *lock_)
{
    pthread_mutex_t *lock = lock_;
    (void)mode;
    return pthread_mutex_unlock(lock);
}

struct evthread_lock_callbacks callbacks = {1, alloc_lock, free_lock, take_lock, leave_lock};
