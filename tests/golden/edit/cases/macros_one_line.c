/* Two uses of one macro on a line, with different locks: the line cannot tell them apart, so the text is expanded. */
/* expect: expanded */
#include <pthread.h>

#define LOCK(m) pthread_mutex_lock(m)
#define UNLOCK(m) pthread_mutex_unlock(m)

static pthread_mutex_t first = PTHREAD_MUTEX_INITIALIZER, second = PTHREAD_MUTEX_INITIALIZER;

int main(void)
{
    LOCK(&first); LOCK(&second);
    return UNLOCK(&second) + UNLOCK(&first);
}
