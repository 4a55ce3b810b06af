#include <pthread.h>
#include <stdio.h>

#include "sub/inline.h"

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;

#define LOCK() pthread_mutex_lock(&mutex)

int lock_and_count(int by)
{
    static int count;
    LOCK();
    count += by;
    pthread_mutex_unlock(&mutex);
    return guarded(count);
}
