/* Lines that end in CR LF, a macro over several of them among others. */
#include <pthread.h>
#include <stdio.h>

#define BOTH(m) \
    do { \
        pthread_mutex_lock(m); \
        pthread_mutex_unlock(m); \
    } while (0)

static pthread_mutex_t gate =
    PTHREAD_MUTEX_INITIALIZER;

int main(void)
{
    BOTH(&gate);
    pthread_mutex_lock(
        &gate);
    printf("line %d\n", __LINE__);
    return pthread_mutex_unlock(&gate);
}
