/* flags: -Dconfigured_lock=my_lock -DNEW=my_new -include parts/renamed.h */
/* Macros that are only other names for the program's own lock functions: the call is written where they are used. */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

#define other_lock configured_lock
#define unlock() my_unlock
#define lock_of(x) my_lock
#define handed (&(fourth))
#define make(n) NEW

static void my_lock(pthread_mutex_t *m)
{
    pthread_mutex_lock(m);
}

static void my_unlock(pthread_mutex_t *m)
{
    pthread_mutex_unlock(m);
}

static pthread_mutex_t *my_new(void)
{
    pthread_mutex_t *m = malloc(sizeof *m);
    if (m == NULL) abort();
    pthread_mutex_init(m, NULL);
    return m;
}

static pthread_mutex_t first = PTHREAD_MUTEX_INITIALIZER, second = PTHREAD_MUTEX_INITIALIZER;
static pthread_mutex_t third = PTHREAD_MUTEX_INITIALIZER, fourth = PTHREAD_MUTEX_INITIALIZER;

int main(void)
{
    pthread_mutex_t *made = NEW(), *also = make(2)();
    configured_lock(&first);
    other_lock (&second);
    included_lock(&third);
    lock_of(&first)(handed);
    unlock()(&fourth);
    my_unlock(&third);
    my_unlock(&second);
    my_unlock(&first);
    configured_lock(made);
    my_unlock(made);
    other_lock(also);
    my_unlock(also);
    free(made);
    free(also);
    puts("done");
    return 0;
}
