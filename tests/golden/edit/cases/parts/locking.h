#define LEAVE(m) pthread_mutex_unlock(m)
