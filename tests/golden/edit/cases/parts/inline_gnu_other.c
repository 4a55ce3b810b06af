/* The bodies for inline_gnu.c, should the compiler not want to put them inline. */
#define CELL_BODIES
#include "inline_gnu.h"

struct cell cell = {0, PTHREAD_MUTEX_INITIALIZER};

int cell_enter(struct cell *c)
{
    return pthread_mutex_lock(&c->lock);
}

int cell_leave(struct cell *c)
{
    return pthread_mutex_unlock(&c->lock);
}
