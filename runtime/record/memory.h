/* SPDX-License-Identifier: Apache-2.0 */
/* The recorder's memory: one reservation, arenas that only grow, and a pool of blocks; see memory.c. */
#ifndef MUTRAY_MEMORY_H
#define MUTRAY_MEMORY_H

#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

/* Memory that is handed out once. A reference to it is 32 bits: the offset in units of 8 bytes; 0 is none. */
struct mutray__arena {
    char *base;
    size_t size;
    atomic_size_t used;
};

/* Where everything lives. `names` holds what is stable for good; the rest may be emptied. */
extern struct mutray__arena mutray__names_arena, mutray__addresses_arena, mutray__stacks_arena[2];

/* Reserves the memory, the first time; 0 or -errno. The budget of the first call is the one that holds. */
int mutray__memory_open(size_t bytes);

/* Zeroed, aligned to 8; null when the arena is full. */
void *mutray__arena_get(struct mutray__arena *arena, size_t size);
/* Forgets all of it; the pages go back to the system. Async-signal-safe. */
void mutray__arena_clear(struct mutray__arena *arena);

static inline uint32_t mutray__arena_ref(const struct mutray__arena *arena, const void *object)
{
    return object != NULL ? (uint32_t)((size_t)((const char *)object - arena->base) / 8) : 0;
}

static inline void *mutray__arena_at(const struct mutray__arena *arena, uint32_t ref)
{
    return ref != 0 ? arena->base + (size_t)ref * 8 : NULL;
}

/* A zeroed block, or null when the budget is spent. Lock-free. */
void *mutray__pool_get(size_t size);
void mutray__pool_put(void *block); /* may be null */
/*
 * The same, but blocks of these are never used for anything else, so that a late reader finds what it expects; all are
 * of one size.
 */
void *mutray__block_get(size_t size);
void mutray__block_put(void *block);
/* In a forked child: the pool is as new. Async-signal-safe. */
void mutray__pool_reset(void);

#endif
