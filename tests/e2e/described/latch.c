/* SPDX-License-Identifier: Apache-2.0 */
/* The library, built without mutray. */
#include "latch.h"

#include <pthread.h>
#include <stdlib.h>

struct latch {
    pthread_mutex_t inside;
};

int latch_create(struct latch **ret_latch, int flags)
{
    (void)flags;
    *ret_latch = latch_new();
    return *ret_latch == NULL;
}

struct latch *latch_new(void)
{
    struct latch *latch = malloc(sizeof *latch);
    if (latch != NULL) pthread_mutex_init(&latch->inside, NULL);
    return latch;
}

void latch_free(struct latch *latch)
{
    pthread_mutex_destroy(&latch->inside);
    free(latch);
}

int latch_enter(struct latch *latch)
{
    return pthread_mutex_lock(&latch->inside);
}

int latch_try(struct latch *latch)
{
    return pthread_mutex_trylock(&latch->inside) == 0;
}

void latch_leave(struct latch *latch)
{
    pthread_mutex_unlock(&latch->inside);
}
