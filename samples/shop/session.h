/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SHOP_SESSION_H
#define SHOP_SESSION_H

#include <pthread.h>

#define BASKET 4

struct line {
    unsigned item, count;
};

/* A customer in the shop. */
struct session {
    pthread_mutex_t mutex; /* recursive: session_add() may be called with the session locked */
    unsigned customer, line_count;
    struct line basket[BASKET];
};

void session_open(struct session *session);
void session_begin(struct session *session, unsigned customer);
void session_add(struct session *session, unsigned item, unsigned count);

/* Adds one piece of each of the first `kinds` items from `first` on, all or none as others see it. */
void session_add_set(struct session *session, unsigned first, unsigned kinds);

void session_close(struct session *session);

#endif
