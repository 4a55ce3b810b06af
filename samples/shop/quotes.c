/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A cache of prices by item and class of customer, in stripes with a lock each. A missing price is computed with its
 * stripe locked, so that no two threads compute the same one.
 */
#include "quotes.h"

#include <pthread.h>

#include "catalogue.h"
#include "work.h"

#define STRIPES 8

static unsigned cents_of[ITEMS][CUSTOMER_CLASSES];
static unsigned long computed[STRIPES];
static pthread_mutex_t stripes[STRIPES];

void quotes_open(void)
{
    for (unsigned i = 0; i < STRIPES; i++)
        pthread_mutex_init(&stripes[i], NULL); /* !CREATE! stripes many */
}

static unsigned compute_quote(unsigned item, unsigned customer_class)
{
    unsigned list_price = catalogue_price(item);
    unsigned discount = (unsigned)(compute(item * CUSTOMER_CLASSES + customer_class, 100000) >> 40) % 15;
    return list_price - list_price * discount / 100;
}

unsigned quote(unsigned item, unsigned customer_class)
{
    unsigned stripe = (item + customer_class) % STRIPES;
    unsigned *cents = &cents_of[item][customer_class];
    pthread_mutex_lock(&stripes[stripe]);
    if (*cents == 0) {
        *cents = compute_quote(item, customer_class);
        computed[stripe]++;
    }
    unsigned result = *cents;
    pthread_mutex_unlock(&stripes[stripe]);
    return result;
}

unsigned long quotes_computed(void)
{
    unsigned long sum = 0;
    for (unsigned i = 0; i < STRIPES; i++) {
        pthread_mutex_lock(&stripes[i]);
        sum += computed[i];
        pthread_mutex_unlock(&stripes[i]);
    }
    return sum;
}
