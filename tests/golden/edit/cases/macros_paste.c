/* The name of the function is pasted together with `##`: nothing in the text spells it, so the text is expanded. */
/* expect: expanded */
#include <pthread.h>

#define MUTEX(operation, m) pthread_mutex_##operation(m)

static pthread_mutex_t gate = PTHREAD_MUTEX_INITIALIZER;

int main(void)
{
    MUTEX(lock, &gate);
    return MUTEX(unlock, &gate);
}
