#include <pthread.h>

struct chain {
    int links;
    pthread_mutex_t lock;
};

static inline int chain_lock(struct chain *c)
{
    return pthread_mutex_lock(&c->lock);
}
