/* SPDX-License-Identifier: Apache-2.0 */
/* Uses the handles: what makes them knows no names, so each lock must have the name of the variable that received it. */
#include "handles.h"

#include <stdio.h>

enum { TIMES = 10 };

struct base {
    int events;
    void *th_base_lock;
};

static apr_thread_mutex_t *orders, *stock;
static apr_global_mutex_t *both;

/* What receives it has no name; the macro has no site here. */
static void *slots[1];

static void **slot(void)
{
    return &slots[0];
}

static int fill_slot(void)
{
    ALLOC_LOCK(*slot(), 0);
    return slots[0] != NULL;
}

/* A parameter receives it. */
static void *lock_or_new(void *lock)
{
    if (lock == NULL) ALLOC_LOCK(lock, 0); /* !CREATE! lock */
    return lock;
}

int main(void)
{
    struct base base = {0};
    void *given = lock_or_new(NULL);
    void *local;
    if (apr_thread_mutex_create(&orders, 0, NULL) != 0) return 1; /* !CREATE! orders */
    if (apr_thread_mutex_create(&stock, 0, NULL) != 0) return 1;  /* !CREATE! stock */
    int failed = apr_global_mutex_create(&both, NULL, 0, NULL);   /* !CREATE! both */
    ALLOC_LOCK(base.th_base_lock, 0);                             /* !CREATE! th_base_lock */
    local = callbacks.alloc(1);                                   /* !CREATE! local */
    if (failed || !base.th_base_lock || !local || lock_or_new(given) != given || !fill_slot())
        return 1;
    for (int i = 0; i < TIMES; i++) {
        apr_thread_mutex_lock(orders);
        apr_thread_mutex_lock(stock);
        apr_thread_mutex_unlock(stock);
        apr_thread_mutex_unlock(orders);
        apr_global_mutex_lock(both);
        apr_global_mutex_unlock(both);
        callbacks.lock(0, base.th_base_lock);
        callbacks.unlock(0, base.th_base_lock);
        callbacks.lock(0, local);
        callbacks.unlock(0, local);
        callbacks.lock(0, given);
        callbacks.unlock(0, given);
    }
    callbacks.lock(0, slots[0]);
    callbacks.unlock(0, slots[0]);
    callbacks.free(slots[0], 0);
    callbacks.free(given, 0);
    callbacks.free(local, 0);
    callbacks.free(base.th_base_lock, 0);
    apr_global_mutex_destroy(both);
    apr_thread_mutex_destroy(stock);
    apr_thread_mutex_destroy(orders);
    puts("done");
    return 0;
}
