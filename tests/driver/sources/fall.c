#include <pthread.h>

pthread_mutex_t mutex;

int fall(int value)
{
    pthread_mutex_lock(&mutex);
    switch (value) {
    case 1:
        value++;
        /* fall through */
    case 2:
        value++;
    }
    pthread_mutex_unlock(&mutex);
    return value;
}
