/* SPDX-License-Identifier: Apache-2.0 */
/* See arena.h. Blocks double in size, so a unit of any size costs few calls of malloc. */
#include "arena.h"

#include <stdalign.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct arena_block {
    struct arena_block *next;
    size_t used, size;
    alignas(max_align_t) char bytes[];
};

/* Not zeroed: memory that is not touched costs nothing. */
static void *reserve(struct arena *arena, size_t size)
{
    size = (size + alignof(max_align_t) - 1) & ~(alignof(max_align_t) - 1);
    struct arena_block *block = arena->blocks;
    if (block == NULL || block->size - block->used < size) {
        size_t wanted = block == NULL ? 1 << 16 : block->size * 2;
        if (wanted < size) wanted = size;
        block = malloc(sizeof *block + wanted);
        if (block == NULL) {
            fputs("mutray-edit: out of memory\n", stderr);
            exit(1);
        }
        *block = (struct arena_block){.next = arena->blocks, .size = wanted};
        arena->blocks = block;
    }
    void *memory = block->bytes + block->used;
    block->used += size;
    return memory;
}

void *arena_alloc(struct arena *arena, size_t size)
{
    return memset(reserve(arena, size), 0, size);
}

char *arena_copy(struct arena *arena, const char *bytes, size_t length)
{
    char *copy = reserve(arena, length + 1);
    copy[length] = '\0';
    return memcpy(copy, bytes, length);
}

char *arena_format(struct arena *arena, const char *format, ...)
{
    va_list list;
    va_start(list, format);
    int length = vsnprintf(NULL, 0, format, list);
    va_end(list);
    char *text = arena_alloc(arena, (size_t)length + 1);
    va_start(list, format);
    vsnprintf(text, (size_t)length + 1, format, list);
    va_end(list);
    return text;
}

void arena_free(struct arena *arena)
{
    for (struct arena_block *block = arena->blocks, *next; block != NULL; block = next) {
        next = block->next;
        free(block);
    }
    arena->blocks = NULL;
}

void *arena_grow(struct arena *arena, void *items, size_t count, size_t *capacity, size_t item_size)
{
    *capacity = *capacity == 0 ? 16 : *capacity * 2;
    char *grown = reserve(arena, *capacity * item_size);
    memset(grown + count * item_size, 0, (*capacity - count) * item_size);
    if (count != 0) memcpy(grown, items, count * item_size);
    return grown;
}

static void buffer_reserve(struct arena *arena, struct buffer *buffer, size_t length)
{
    if (buffer->capacity - buffer->length > length) return;
    size_t capacity = (buffer->capacity + length + 1) * 2;
    char *bytes = reserve(arena, capacity);
    if (buffer->length != 0) memcpy(bytes, buffer->bytes, buffer->length);
    buffer->bytes = bytes;
    buffer->capacity = capacity;
}

void buffer_add(struct arena *arena, struct buffer *buffer, const char *bytes, size_t length)
{
    buffer_reserve(arena, buffer, length);
    memcpy(buffer->bytes + buffer->length, bytes, length);
    buffer->length += length;
    buffer->bytes[buffer->length] = '\0';
}

void buffer_format(struct arena *arena, struct buffer *buffer, const char *format, ...)
{
    va_list list;
    va_start(list, format);
    int length = vsnprintf(NULL, 0, format, list);
    va_end(list);
    buffer_reserve(arena, buffer, (size_t)length + 1);
    va_start(list, format);
    vsnprintf(buffer->bytes + buffer->length, (size_t)length + 1, format, list);
    va_end(list);
    buffer->length += (size_t)length;
}
