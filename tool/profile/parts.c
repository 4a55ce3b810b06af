/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a lock's numbers split into. All parts of all locks are in one hash table, since one for each lock would take more
 * than most locks' parts do; each lock's are in a list besides, which becomes a sorted array in the end.
 */
#include "profile/parts.h"

#include <stdlib.h>
#include <string.h>
#include <uthash.h>

struct mutray_part_node {
    struct mutray_part part;
    struct mutray_part_node *next; /* in the list */
    UT_hash_handle hh;
    char key[]; /* which list; first, '\0', second */
};

struct mutray_part_index {
    struct mutray_part_node *nodes;
    char *key; /* of what is looked for */
    size_t key_capacity;
};

static struct mutray_part_node *make_node(const char *key, size_t size, size_t first_at, size_t second_at)
{
    struct mutray_part_node *node = mutray_calloc(1, sizeof *node + size);
    memcpy(node->key, key, size);
    node->part.first = node->key + first_at;
    node->part.second = node->key + second_at;
    return node;
}

struct mutray_part *mutray_parts_at(struct mutray_part_index **ret_index, struct mutray_part_list *list, const char *first,
                                    const char *second, size_t *spent)
{
    if (*ret_index == NULL) *ret_index = mutray_calloc(1, sizeof **ret_index);
    struct mutray_part_index *index = *ret_index;
    size_t first_at = sizeof list, second_at = first_at + strlen(first) + 1, size = second_at + strlen(second) + 1;
    struct mutray_part_node *found;
    if (size > index->key_capacity) {
        index->key = mutray_realloc(index->key, size * 2, 1);
        index->key_capacity = size * 2;
    }
    memcpy(index->key, &list, sizeof list);
    strcpy(index->key + first_at, first);
    strcpy(index->key + second_at, second);
    HASH_FIND(hh, index->nodes, index->key, size, found);
    if (found == NULL) {
        found = make_node(index->key, size, first_at, second_at);
        HASH_ADD(hh, index->nodes, key, size, found);
        found->next = list->first;
        list->first = found;
        list->count++;
        *spent += sizeof *found + size + MUTRAY_SMALL_CHANGE;
    }
    return &found->part;
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

struct mutray_parts mutray_parts_sorted(const struct mutray_part_list *list)
{
    struct mutray_parts parts = {mutray_calloc(list->count, sizeof *parts.items), 0};
    for (struct mutray_part_node *at = list->first; at != NULL; at = at->next) parts.items[parts.count++] = &at->part;
    qsort(parts.items, parts.count, sizeof *parts.items, compare);
    return parts;
}

void mutray_parts_free(struct mutray_part_index **index)
{
    struct mutray_part_node *at, *next;
    if (*index == NULL) return;
    HASH_ITER (hh, (*index)->nodes, at, next) {
        HASH_DEL((*index)->nodes, at);
        free(at);
    }
    free((*index)->key);
    free(*index);
    *index = NULL;
}
