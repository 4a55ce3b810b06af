#ifndef INLINE_H
#define INLINE_H
static inline int guarded(int value)
{
    static pthread_mutex_t inner = PTHREAD_MUTEX_INITIALIZER;
    pthread_mutex_lock(&inner);
    value++;
    pthread_mutex_unlock(&inner);
    return value;
}
#endif
