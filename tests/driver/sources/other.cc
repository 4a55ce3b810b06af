#include <pthread.h>
int other(pthread_mutex_t *mutex) { return pthread_mutex_lock(mutex); }
