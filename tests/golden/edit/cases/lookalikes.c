/* What only looks like the API: locals and parameters of its names, members, labels, tags, strings, other functions. */
/* flags: -Wno-shadow */
/* also: -std=c99 -D_XOPEN_SOURCE=700 -Wno-shadow */
#include <pthread.h>
#include <stdio.h>

struct pthread_mutex_lock {
    int (*pthread_mutex_unlock)(pthread_mutex_t *);
    int pthread_mutex_lock;
};

static pthread_mutex_t gate = PTHREAD_MUTEX_INITIALIZER;

static int my_pthread_mutex_lock(pthread_mutex_t *mutex)
{
    return mutex == &gate;
}

static int parameter(int (*pthread_mutex_lock)(pthread_mutex_t *), int pthread_mutex_unlock)
{
    return pthread_mutex_lock(&gate) + pthread_mutex_unlock;
}

static int local(void)
{
    int (*pthread_mutex_trylock)(pthread_mutex_t *) = my_pthread_mutex_lock;
    struct pthread_mutex_lock record = {my_pthread_mutex_lock, 4};
    struct pthread_mutex_lock *pointer = &record;
    if (pointer->pthread_mutex_lock == 4) goto pthread_mutex_lock;
    return 0;
pthread_mutex_lock:
    /* pthread_mutex_lock(&gate); */ // pthread_mutex_unlock(&gate);
    puts("pthread_mutex_lock(&gate);");
    return pthread_mutex_trylock(&gate) + record.pthread_mutex_unlock(&gate) + pointer->pthread_mutex_unlock(&gate);
}

int main(void)
{
    enum { mtx_lock = 3 };
    int e = pthread_mutex_lock(&gate) + pthread_mutex_unlock(&gate);
    printf("%d %d %d %d\n", e, parameter(my_pthread_mutex_lock, 5), local(), mtx_lock);
    return 0;
}
