#include <pthread.h>
#if __COUNTER__ == 0
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
#endif
int counter(void)
{
    return pthread_mutex_lock(&mutex) + __COUNTER__;
}
