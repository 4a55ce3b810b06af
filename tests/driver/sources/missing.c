#include <pthread.h>
#include "no-such-header.h"
int missing(pthread_mutex_t *m) { return pthread_mutex_lock(m); }
