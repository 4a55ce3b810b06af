/* Lock functions as values: tables, pointers, arguments, comparisons, tests of presence, addresses that are kept. */
/* flags: -Wno-address */
#include <pthread.h>
#include <stdio.h>

struct operations {
    int (*pthread_mutex_lock)(pthread_mutex_t *);
    int (*unlock)(pthread_mutex_t *);
};

static const struct operations operations = {pthread_mutex_lock, .unlock = &pthread_mutex_unlock};
static int (*const table[])(pthread_mutex_t *) = {pthread_mutex_lock, pthread_mutex_unlock};
static int (*chosen)(pthread_mutex_t *) = pthread_mutex_trylock;
static pthread_mutex_t gate = PTHREAD_MUTEX_INITIALIZER;

static int apply(int (*function)(pthread_mutex_t *), pthread_mutex_t *mutex)
{
    return function(mutex);
}

int main(void)
{
    int (*local)(pthread_mutex_t *) = pthread_mutex_unlock;
    int e = operations.pthread_mutex_lock(&gate) + operations.unlock(&gate);
    e += table[0](&gate) + (*table[1])(&gate) + chosen(&gate) + local(&gate);
    e += apply(pthread_mutex_lock, &gate) + apply(&pthread_mutex_unlock, &gate);
    if (&pthread_mutex_lock != NULL && pthread_mutex_unlock != NULL) e += 2;
    printf("%d %d %d\n", e, chosen == pthread_mutex_trylock, table[0] == operations.pthread_mutex_lock);
    return 0;
}
