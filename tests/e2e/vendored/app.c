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

int main(void)
{
    struct base base = {0};
    void *local;
    if (apr_thread_mutex_create(&orders, 0, NULL) != 0) return 1; /* !CREATE! orders */
    if (apr_thread_mutex_create(&stock, 0, NULL) != 0) return 1;  /* !CREATE! stock */
    int failed = apr_global_mutex_create(&both, NULL, 0, NULL);   /* !CREATE! both */
    ALLOC_LOCK(base.th_base_lock, 0);                             /* !CREATE! th_base_lock */
    local = callbacks.alloc(1);                                   /* !CREATE! local */
    if (failed || !base.th_base_lock || !local) return 1;
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
    }
    callbacks.free(local, 0);
    callbacks.free(base.th_base_lock, 0);
    apr_global_mutex_destroy(both);
    apr_thread_mutex_destroy(stock);
    apr_thread_mutex_destroy(orders);
    puts("done");
    return 0;
}
