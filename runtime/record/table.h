/* SPDX-License-Identifier: Apache-2.0 */
/* A thread's table: what happened, aggregated; see table.c. */
#ifndef MUTRAY_TABLE_H
#define MUTRAY_TABLE_H

#include <stdbool.h>
#include <stdint.h>

enum mutray__mode { MUTRAY__MODE_NONE, MUTRAY__MODE_READ, MUTRAY__MODE_WRITE };

/* What makes an entry one of its own. References are those of the arenas, 0 for none. */
struct mutray__entry_key {
    uint32_t site, name, stack, holder_site, holder_tid;
    uint16_t stack_generation;
    uint8_t bucket;        /* 1 + log2 of the nanoseconds, 0 for none */
    uint8_t mode : 2;      /* enum mutray__mode */
    uint8_t release : 1;   /* an acquire otherwise */
    uint8_t contended : 1;
    uint8_t zero : 4;
};

struct mutray__entry {
    struct mutray__entry_key key;
    double count, time;
};

struct mutray__table {
    uint32_t capacity, used;
    struct mutray__entry entries[];
};

enum mutray__table_result { MUTRAY__TABLE_ADDED, MUTRAY__TABLE_FOLDED, MUTRAY__TABLE_FULL };

struct mutray__table *mutray__table_new(uint32_t capacity);
/* Adds to the entry of the key. Folds events into a stackless entry when the table has no room for another stack. */
enum mutray__table_result mutray__table_add(struct mutray__table *table, const struct mutray__entry_key *key,
                                            double count, double time);
/* Whether a larger table should take its place before more is added; and that larger copy, null if there is no room. */
bool mutray__table_wants_growth(const struct mutray__table *table);
struct mutray__table *mutray__table_grown(const struct mutray__table *table);

#define MUTRAY__TABLE_FIRST 32u
#define MUTRAY__TABLE_LARGEST 4096u

#endif
