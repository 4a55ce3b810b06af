/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SHOP_CATALOGUE_H
#define SHOP_CATALOGUE_H

#define ITEMS 12

void catalogue_open(void);

/* The list price in cents. */
unsigned catalogue_price(unsigned item);

/* Notes a sale, for the list of best sellers. */
void catalogue_note_sale(unsigned item, unsigned count);

/* Sorts the list of best sellers. */
void catalogue_refresh(void);

/* The item sold most; among equals the first. */
unsigned catalogue_best_seller(void);

const char *catalogue_title(unsigned item);

#endif
