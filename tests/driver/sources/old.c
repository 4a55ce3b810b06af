#include <pthread.h>
pthread_mutex_t mutex;
int old(value)
    int value;
{
    pthread_mutex_lock(&mutex); // a comment even in C90 with extensions
    return value;
}
