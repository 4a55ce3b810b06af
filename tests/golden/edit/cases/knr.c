/* Old C: K&R definitions, implicit int, implicit declarations, old designators, no prototypes. */
/* flags: -std=gnu89 -Wno-implicit-int -Wno-implicit-function-declaration -Wno-pedantic -Wno-deprecated-non-prototype */
/* only: gcc */
#include <pthread.h>
#include <stdio.h>

static pthread_mutex_t gate = PTHREAD_MUTEX_INITIALIZER;

static enter(mutex, times)
    pthread_mutex_t *mutex;
{
    while (times-- > 0) pthread_mutex_lock(mutex);
    return times;
}

static
leave(mutex)
    register pthread_mutex_t *mutex;
{
    return pthread_mutex_unlock(mutex);
}

main()
{
    auto count = enter(&gate, 1);
    later(&gate);
    printf("%d\n", count);
    return leave(&gate);
}

later(mutex)
    pthread_mutex_t *mutex;
{
    pthread_mutex_unlock(mutex);
    return pthread_mutex_lock(mutex);
}
