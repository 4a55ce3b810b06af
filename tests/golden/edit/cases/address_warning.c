/* A macro that tests the address it is given: gcc says so, in the same words, and only where the program tests it. */
/* only: gcc */
#include <pthread.h>
#include <stdio.h>

#define LOCK_IF(m) ((m) != NULL ? pthread_mutex_lock(m) : -1)
#define UNLOCK(m) ((m) ? pthread_mutex_unlock(m) : -1)

static pthread_mutex_t gate = PTHREAD_MUTEX_INITIALIZER;

static int quiet(pthread_mutex_t *m)
{
    return LOCK_IF(m) + UNLOCK(m);
}

int main(void)
{
    printf("%d", LOCK_IF(&gate) + UNLOCK(&gate));
    printf(" %d\n", quiet(&gate) + quiet(NULL));
    return 0;
}
