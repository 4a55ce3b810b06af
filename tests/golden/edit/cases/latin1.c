/* Latin-1 in comments and strings: ça marche aussi. */
/* only: gcc */
#include <pthread.h>
#include <stdio.h>

static pthread_mutex_t gate = PTHREAD_MUTEX_INITIALIZER; /* clé */

int main(void)
{
    /* éè */ pthread_mutex_lock(&gate); puts("été");
    return pthread_mutex_unlock(&gate);
}
