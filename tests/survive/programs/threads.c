/* SPDX-License-Identifier: Apache-2.0 */
/* Many threads, a few at a time, that leave their data behind; some take a lock in their last destructor. [HOW MANY] */
#include "survive.h"

#define AT_ONCE 50

static pthread_mutex_t shared = PTHREAD_MUTEX_INITIALIZER, at_end = PTHREAD_MUTEX_INITIALIZER;
static pthread_key_t key;

static void finish(void *value)
{
    (void)value;
    pthread_mutex_lock(&at_end);
    pthread_mutex_unlock(&at_end);
}

static void *work(void *number)
{
    pthread_mutex_lock(&shared);
    pthread_mutex_unlock(&shared);
    if ((size_t)number % 10 == 0)
        pthread_setspecific(key, &key);
    return NULL;
}

int main(int argc, char **argv)
{
    size_t count = argc > 1 ? (size_t)atol(argv[1]) : 10000;
    pthread_t threads[AT_ONCE];
    pthread_attr_t small;
    pthread_key_create(&key, finish);
    pthread_attr_init(&small);
    pthread_attr_setstacksize(&small, 16384); /* the least glibc allows */
    for (size_t i = 0; i < count; i += AT_ONCE) {
        for (size_t j = 0; j < AT_ONCE; j++)
            CHECK(pthread_create(&threads[j], &small, work, (void *)(i + j)) == 0);
        for (size_t j = 0; j < AT_ONCE; j++)
            pthread_join(threads[j], NULL);
    }
    SAY_ACQUIRES(shared, count);
    SAY_ACQUIRES(at_end, count / 10);
    return 0;
}
