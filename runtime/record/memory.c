/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Nothing on a lock path may call malloc: the program's own allocator may take a profiled lock. All memory comes from
 * one reservation made at the start, of which only the pages that are used cost anything. It is divided into
 *
 *   arenas   insert-only: one atomic addition gives a piece out. Places and lock names stay for good: a profile may
 *            show a name after the module it came from was unloaded; stacks are emptied from time to time.
 *   pool     blocks for threads and their tables, in sizes of powers of two, reused through lock-free free lists.
 *
 * A free list is a stack whose head carries a tag, raised by each change, so that a head that was taken and put back in
 * the meantime is not mistaken for the one that was read. A block begins with a header that the block's user never
 * touches: reading `next` of a block that another thread just took is harmless, and so found to be by ThreadSanitizer.
 */
#include "memory.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>

#define SMALLEST MUTRAY__BLOCK_SMALLEST
#define FIRST MUTRAY__ARENA_FIRST /* blocks stay aligned */
#define CLASSES 14                /* the largest is 2 MB */
#define SHARES (2 + MUTRAY__SHARED_SHARES) /* the reservation in equal parts */

struct mutray__arena mutray__names_arena, mutray__addresses_arena, mutray__stacks_arena[2];
char *mutray__names_mirror;

struct mutray__arena mutray__pool_arena;
#define pool mutray__pool_arena
static _Atomic uint64_t free_lists[CLASSES]; /* tag in the upper half, block as in `next` in the lower */
static _Atomic uint64_t free_blocks;

static void open_arena(struct mutray__arena *arena, char *base, size_t size)
{
    arena->base = base;
    arena->size = size;
    atomic_store(&arena->used, FIRST);
}

