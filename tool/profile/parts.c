/* SPDX-License-Identifier: Apache-2.0 */
/* What a lock's numbers split into: a hash table while adding, a sorted array afterwards. */
#include "profile/parts.h"

#include <stdlib.h>
#include <string.h>
#include <uthash.h>

struct mutray_part_set {
    struct mutray_part part;
    UT_hash_handle hh;
    char key[]; /* first, '\0', second */
};

struct mutray_part *mutray_parts_at(struct mutray_part_set **set, const char *first, const char *second)
{
    size_t first_size = strlen(first) + 1, size = first_size + strlen(second) + 1;
    struct mutray_part_set *fresh = mutray_calloc(1, sizeof *fresh + size);
    struct mutray_part_set *found;
    memcpy(fresh->key, first, first_size);
    memcpy(fresh->key + first_size, second, size - first_size);
    HASH_FIND(hh, *set, fresh->key, size, found);
    if (found != NULL) {
        free(fresh);
        return &found->part;
    }
    fresh->part.first = fresh->key;
    fresh->part.second = fresh->key + first_size;
    HASH_ADD(hh, *set, key, size, fresh);
    return &fresh->part;
}

static int descending(double a, double b)
{
    return (a < b) - (a > b);
}

static int compare(const void *a, const void *b)
{
    const struct mutray_part *x = *(struct mutray_part *const *)a, *y = *(struct mutray_part *const *)b;
    int order = descending(x->wait_ns, y->wait_ns);
    if (order == 0) order = descending(x->hold_ns, y->hold_ns);
    if (order == 0) order = strcmp(x->first, y->first);
    return order != 0 ? order : strcmp(x->second, y->second);
}

struct mutray_parts mutray_parts_sorted(struct mutray_part_set *set)
{
    struct mutray_parts parts = {mutray_calloc(HASH_COUNT(set), sizeof *parts.items), 0};
    for (struct mutray_part_set *at = set; at != NULL; at = at->hh.next) parts.items[parts.count++] = &at->part;
    qsort(parts.items, parts.count, sizeof *parts.items, compare);
    return parts;
}

void mutray_parts_free(struct mutray_part_set **set, struct mutray_parts *sorted)
{
    struct mutray_part_set *at, *next;
    HASH_ITER (hh, *set, at, next) {
        HASH_DEL(*set, at);
        free(at);
    }
    free(sorted->items);
}
