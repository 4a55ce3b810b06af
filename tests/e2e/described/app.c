/* SPDX-License-Identifier: Apache-2.0 */
/* A program that uses the library's locks, described in .mutray, and locks that a comment or the file leaves alone. */
#include "latch.h"

#include <pthread.h>
#include <stdio.h>

struct shelf {
    struct latch *door;
    struct latch *lid;
    pthread_mutex_t lock; /* mutray:name shelf_lock */
};

static pthread_mutex_t quiet = PTHREAD_MUTEX_INITIALIZER; /* mutray:ignore */
static pthread_mutex_t noisy = PTHREAD_MUTEX_INITIALIZER;

static void use(struct shelf *shelf)
{
    for (int i = 0; i < 10; i++) {
        if (latch_enter(shelf->door) == 0) latch_leave(shelf->door);
        if (latch_try(shelf->lid)) latch_leave(shelf->lid);
        pthread_mutex_lock(&shelf->lock);
        pthread_mutex_lock(&quiet);
        pthread_mutex_lock(&noisy);
        pthread_mutex_unlock(&noisy);
        pthread_mutex_unlock(&quiet);
        pthread_mutex_unlock(&shelf->lock);
    }
}

int main(void)
{
    struct shelf shelf;
    if (latch_create(&shelf.door, 0) != 0) return 1; /* !CREATE! door */
    shelf.lid = latch_new();                         /* !CREATE! lid */
    pthread_mutex_init(&shelf.lock, NULL);           /* !CREATE! shelf_lock */
    use(&shelf);
    latch_free(shelf.door);
    latch_free(shelf.lid);
    pthread_mutex_destroy(&shelf.lock);
    puts("done");
    return 0;
}
