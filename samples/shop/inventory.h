/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SHOP_INVENTORY_H
#define SHOP_INVENTORY_H

/* 0, or -1 if there is no memory for the shelves. */
int inventory_open(void);

/* Takes pieces of an item off its shelf, and has the shelf filled up when it runs low. */
void inventory_take(unsigned item, unsigned count);

/* Deliveries ordered so far. */
unsigned long inventory_deliveries(void);

void inventory_close(void);

#endif
