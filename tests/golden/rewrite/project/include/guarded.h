#ifndef GUARDED_H
#define GUARDED_H
/* No include here: who uses these macros has <pthread.h>. */

#define WITH(object, statement) \
    do { \
        pthread_mutex_lock(&(object)->mutex); \
        statement; \
        pthread_mutex_unlock(&(object)->mutex); \
    } while (0)
#define ENTER(object) pthread_mutex_lock(&(object)->mutex)
#define LEAVE(object) (void)pthread_mutex_unlock(&(object)->mutex)

#endif
