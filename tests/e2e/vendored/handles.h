/* SPDX-License-Identifier: Apache-2.0 */
/* Parts of two libraries that mutray ships descriptions of, in a program's own sources: opaque handles, and void pointers. */
#ifndef HANDLES_H
#define HANDLES_H

typedef struct apr_thread_mutex_t apr_thread_mutex_t;
typedef struct apr_global_mutex_t apr_global_mutex_t;

int apr_thread_mutex_create(apr_thread_mutex_t **mutex, unsigned flags, void *pool);
int apr_thread_mutex_lock(apr_thread_mutex_t *mutex);
int apr_thread_mutex_unlock(apr_thread_mutex_t *mutex);
int apr_thread_mutex_destroy(apr_thread_mutex_t *mutex);

/* One lock in another. */
int apr_global_mutex_create(apr_global_mutex_t **mutex, const char *name, int how, void *pool);
int apr_global_mutex_lock(apr_global_mutex_t *mutex);
int apr_global_mutex_unlock(apr_global_mutex_t *mutex);
int apr_global_mutex_destroy(apr_global_mutex_t *mutex);

struct evthread_lock_callbacks {
    int version;
    void *(*alloc)(unsigned kind);
    void (*free)(void *lock, unsigned kind);
    int (*lock)(unsigned mode, void *lock);
    int (*unlock)(unsigned mode, void *lock);
};
extern struct evthread_lock_callbacks callbacks;

#define ALLOC_LOCK(variable, kind) ((variable) = callbacks.alloc ? callbacks.alloc(kind) : 0)

#endif
