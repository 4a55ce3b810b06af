/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A program with a malloc of its own, whose lock is profiled: whoever allocates while an event of that lock is being
 * recorded would wait for itself.
 */
#include "survive.h"

#include <stdatomic.h>
#include <stdint.h>

#define THREADS 4
#define ROUNDS 2000

static pthread_mutex_t heap_lock = PTHREAD_MUTEX_INITIALIZER;
static _Alignas(16) char heap[64 << 20];
static size_t heap_used;
static atomic_ulong heap_calls;

static void *take(size_t size, size_t alignment)
{
    pthread_mutex_lock(&heap_lock);
    heap_calls++;
    size_t at = (heap_used + sizeof(size_t) + alignment - 1) / alignment * alignment;
    void *piece = at + size <= sizeof heap ? heap + at : NULL;
    if (piece != NULL) {
        memcpy((char *)piece - sizeof size, &size, sizeof size);
        heap_used = at + size;
    }
    pthread_mutex_unlock(&heap_lock);
    return piece;
}

void *malloc(size_t size)
{
    return take(size, 16);
}

void *calloc(size_t count, size_t size)
{
    return take(count * size, 16); /* fresh pieces are zero, and none is used twice */
}

void free(void *piece)
{
    (void)piece;
}

void *realloc(void *piece, size_t size)
{
    size_t old = 0;
    void *fresh = take(size, 16);
    if (piece != NULL && fresh != NULL) {
        memcpy(&old, (char *)piece - sizeof old, sizeof old);
        memcpy(fresh, piece, old < size ? old : size);
    }
    return fresh;
}

void *memalign(size_t alignment, size_t size)
{
    return take(size, alignment);
}

void *aligned_alloc(size_t alignment, size_t size)
{
    return take(size, alignment);
}

int posix_memalign(void **piece, size_t alignment, size_t size)
{
    *piece = take(size, alignment);
    return *piece == NULL ? ENOMEM : 0;
}

static void *allocate(void *unused)
{
    for (int i = 0; i < ROUNDS; i++) {
        char *piece = malloc(100);
        CHECK(piece != NULL);
        piece[99] = 1;
        free(realloc(piece, 200));
    }
    return unused;
}

int main(void)
{
    pthread_t threads[THREADS];
    for (int i = 0; i < THREADS; i++)
        CHECK(pthread_create(&threads[i], NULL, allocate, NULL) == 0);
    for (int i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    printf("at least heap_lock %d\n", THREADS * ROUNDS * 2);
    printf("at most heap_lock %lu\n", heap_calls);
    return 0;
}
