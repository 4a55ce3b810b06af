/* `__COUNTER__` in a directive, which gcc's preprocessor refuses to leave unexpanded. */
/* expect: expanded */
#include <pthread.h>

#if __COUNTER__ == 0
static pthread_mutex_t gate = PTHREAD_MUTEX_INITIALIZER;
#endif

int main(void)
{
    pthread_mutex_lock(&gate);
    return pthread_mutex_unlock(&gate) + __COUNTER__ - 1;
}
