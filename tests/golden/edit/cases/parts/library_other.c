#include <pthread.h>

int uv_mutex_init(pthread_mutex_t *mutex);
void uv_mutex_lock(pthread_mutex_t *mutex);
void uv_mutex_unlock(pthread_mutex_t *mutex);

int uv_mutex_init(pthread_mutex_t *mutex)
{
    return pthread_mutex_init(mutex, NULL);
}

void uv_mutex_lock(pthread_mutex_t *mutex)
{
    pthread_mutex_lock(mutex);
}

void uv_mutex_unlock(pthread_mutex_t *mutex)
{
    pthread_mutex_unlock(mutex);
}
