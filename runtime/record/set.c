/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Places, lock names, declarations and stacks are each kept once and referred to by number. The set they are in must be
 * readable and growable from any thread, at a signal, without waiting. So it only grows: an element is written in full
 * in its arena, and then one compare-and-swap puts its reference into a free slot. Who loses that race leaves a few
 * bytes unused and takes the winner's. An open table with bounded probing; a set that is full says so.
 */
#include "set.h"

#include <string.h>

#define PROBES 64

bool mutray__set_open(struct mutray__set *set, struct mutray__arena *arena, uint32_t slots)
{
    set->arena = arena;
    set->mask = slots - 1;
    set->slots = mutray__arena_get(arena, slots * sizeof *set->slots);
    return set->slots != NULL;
}

static struct mutray__node *make(struct mutray__set *set, const struct mutray__set_type *type, uint64_t hash,
                                 const void *like)
{
    struct mutray__node *node = mutray__arena_get(set->arena, type->size(like));
    if (node != NULL) {
        node->hash = hash;
        type->fill(node, like);
        if (set->arena == &mutray__names_arena && mutray__names_mirror != NULL)
            memcpy(mutray__names_mirror + ((char *)node - set->arena->base), node, type->size(like));
    }
    return node;
}

void *mutray__set_get(struct mutray__set *set, const struct mutray__set_type *type, uint64_t hash, const void *like)
{
    if (set->slots == NULL)
        return NULL;
    struct mutray__node *made = NULL;
    for (uint32_t i = 0; i < PROBES; i++) {
        _Atomic uint32_t *slot = &set->slots[(hash + i) & set->mask];
        uint32_t ref = atomic_load_explicit(slot, memory_order_acquire);
        if (ref == 0) {
            if (made == NULL && (made = make(set, type, hash, like)) == NULL)
                return NULL;
            if (atomic_compare_exchange_strong_explicit(slot, &ref, mutray__arena_ref(set->arena, made),
                                                        memory_order_release, memory_order_acquire))
                return made;
        }
        struct mutray__node *node = mutray__arena_at(set->arena, ref);
        if (node->hash == hash && type->equal(node, like))
            return node;
    }
    return NULL;
}

uint64_t mutray__hash_text(uint64_t hash, const char *text)
{
    /* FNV-1a, and the end of the text counts */
    const unsigned char *byte = (const unsigned char *)text;
    do
        hash = (hash ^ *byte) * 0x100000001b3;
    while (*byte++ != 0);
    return hash ^ hash >> 32;
}
