/* A project's header of lock macros and inline functions. */
#ifndef WRAP_H
#define WRAP_H

#include <pthread.h>

#define WRAP_LOCK(w) pthread_mutex_lock(&(w)->mutex)
#define WRAP_UNLOCK(w) pthread_mutex_unlock(&(w)->mutex)

struct wrap {
    pthread_mutex_t mutex;
};

static inline int wrap_init(struct wrap *wrap)
{
    return pthread_mutex_init(&wrap->mutex, NULL);
}

static inline void wrap_lock(struct wrap *wrap)
{
    WRAP_LOCK(wrap);
}

static inline void wrap_unlock(struct wrap *wrap)
{
    pthread_mutex_unlock(&wrap->mutex);
}

#endif
