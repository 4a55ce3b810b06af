#include <pthread.h>

pthread_mutex_t mutex;

int warn(int value, int unused)
{
    int never;
    pthread_mutex_lock(&mutex);
    switch (value) {
    case 1: value++; /* fall through */
    case 2: value++;
    case 3: break;
    }
    pthread_mutex_unlock(&mutex);
    return value == 77 ? never : value;
}
