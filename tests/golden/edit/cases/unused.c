/* Warnings that the original earns: unused locks, variables, functions. The edited text must not hide them. */
#include <pthread.h>

static pthread_mutex_t never = PTHREAD_MUTEX_INITIALIZER;
static pthread_mutex_t lonely[4];
static pthread_mutex_t gate = PTHREAD_MUTEX_INITIALIZER;
static struct {
    int a;
    pthread_mutex_t m;
} forgotten = {0, PTHREAD_MUTEX_INITIALIZER};
static pthread_mutex_t measured = PTHREAD_MUTEX_INITIALIZER;

static int useless(void)
{
    return pthread_mutex_lock(&gate);
}

int main(void)
{
    int e;
    pthread_mutex_t local = PTHREAD_MUTEX_INITIALIZER;
    static pthread_mutex_t inner = PTHREAD_MUTEX_INITIALIZER;
    pthread_mutex_lock(&gate);
    pthread_mutex_unlock(&gate);
    return sizeof measured == 0;
}
