/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The warehouse: one lock for each shelf, so that different items do not wait for each other, and one for the dock
 * where deliveries arrive. The shop's first mistake is here: the supplier is called with the shelf locked.
 */
#include "inventory.h"

#include <pthread.h>
#include <stdlib.h>

#include "catalogue.h"
#include "work.h"

enum { FULL = 60, LOW = 10, DELIVERY = 40 };

struct shelf {
    pthread_mutex_t lock;
    unsigned pieces;
};

static struct {
    struct shelf *shelves;
    struct {
        pthread_mutex_t gate;
        unsigned long deliveries;
    } dock;
} warehouse = {.dock.gate = PTHREAD_MUTEX_INITIALIZER}; /* !CREATE! gate */

int inventory_open(void)
{
    warehouse.shelves = calloc(ITEMS, sizeof *warehouse.shelves);
    if (warehouse.shelves == NULL) return -1;
    for (struct shelf *shelf = warehouse.shelves; shelf < warehouse.shelves + ITEMS; shelf++) {
        pthread_mutex_init(&shelf->lock, NULL); /* !CREATE! lock many */
        shelf->pieces = FULL;
    }
    return 0;
}

static unsigned receive_delivery(void)
{
    pthread_mutex_lock(&warehouse.dock.gate);
    warehouse.dock.deliveries++;
    wait_for_device(400);
    pthread_mutex_unlock(&warehouse.dock.gate);
    return DELIVERY;
}

void inventory_take(unsigned item, unsigned count)
{
    struct shelf *shelf = &warehouse.shelves[item];
    pthread_mutex_lock(&shelf->lock);
    shelf->pieces -= count;
    while (shelf->pieces < LOW)
        shelf->pieces += receive_delivery();
    pthread_mutex_unlock(&shelf->lock);
}

unsigned long inventory_deliveries(void)
{
    pthread_mutex_lock(&warehouse.dock.gate);
    unsigned long deliveries = warehouse.dock.deliveries;
    pthread_mutex_unlock(&warehouse.dock.gate);
    return deliveries;
}

void inventory_close(void)
{
    for (unsigned i = 0; i < ITEMS; i++)
        pthread_mutex_destroy(&warehouse.shelves[i].lock);
    free(warehouse.shelves);
}