int mutray__memory_open(size_t bytes)
{
    if (pool.base != NULL)
        return 0;
    size_t share = bytes / SHARES & ~(size_t)0xffff;
    if (share == 0)
        return -EINVAL;
    int saved_errno = errno;
    char *base = mmap(NULL, share * SHARES, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (base == MAP_FAILED) {
        int error = -errno;
        errno = saved_errno;
        return error;
    }
    /* Whole huge pages would be filled by a few entries here and there. */
    madvise(base, share * SHARES, MADV_NOHUGEPAGE);
    errno = saved_errno;
    open_arena(&mutray__names_arena, base, share);
    open_arena(&mutray__addresses_arena, base + share, share);
    open_arena(&mutray__stacks_arena[0], base + 2 * share, share);
    open_arena(&mutray__stacks_arena[1], base + 3 * share, share);
    open_arena(&pool, base + 4 * share, MUTRAY__POOL_SHARES * share);
    return 0;
}

void *mutray__arena_get(struct mutray__arena *arena, size_t size)
{
    size = (size + 7) & ~(size_t)7;
    size_t at = atomic_load_explicit(&arena->used, memory_order_relaxed);
    do {
        if (size > arena->size || at > arena->size - size)
            return NULL;
    } while (!atomic_compare_exchange_weak_explicit(&arena->used, &at, at + size, memory_order_relaxed,
                                                    memory_order_relaxed));
    return arena->base + at;
}

void mutray__arena_clear(struct mutray__arena *arena)
{
    int saved_errno = errno;
    /* Without the kernel's help (or where it does not give zeroes back) by hand. */
    if (arena->shared || madvise(arena->base, arena->size, MADV_DONTNEED) != 0)
        memset(arena->base, 0, atomic_load(&arena->used));
    errno = saved_errno;
    atomic_store(&arena->used, FIRST);
}

static size_t size_of(unsigned class)
{
    return (size_t)1 << (SMALLEST + class);
}

static struct mutray__block *block_at(uint32_t number)
{
    return (struct mutray__block *)(pool.base + ((size_t)(number - 1) << SMALLEST));
}

static uint32_t number_of(const struct mutray__block *block)
{
    return (uint32_t)((size_t)((const char *)block - pool.base) >> SMALLEST) + 1;
}

static void *take_free(_Atomic uint64_t *list)
{
    uint64_t head = atomic_load_explicit(list, memory_order_acquire), next;
    struct mutray__block *block;
    do {
        if ((uint32_t)head == 0)
            return NULL;
        block = block_at((uint32_t)head);
        next = ((head >> 32) + 1) << 32 | atomic_load_explicit(&block->next, memory_order_relaxed);
    } while (!atomic_compare_exchange_weak_explicit(list, &head, next, memory_order_acquire, memory_order_acquire));
    return block + 1;
}

static void put_free(_Atomic uint64_t *list, void *object)
{
    struct mutray__block *block = (struct mutray__block *)object - 1;
    block->mark = MUTRAY__MARK_NONE;
    uint64_t head = atomic_load_explicit(list, memory_order_relaxed), new_head;
    do {
        atomic_store_explicit(&block->next, (uint32_t)head, memory_order_relaxed);
        new_head = ((head >> 32) + 1) << 32 | number_of(block);
    } while (!atomic_compare_exchange_weak_explicit(list, &head, new_head, memory_order_release,
                                                    memory_order_relaxed));
}

static unsigned class_of(size_t size)
{
    unsigned class = 0;
    while (class < CLASSES && size_of(class) < size + sizeof(struct mutray__block))
        class++;
    return class;
}

static void *get(_Atomic uint64_t *list, unsigned class)
{
    void *object = take_free(list);
    if (object != NULL) {
        memset(object, 0, size_of(class) - sizeof(struct mutray__block));
        return object;
    }
    struct mutray__block *block = mutray__arena_get(&pool, size_of(class));
    if (block == NULL)
        return NULL;
    block->class = class;
    return block + 1;
}

void *mutray__pool_get(size_t size)
{
    unsigned class = class_of(size);
    return class < CLASSES && pool.base != NULL ? get(&free_lists[class], class) : NULL;
}

void mutray__pool_mark(void *object, enum mutray__mark mark)
{
    atomic_signal_fence(memory_order_release); /* what it holds is there before it says so */
    ((struct mutray__block *)object - 1)->mark = (uint64_t)mark;
}

void mutray__pool_put(void *object)
{
    if (object != NULL)
        put_free(&free_lists[((struct mutray__block *)object - 1)->class], object);
}

void *mutray__block_get(size_t size)
{
    return get(&free_blocks, class_of(size));
}

void mutray__block_put(void *object)
{
    put_free(&free_blocks, object);
}

void mutray__pool_reset(void)
{
    if (pool.base == NULL)
        return;
    mutray__arena_clear(&pool);
    for (int i = 0; i < CLASSES; i++)
        atomic_store(&free_lists[i], 0);
    atomic_store(&free_blocks, 0);
}

/* --- in a file --- */

static struct mutray__arena *const movable[] = {&mutray__stacks_arena[0], &mutray__stacks_arena[1], &pool};
enum { MOVABLE = sizeof movable / sizeof *movable };

static void set_shared(bool shared)
{
    for (int i = 0; i < MOVABLE; i++)
        movable[i]->shared = shared;
}

int mutray__memory_move(char *mapping)
{
    char *base = mutray__memory_shared();
    size_t size = MUTRAY__SHARED_SHARES * mutray__memory_share();
    for (int i = 0; i < MOVABLE; i++)
        memcpy(mapping + (movable[i]->base - base), movable[i]->base, atomic_load(&movable[i]->used));
    if (mremap(mapping, size, size, MREMAP_MAYMOVE | MREMAP_FIXED, base) == MAP_FAILED)
        return -errno;
    set_shared(true);
    return 0;
}

int mutray__memory_leave(void)
{
    size_t size = MUTRAY__SHARED_SHARES * mutray__memory_share();
    if (mmap(mutray__memory_shared(), size, PROT_READ | PROT_WRITE,
             MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED, -1, 0) == MAP_FAILED)
        return -errno;
    set_shared(false);
    return 0;
}
