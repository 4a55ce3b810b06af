/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SHOP_QUOTES_H
#define SHOP_QUOTES_H

#define CUSTOMER_CLASSES 64

void quotes_open(void);

/* What an item costs a class of customers, in cents. */
unsigned quote(unsigned item, unsigned customer_class);

/* How many quotes had to be computed. */
unsigned long quotes_computed(void);

#endif
