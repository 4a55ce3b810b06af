/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SHOP_STAFF_H
#define SHOP_STAFF_H

#include <pthread.h>

#include "orders.h"

/* What everybody who works in the shop shares. */
struct shop {
    unsigned seconds, clerks;
    struct order_queue *queue;
    pthread_mutex_t *till; /* guards `served` */
    unsigned long served;
};

struct clerk {
    struct shop *shop;
    unsigned number;
};

/* Thread functions; the argument is a struct clerk for the clerks, the shop for the others. */
void *clerk_work(void *clerk);
void *packer_work(void *shop);
void *decorator_work(void *shop);

/* Lines in the shop's diary so far. */
unsigned long diary_lines(void);

#endif
