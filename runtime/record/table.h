/* SPDX-License-Identifier: Apache-2.0 */
/* A thread's table: what happened, aggregated; see table.c. */
#ifndef MUTRAY_TABLE_H
#define MUTRAY_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum mutray__mode { MUTRAY__MODE_NONE, MUTRAY__MODE_READ, MUTRAY__MODE_WRITE };

/*
 * What makes an entry one of its own, packed into words, which are hashed and compared faster than members. References
 * are those of the arenas, 0 for none.
 */
struct mutray__entry_key {
    uint64_t lock;  /* site, name << 32; never 0 */
    uint64_t stack; /* stack, the holder's site << 32 */
    uint64_t event; /* the holder's tid, the stack's generation << 32, the rest as below */
};
#define MUTRAY__EVENT_GENERATION 32
#define MUTRAY__EVENT_BUCKET 48 /* 1 + log2 of the nanoseconds, 0 for none: 7 bits */
#define MUTRAY__EVENT_MODE 56   /* enum mutray__mode: 2 bits */
#define MUTRAY__EVENT_IS_RELEASE ((uint64_t)1 << 58) /* an acquire otherwise */
#define MUTRAY__EVENT_IS_CONTENDED ((uint64_t)1 << 59)

/* Two references in one word. */
static inline uint64_t mutray__pair(uint32_t low, uint32_t high)
{
    return low | (uint64_t)high << 32;
}

struct mutray__entry {
    struct mutray__entry_key key;
    double count, time;
};

struct mutray__table {
    struct mutray__apart *apart; /* what is not added up, see apart.c */
    uint32_t capacity, used, growing_at, unused; /* how many used entries make it want to grow */
    struct mutray__entry entries[];
};

enum mutray__table_result { MUTRAY__TABLE_ADDED, MUTRAY__TABLE_FOLDED, MUTRAY__TABLE_FULL };

struct mutray__table *mutray__table_new(uint32_t capacity);
/* Adds to the entry of the key. Folds events into a stackless entry when the table has no room for another stack. */
enum mutray__table_result mutray__table_add(struct mutray__table *table, const struct mutray__entry_key *key,
                                            double count, double time);
/* A larger copy, null if there is no room. */
struct mutray__table *mutray__table_grown(const struct mutray__table *table);

/* Forgets all that is in it. */
void mutray__table_clear(struct mutray__table *table);

#define MUTRAY__TABLE_FIRST 8u
#define MUTRAY__TABLE_LARGEST 4096u
#define MUTRAY__TABLE_NEAR 4u
#define MUTRAY__TABLE_PROBES 32u /* a search goes no further, so that a full table costs no more than that */

static inline bool mutray__entry_is_free(const struct mutray__entry *entry)
{
    return entry->key.lock == 0;
}

static inline bool mutray__key_is(const struct mutray__entry_key *key, const struct mutray__entry_key *other)
{
    return key->lock == other->lock && key->stack == other->stack && key->event == other->event;
}

/* Where to look first; the entries behind are next. */
static inline uint32_t mutray__key_hash(const struct mutray__entry_key *key)
{
    uint64_t hash = (key->lock * 0x9fb21c651e98df25 ^ key->stack) * 0x9e3779b97f4a7c15 ^ key->event >> 32 ^ key->event;
    return (uint32_t)(hash * 0xd6e8feb86659fd93 >> 32);
}

/* The key's entry, if it is among the first places where it is looked for; null if not. */
static inline struct mutray__entry *mutray__table_near(struct mutray__table *table, const struct mutray__entry_key *key)
{
    uint32_t mask = table->capacity - 1, at = mutray__key_hash(key);
    for (uint32_t end = at + MUTRAY__TABLE_NEAR; at != end; at++) {
        struct mutray__entry *entry = &table->entries[at & mask];
        if (__builtin_expect(mutray__key_is(&entry->key, key), 1))
            return entry;
    }
    return NULL;
}

/* The key's entry, or the free slot where it belongs; null if neither is among the first `probes` places. */
static inline struct mutray__entry *mutray__table_search(struct mutray__table *table,
                                                         const struct mutray__entry_key *key, uint32_t probes)
{
    uint32_t mask = table->capacity - 1, at = mutray__key_hash(key);
    for (uint32_t i = 0; i < probes && i <= mask; i++) {
        struct mutray__entry *entry = &table->entries[(at + i) & mask];
        if (mutray__key_is(&entry->key, key))
            return entry;
        if (mutray__entry_is_free(entry))
            return entry;
    }
    return NULL;
}

static inline struct mutray__entry *mutray__table_find(struct mutray__table *table, const struct mutray__entry_key *key)
{
    return mutray__table_search(table, key, MUTRAY__TABLE_PROBES);
}

/* Whether a larger table should take its place before something is added to it. */
static inline bool mutray__table_wants_growth(struct mutray__table *table, const struct mutray__entry_key *key)
{
    return table->used >= table->growing_at ||
           (table->capacity < MUTRAY__TABLE_LARGEST && mutray__table_find(table, key) == NULL);
}

#endif
