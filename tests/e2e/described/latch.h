/* SPDX-License-Identifier: Apache-2.0 */
/* A library with opaque locks of its own, as its users see it. */
#ifndef LATCH_H
#define LATCH_H

struct latch;

int latch_create(struct latch **ret_latch, int flags);
struct latch *latch_new(void);
void latch_free(struct latch *latch);
int latch_enter(struct latch *latch);
int latch_try(struct latch *latch); /* true if it was entered */
void latch_leave(struct latch *latch);

#endif
