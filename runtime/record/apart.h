/* SPDX-License-Identifier: Apache-2.0 */
/* Events that are kept one by one: those of the timeline, and those inside a span; see apart.c. */
#ifndef MUTRAY_APART_H
#define MUTRAY_APART_H

#include "table.h"

/* What a tracer says the thread is working on. No id: nothing, and then no root either. */
struct mutray__span {
    uint64_t id, root;
};

struct mutray__apart_event {
    struct mutray__entry_key key;
    double count, time;
    uint64_t end; /* in ticks; 0 without a timeline */
    struct mutray__span span;
};

/* A block of the pool; the newest is first. 4 KiB, but for the pool's header and a little. */
#define MUTRAY__APART_BLOCK 4064
struct mutray__apart {
    struct mutray__apart *next;
    uint32_t used;
    struct mutray__apart_event events[];
};

/* How many blocks all threads together may have, for a memory budget. Before recording starts. */
void mutray__apart_open(size_t memory_bytes);
/*
 * Keeps an event with the table, so that a drain takes both. An event of the same span and key that is there already is
 * added to, unless each has its own time. False: there is no room.
 */
bool mutray__apart_keep(struct mutray__table *table, const struct mutray__apart_event *event);
/* Turns the blocks round, so that the oldest is first. */
struct mutray__apart *mutray__apart_in_order(struct mutray__apart *newest);
/* Gives blocks back. */
void mutray__apart_free(struct mutray__apart *block);
/* In a forked child, whose pool is as new. */
void mutray__apart_after_fork(void);

#endif
