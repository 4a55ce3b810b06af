#include <pthread.h>
pthread_mutex_t mutex;
const char *base(void)
{
    pthread_mutex_lock(&mutex);
    return __BASE_FILE__;
}
