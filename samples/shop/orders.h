/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SHOP_ORDERS_H
#define SHOP_ORDERS_H

#include <pthread.h>
#include <stdbool.h>

#include "session.h"

struct order {
    unsigned long number;
    unsigned cents, line_count;
    struct line lines[BASKET];
};

#define QUEUE_ROOM 16

/* Orders on their way from the clerks to the packers. */
struct order_queue {
    pthread_mutex_t guard;
    pthread_cond_t filled, emptied;
    struct order ring[QUEUE_ROOM];
    unsigned first, count;
    bool closed;
};

/* The next free number; numbers begin at 1. */
unsigned long order_number(void);

void queue_open(struct order_queue *queue);
void queue_put(struct order_queue *queue, const struct order *order);

/* Waits for an order; false when the queue was closed and is empty. */
bool queue_get(struct order_queue *queue, struct order *ret_order);

void queue_shut(struct order_queue *queue);
void queue_close(struct order_queue *queue);

#endif
