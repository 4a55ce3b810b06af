#include <pthread.h>

pthread_mutex_t mutex;

int error(int value)
{
    pthread_mutex_lock(&mutex)
    value += unknown;
    return value;
}
