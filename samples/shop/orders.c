/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Orders: their numbers, and the bounded queue in which they wait to be packed.
 */
#include "orders.h"

unsigned long order_number(void)
{
    static pthread_mutex_t number_lock = PTHREAD_MUTEX_INITIALIZER; /* !CREATE! number_lock */
    static unsigned long last;
    pthread_mutex_lock(&number_lock);
    unsigned long number = ++last;
    pthread_mutex_unlock(&number_lock);
    return number;
}

void queue_open(struct order_queue *queue)
{
    *queue = (struct order_queue){.closed = false};
    pthread_mutex_init(&queue->guard, NULL); /* !CREATE! guard */
    pthread_cond_init(&queue->filled, NULL);
    pthread_cond_init(&queue->emptied, NULL);
}

void queue_put(struct order_queue *queue, const struct order *order)
{
    pthread_mutex_lock(&queue->guard);
    while (queue->count == QUEUE_ROOM)
        pthread_cond_wait(&queue->emptied, &queue->guard);
    queue->ring[(queue->first + queue->count++) % QUEUE_ROOM] = *order;
    pthread_cond_signal(&queue->filled);
    pthread_mutex_unlock(&queue->guard);
}

bool queue_get(struct order_queue *queue, struct order *ret_order)
{
    pthread_mutex_lock(&queue->guard);
    while (queue->count == 0 && !queue->closed)
        pthread_cond_wait(&queue->filled, &queue->guard);
    bool found = queue->count > 0;
    if (found) {
        *ret_order = queue->ring[queue->first];
        queue->first = (queue->first + 1) % QUEUE_ROOM;
        queue->count--;
        pthread_cond_signal(&queue->emptied);
    }
    pthread_mutex_unlock(&queue->guard);
    return found;
}

void queue_shut(struct order_queue *queue)
{
    pthread_mutex_lock(&queue->guard);
    queue->closed = true;
    pthread_cond_broadcast(&queue->filled);
    pthread_mutex_unlock(&queue->guard);
}

void queue_close(struct order_queue *queue)
{
    pthread_cond_destroy(&queue->filled);
    pthread_cond_destroy(&queue->emptied);
    pthread_mutex_destroy(&queue->guard);
}
