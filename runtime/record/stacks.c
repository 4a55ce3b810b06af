/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Threads that run the same code have the same stacks, so each distinct stack is kept once, for all threads, in a set.
 * A program can have more stacks in a month than fit in memory; so there are two sets, and when the current one is half
 * full at a drain, the other is emptied and takes over. Stacks of the one before stay readable until the next change:
 * what a drain finds in the tables was put there since the last one. Only a lock held for longer can refer to a stack
 * that is gone, which its generation tells.
 */
#include "spool.h"

#include <errno.h>
#include <string.h>

#define MOST_SLOTS (1u << 18)

static struct mutray__set sets[2];
static _Atomic uint32_t current; /* generation; its lowest bit chooses the set */

static bool open_set(unsigned which)
{
    uint32_t slots = MOST_SLOTS;
    while (slots > 64 && slots * sizeof(uint32_t) > mutray__stacks_arena[which].size / 8)
        slots /= 2;
    return mutray__set_open(&sets[which], &mutray__stacks_arena[which], slots);
}

int mutray__stacks_open(void)
{
    if (sets[0].slots != NULL)
        return 0;
    return open_set(0) && open_set(1) ? 0 : -ENOMEM;
}

static bool equal(const struct mutray__node *node, const void *like)
{
    const struct mutray__stack *stack = (const struct mutray__stack *)node;
    const struct mutray__walk *walk = like;
    return stack->count == walk->count && stack->truncated == walk->truncated &&
           memcmp(stack->frames, walk->frames, walk->count * sizeof *stack->frames) == 0;
}

static size_t size(const void *like)
{
    const struct mutray__walk *walk = like;
    return sizeof(struct mutray__stack) + walk->count * sizeof *walk->frames;
}

static void fill(struct mutray__node *node, const void *like)
{
    struct mutray__stack *stack = (struct mutray__stack *)node;
    const struct mutray__walk *walk = like;
    stack->count = walk->count;
    stack->truncated = walk->truncated;
    memcpy(stack->frames, walk->frames, walk->count * sizeof *stack->frames);
}

uint32_t mutray__stack_keep(const struct mutray__walk *walk, uint32_t *ret_generation)
{
    static const struct mutray__set_type type = {equal, size, fill};
    uint32_t generation = atomic_load_explicit(&current, memory_order_acquire);
    struct mutray__set *set = &sets[generation % 2];
    *ret_generation = generation & 0xffff;
    const struct mutray__node *node = mutray__set_first(set, walk->hash);
    if (node == NULL || node->hash != walk->hash || !equal(node, walk))
        node = mutray__set_get(set, &type, walk->hash, walk);
    return mutray__arena_ref(set->arena, node);
}

uint32_t mutray__stacks_generation(void)
{
    return atomic_load_explicit(&current, memory_order_acquire);
}

const struct mutray__stack *mutray__stack_at(uint32_t ref, uint32_t generation)
{
    uint32_t now = atomic_load_explicit(&current, memory_order_acquire);
    if (generation != (now & 0xffff) && generation != ((now - 1) & 0xffff))
        return NULL;
    return mutray__arena_at(&mutray__stacks_arena[generation % 2], ref);
}

static void empty(unsigned which)
{
    mutray__arena_clear(&mutray__stacks_arena[which]);
    open_set(which);
}

void mutray__stacks_age(void)
{
    uint32_t generation = atomic_load_explicit(&current, memory_order_relaxed);
    const struct mutray__arena *arena = &mutray__stacks_arena[generation % 2];
    if (atomic_load_explicit(&arena->used, memory_order_relaxed) < arena->size / 2)
        return;
    empty((generation + 1) % 2);
    atomic_store_explicit(&current, generation + 1, memory_order_release);
    mutray__spool_note_generation(generation + 1);
}

void mutray__stacks_clear(void)
{
    for (unsigned which = 0; which < 2 && sets[which].slots != NULL; which++)
        empty(which);
}
