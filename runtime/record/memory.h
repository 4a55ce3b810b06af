/* SPDX-License-Identifier: Apache-2.0 */
/* The recorder's memory: one reservation, arenas that only grow, and a pool of blocks; see memory.c. */
#ifndef MUTRAY_MEMORY_H
#define MUTRAY_MEMORY_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Memory that is handed out once. A reference to it is 32 bits: the offset in units of 8 bytes; 0 is none. */
struct mutray__arena {
    char *base;
    size_t size;
    atomic_size_t used;
    bool shared; /* with a file: the system does not give zeroes for its pages */
};

/* Where everything lives. `names` holds what is stable for good; the rest may be emptied. */
extern struct mutray__arena mutray__names_arena, mutray__addresses_arena, mutray__stacks_arena[2],
    mutray__pool_arena;

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
/* What a block holds, for whoever finds the memory when the process is gone. A block that is given back holds nothing. */
enum mutray__mark { MUTRAY__MARK_NONE, MUTRAY__MARK_THREAD = 0x7261794d, MUTRAY__MARK_REMAINS };
void mutray__pool_mark(void *block, enum mutray__mark mark);
/*
 * The same, but blocks of these are never used for anything else, so that a late reader finds what it expects; all are
 * of one size.
 */
void *mutray__block_get(size_t size);
void mutray__block_put(void *block);
/* In a forked child: the pool is as new. Async-signal-safe. */
void mutray__pool_reset(void);

/*
 * The stacks and the pool may live in a file (spool.c). They are MUTRAY__SHARED_SHARES equal parts of the reservation,
 * one after the other. What precedes each block of the pool:
 */
#define MUTRAY__STACK_SHARES 2
#define MUTRAY__POOL_SHARES 4
#define MUTRAY__SHARED_SHARES (MUTRAY__STACK_SHARES + MUTRAY__POOL_SHARES)
#define MUTRAY__BLOCK_SMALLEST 8                                    /* log2 of the smallest block, header included */
#define MUTRAY__ARENA_FIRST ((size_t)1 << MUTRAY__BLOCK_SMALLEST) /* where an arena begins: not at 0, which means none */
struct mutray__block {
    _Atomic uint32_t next; /* in units of the smallest block, plus 1; 0 ends the list */
    uint32_t class;        /* log2 of its size in those units */
    uint64_t mark;         /* enum mutray__mark */
};

static inline size_t mutray__memory_share(void)
{
    return mutray__names_arena.size;
}
static inline char *mutray__memory_shared(void)
{
    return mutray__stacks_arena[0].base;
}
/* Puts another mapping of that memory in its place, with what is in it. Nobody may use it meanwhile. 0 or -errno. */
int mutray__memory_move(char *mapping);
/* Fresh private memory in its place. Async-signal-safe. 0 or -errno. */
int mutray__memory_leave(void);
/* Where the names are copied as they are made; null: nowhere. */
extern char *mutray__names_mirror;

#endif
