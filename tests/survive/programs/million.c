/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A million mutexes that exist at once, made by two init calls, so that only a mutex's address tells where it was made.
 * That is more than is remembered: the surplus must be counted, and what has a name must have the right one.
 */
#include "survive.h"

#define MANY 1000000

struct box {
    pthread_mutex_t lock;
};

int main(void)
{
    struct box *boxes = calloc(MANY, sizeof *boxes);
    CHECK(boxes != NULL);
    for (int i = 0; i < MANY; i++)
        if (i % 2 == 0)
            CHECK(pthread_mutex_init(&boxes[i].lock, NULL) == 0); /* even */
        else
            CHECK(pthread_mutex_init(&boxes[i].lock, NULL) == 0); /* odd */
    for (int i = 0; i < MANY; i += 100) {
        pthread_mutex_lock(&boxes[i].lock);
        pthread_mutex_unlock(&boxes[i].lock);
    }
    for (int i = 0; i < MANY; i++)
        CHECK(pthread_mutex_destroy(&boxes[i].lock) == 0);
    /* Once they are gone there is room again. */
    for (int i = 0; i < 100; i++) {
        CHECK(pthread_mutex_init(&boxes[i].lock, NULL) == 0); /* again */
        pthread_mutex_lock(&boxes[i].lock);
        pthread_mutex_unlock(&boxes[i].lock);
    }
    SAY_ACQUIRES(lock, MANY / 100 + 100);
    return 0;
}
