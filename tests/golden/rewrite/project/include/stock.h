/* Shelves, and how to lock them. */
#ifndef STOCK_H
#define STOCK_H

#include <pthread.h>
#include "guarded.h"

struct stock {
    pthread_mutex_t mutex;
    long pieces;
#ifdef COUNTED
    pthread_mutex_t count_mutex;
    long count;
#endif
};

static inline void stock_add(struct stock *stock, long pieces)
{
    pthread_mutex_lock(&stock->mutex);
    stock->pieces += pieces;
    pthread_mutex_unlock(&stock->mutex);
}

/* Inline with external linkage: it may not name anything static. */
inline long stock_read(struct stock *stock)
{
    pthread_mutex_lock(&stock->mutex);
    long pieces = stock->pieces;
    pthread_mutex_unlock(&stock->mutex);
    return pieces;
}

#ifdef COUNTED
#define STOCK(name) stock_counted_##name
#else
#define STOCK(name) stock_plain_##name
#endif

void stock_plain_fill(void);
void stock_counted_fill(void);
long stock_plain_total(void);
long stock_counted_total(void);

#endif
