/* The program makes a macro of a lock function's name, so the shim could not call the function: the text is expanded. */
/* expect: expanded */
#include <pthread.h>
#include <stdio.h>

static int locked;
#define pthread_mutex_lock(m) (locked++, pthread_mutex_lock(m))
#define pthread_mutex_unlock (locked--, pthread_mutex_unlock)

static pthread_mutex_t gate = PTHREAD_MUTEX_INITIALIZER;

int main(void)
{
    pthread_mutex_lock(&gate);
    printf("%d ", locked);
    pthread_mutex_unlock(&gate);
    printf("%d\n", locked);
    return 0;
}
