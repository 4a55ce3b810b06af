#include <pthread.h>

struct cell {
    int value;
    pthread_mutex_t lock;
};

extern struct cell cell;
extern int cell_enter(struct cell *c);
extern int cell_leave(struct cell *c);

#ifndef CELL_BODIES
extern __inline__ __attribute__((__gnu_inline__)) int cell_enter(struct cell *c)
{
    return pthread_mutex_lock(&c->lock);
}

extern __inline__ __attribute__((__gnu_inline__, __always_inline__)) int cell_leave(struct cell *c)
{
    return pthread_mutex_unlock(&c->lock);
}
#endif
