/* The program forbids the plain names once its own macros are defined; gcc would refuse them in inserted text as well. */
#include <pthread.h>

#define LOCK(m) pthread_mutex_lock(m)
#define UNLOCK(m) pthread_mutex_unlock(m)
#pragma GCC poison pthread_mutex_lock pthread_mutex_unlock

static pthread_mutex_t gate = PTHREAD_MUTEX_INITIALIZER;

int main(void)
{
    LOCK(&gate);
    return UNLOCK(&gate);
}
