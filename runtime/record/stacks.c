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
_Atomic uint32_t mutray__stacks_current; /* generation; its lowest bit chooses the set */

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

/* A thread's outermost frame returns nowhere; it is not part of the stack. */
static unsigned count_of(const struct mutray__trail *trail)
{
    unsigned count = trail->room - trail->first;
    return count != 0 && trail->steps[trail->room - 1].return_address == 0 ? count - 1 : count;
}

static bool equal(const struct mutray__node *node, const void *like)
{
    const struct mutray__stack *stack = (const struct mutray__stack *)node;
    const struct mutray__trail *trail = like;
    const struct mutray__step *steps = &trail->steps[trail->first];
    uintptr_t difference = stack->count ^ count_of(trail);
    if (difference != 0 || stack->truncated != trail->truncated)
        return false;
    for (unsigned i = 0; i < stack->count; i++)
        difference |= stack->frames[i] ^ steps[i].return_address;
    return difference == 0;
}

static size_t size(const void *like)
{
    return sizeof(struct mutray__stack) + count_of(like) * sizeof(uintptr_t);
}

static void fill(struct mutray__node *node, const void *like)
{
    struct mutray__stack *stack = (struct mutray__stack *)node;
    const struct mutray__trail *trail = like;
    stack->count = count_of(trail);
    stack->truncated = trail->truncated;
    for (unsigned i = 0; i < stack->count; i++)
        stack->frames[i] = trail->steps[trail->first + i].return_address;
}

uint32_t mutray__stack_keep(const struct mutray__trail *trail, uint32_t *ret_generation)
{
    static const struct mutray__set_type type = {equal, size, fill};
    uint32_t generation = mutray__stacks_generation();
    struct mutray__set *set = &sets[generation % 2];
    uint64_t hash = trail->first < trail->room ? trail->steps[trail->first].hash : 0;
    *ret_generation = generation;
    const struct mutray__node *node = mutray__set_first(set, hash);
    if (node == NULL || node->hash != hash || !equal(node, trail))
        node = mutray__set_get(set, &type, hash, trail);
    return mutray__arena_ref(set->arena, node);
}

const struct mutray__stack *mutray__stack_at(uint32_t ref, uint32_t generation)
{
    uint32_t now = mutray__stacks_generation();
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
    uint32_t generation = atomic_load_explicit(&mutray__stacks_current, memory_order_relaxed);
    const struct mutray__arena *arena = &mutray__stacks_arena[generation % 2];
    if (atomic_load_explicit(&arena->used, memory_order_relaxed) < arena->size / 2)
        return;
    empty((generation + 1) % 2);
    atomic_store_explicit(&mutray__stacks_current, generation + 1, memory_order_release);
    mutray__spool_note_generation(generation + 1);
}

void mutray__stacks_clear(void)
{
    for (unsigned which = 0; which < 2 && sets[which].slots != NULL; which++)
        empty(which);
}
