/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SHOP_LEDGER_H
#define SHOP_LEDGER_H

#include <pthread.h>

/* Held by whoever looks into the ledger, also from outside. */
extern pthread_mutex_t ledger_lock;

struct ledger {
    unsigned long entries, pieces, cents;
};
extern struct ledger ledger;

void ledger_post(unsigned pieces, unsigned cents);

#endif
