/* SPDX-License-Identifier: Apache-2.0 */
/* Locks from before main until after exit, and the ways to leave. Usage: life return|exit|quick_exit|pthread_exit. */
#include "survive.h"

static pthread_mutex_t early = PTHREAD_MUTEX_INITIALIZER, late = PTHREAD_MUTEX_INITIALIZER,
                       handled = PTHREAD_MUTEX_INITIALIZER, working = PTHREAD_MUTEX_INITIALIZER;

static void use(pthread_mutex_t *lock)
{
    CHECK(pthread_mutex_lock(lock) == 0);
    CHECK(pthread_mutex_unlock(lock) == 0);
}

__attribute__((constructor(101))) static void first(void)
{
    use(&early);
}

__attribute__((destructor(101))) static void last(void)
{
    use(&late);
}

static void at_exit(void)
{
    use(&handled);
}

static void *work(void *unused)
{
    use(&working);
    return unused;
}

int main(int argc, char **argv)
{
    const char *way = argc > 1 ? argv[1] : "return";
    pthread_t thread;
    atexit(at_exit);
    at_quick_exit(at_exit);
    CHECK(pthread_create(&thread, NULL, work, NULL) == 0);
    pthread_join(thread, NULL);
    use(&working);
    SAY_ACQUIRES(working, 2);
    SAY_ACQUIRES(handled, 1);
    fflush(stdout);
    if (strcmp(way, "exit") == 0)
        exit(0);
    if (strcmp(way, "quick_exit") == 0)
        quick_exit(0);
    if (strcmp(way, "pthread_exit") == 0)
        pthread_exit(NULL);
    return 0;
}
