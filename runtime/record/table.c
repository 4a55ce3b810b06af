/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A thread adds up its events in a table of its own: no sharing, no waiting, and a burst of events at one place is one
 * entry. The table is open addressing, begins small, and grows up to a limit with the memory budget's consent. At the
 * limit, events are folded: they lose their stack but still count for their place and lock, so that totals stay right.
 * The last eighth is kept for such entries.
 */
#include "table.h"

#include "apart.h"
#include "memory.h"

#include <string.h>

struct mutray__table *mutray__table_new(uint32_t capacity)
{
    struct mutray__table *table = mutray__pool_get(sizeof *table + capacity * sizeof *table->entries);
    if (table != NULL) {
        table->capacity = capacity;
        table->growing_at = capacity < MUTRAY__TABLE_LARGEST ? capacity / 4 * 3 : UINT32_MAX;
    }
    return table;
}

static void add(struct mutray__table *table, struct mutray__entry *entry, const struct mutray__entry_key *key,
                double count, double time)
{
    if (mutray__entry_is_free(entry)) {
        entry->key = *key;
        table->used++;
    }
    entry->count += count;
    entry->time += time;
}

enum mutray__table_result mutray__table_add(struct mutray__table *table, const struct mutray__entry_key *key,
                                            double count, double time)
{
    struct mutray__entry *entry = mutray__table_find(table, key);
    if (entry != NULL && (!mutray__entry_is_free(entry) || table->used < table->capacity - table->capacity / 8)) {
        add(table, entry, key, count, time);
        return MUTRAY__TABLE_ADDED;
    }
    struct mutray__entry_key folded = *key;
    folded.stack = 0;
    folded.event = folded.event >> MUTRAY__EVENT_BUCKET << MUTRAY__EVENT_BUCKET;
    entry = mutray__table_search(table, &folded, table->capacity);
    if (entry == NULL)
        return MUTRAY__TABLE_FULL;
    add(table, entry, &folded, count, time);
    return MUTRAY__TABLE_FOLDED;
}

struct mutray__table *mutray__table_grown(const struct mutray__table *table)
{
    struct mutray__table *larger = mutray__table_new(table->capacity * 2);
    for (uint32_t i = 0; larger != NULL && i < table->capacity; i++) {
        const struct mutray__entry *entry = &table->entries[i];
        if (!mutray__entry_is_free(entry))
            add(larger, mutray__table_search(larger, &entry->key, larger->capacity), &entry->key, entry->count, entry->time);
    }
    if (larger != NULL)
        larger->apart = table->apart;
    return larger;
}

void mutray__table_clear(struct mutray__table *table)
{
    mutray__apart_free(table->apart);
    table->apart = NULL;
    memset(table->entries, 0, table->capacity * sizeof *table->entries);
    table->used = 0;
}
