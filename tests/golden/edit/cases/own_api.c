/* A project that defines functions of the API itself: its calls go to those, and stay as they are. */
/* flags: -Wno-redundant-decls */
#include <pthread.h>
#include <stdio.h>

static pthread_mutex_t gate = PTHREAD_MUTEX_INITIALIZER;
static int calls;

int pthread_mutex_lock(pthread_mutex_t *mutex)
{
    calls += mutex == &gate;
    return 0;
}

int pthread_mutex_unlock(pthread_mutex_t *mutex)
{
    calls += mutex == &gate;
    return 0;
}

int main(void)
{
    pthread_mutex_lock(&gate);
    pthread_mutex_unlock(&gate);
    pthread_mutex_lock(&gate);
    pthread_mutex_unlock(&gate);
    pthread_mutex_trylock(&gate);
    return calls != 4;
}
