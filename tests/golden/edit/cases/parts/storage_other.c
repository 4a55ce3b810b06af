/* The other unit of storage.c, with a static lock of the same name. */
#include "storage.h"

pthread_mutex_t elsewhere = PTHREAD_MUTEX_INITIALIZER, elsewhere_all[2];
static pthread_mutex_t hidden;

int other(void)
{
    pthread_mutex_lock(&shared);
    pthread_mutex_lock(&hidden);
    return pthread_mutex_unlock(&hidden) + pthread_mutex_unlock(&shared);
}
