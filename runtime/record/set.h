/* SPDX-License-Identifier: Apache-2.0 */
/* A lock-free set that only grows; see set.c. */
#ifndef MUTRAY_SET_H
#define MUTRAY_SET_H

#include "memory.h"

#include <stdatomic.h>
#include <stdbool.h>

/* What every element begins with. */
struct mutray__node {
    uint64_t hash;
};

struct mutray__set {
    struct mutray__arena *arena;
    _Atomic uint32_t *slots;
    uint32_t mask;
};

/* How an element is compared with, and made from, a description of it. */
struct mutray__set_type {
    bool (*equal)(const struct mutray__node *node, const void *like);
    size_t (*size)(const void *like);
    void (*fill)(struct mutray__node *node, const void *like); /* writes all but the hash; memory is zeroed */
};

/* Room for `slots` (a power of two) elements at most; false when the arena cannot hold the slots. */
bool mutray__set_open(struct mutray__set *set, struct mutray__arena *arena, uint32_t slots);
/* The element like `like`, made if need be; null when there is no room. */
void *mutray__set_get(struct mutray__set *set, const struct mutray__set_type *type, uint64_t hash, const void *like);

/* What is found first for a hash, which may be something else or nothing: most of the time it spares a search. */
static inline const struct mutray__node *mutray__set_first(const struct mutray__set *set, uint64_t hash)
{
    uint32_t ref = set->slots != NULL ? atomic_load_explicit(&set->slots[hash & set->mask], memory_order_acquire) : 0;
    return mutray__arena_at(set->arena, ref);
}

/* Hashing, for descriptions made of numbers and texts. */
static inline uint64_t mutray__hash_number(uint64_t hash, uint64_t number)
{
    hash = (hash ^ number) * 0x9fb21c651e98df25;
    return hash ^ hash >> 32;
}

uint64_t mutray__hash_text(uint64_t hash, const char *text);

#endif
