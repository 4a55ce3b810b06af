/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A thread adds up its events in a table of its own: no sharing, no waiting, and a burst of events at one place is one
 * entry. The table is open addressing, begins small, and grows up to a limit with the memory budget's consent. At the
 * limit, events are folded: they lose their stack but still count for their place and lock, so that totals stay right.
 * The last eighth is kept for such entries.
 */
#include "table.h"

#include "memory.h"
#include "set.h"

#include <string.h>

struct mutray__table *mutray__table_new(uint32_t capacity)
{
    struct mutray__table *table = mutray__pool_get(sizeof *table + capacity * sizeof *table->entries);
    if (table != NULL)
        table->capacity = capacity;
    return table;
}

static uint64_t hash_key(const struct mutray__entry_key *key)
{
    uint64_t words[sizeof *key / 8], hash = 0;
    _Static_assert(sizeof *key % 8 == 0, "hashed by words");
    memcpy(words, key, sizeof *key);
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        hash = mutray__hash_number(hash, words[i]);
    return hash;
}

/* The key's entry, or the free slot where it belongs; null if neither is there. */
static struct mutray__entry *find(struct mutray__table *table, const struct mutray__entry_key *key)
{
    uint32_t mask = table->capacity - 1, at = (uint32_t)hash_key(key);
    for (uint32_t i = 0; i < table->capacity; i++) {
        struct mutray__entry *entry = &table->entries[(at + i) & mask];
        if (entry->key.site == 0 || memcmp(&entry->key, key, sizeof *key) == 0)
            return entry;
    }
    return NULL;
}

static void add(struct mutray__table *table, struct mutray__entry *entry, const struct mutray__entry_key *key,
                double count, double time)
{
    if (entry->key.site == 0) {
        entry->key = *key;
        table->used++;
    }
    entry->count += count;
    entry->time += time;
}

enum mutray__table_result mutray__table_add(struct mutray__table *table, const struct mutray__entry_key *key,
                                            double count, double time)
{
    struct mutray__entry *entry = find(table, key);
    if (entry != NULL && (entry->key.site != 0 || table->used < table->capacity - table->capacity / 8)) {
        add(table, entry, key, count, time);
        return MUTRAY__TABLE_ADDED;
    }
    struct mutray__entry_key folded = *key;
    folded.stack = 0;
    folded.stack_generation = 0;
    folded.holder_site = 0;
    folded.holder_tid = 0;
    entry = find(table, &folded);
    if (entry == NULL)
        return MUTRAY__TABLE_FULL;
    add(table, entry, &folded, count, time);
    return MUTRAY__TABLE_FOLDED;
}

bool mutray__table_wants_growth(const struct mutray__table *table)
{
    return table->capacity < MUTRAY__TABLE_LARGEST && table->used >= table->capacity / 4 * 3;
}

struct mutray__table *mutray__table_grown(const struct mutray__table *table)
{
    struct mutray__table *larger = mutray__table_new(table->capacity * 2);
    for (uint32_t i = 0; larger != NULL && i < table->capacity; i++) {
        const struct mutray__entry *entry = &table->entries[i];
        if (entry->key.site != 0)
            add(larger, find(larger, &entry->key), &entry->key, entry->count, entry->time);
    }
    return larger;
}
