/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Memory for one unit's worth of work: everything is allocated from the arena and freed with it, so nothing in the
 * engine has to think about who frees a string. Running out of memory ends the process: the caller of mutray-edit then
 * compiles the original.
 */
#ifndef MUTRAY_INSTRUMENT_ARENA_H
#define MUTRAY_INSTRUMENT_ARENA_H

#include <stddef.h>

struct arena {
    struct arena_block *blocks;
};

/* Zeroed memory, aligned for anything. */
void *arena_alloc(struct arena *arena, size_t size);
char *arena_copy(struct arena *arena, const char *bytes, size_t length);
char *arena_format(struct arena *arena, const char *format, ...) __attribute__((format(printf, 2, 3)));
void arena_free(struct arena *arena);

/* A growing array of `type`, its memory from the arena: LIST(struct edit) edits; *LIST_ADD(&edits, arena) = edit; */
#define LIST(type)                                                                                                     \
    struct {                                                                                                           \
        type *items;                                                                                                   \
        size_t count, capacity;                                                                                        \
    }
#define LIST_ADD(list, arena)                                                                                          \
    ((list)->items = (list)->count < (list)->capacity                                                                  \
                         ? (list)->items                                                                               \
                         : arena_grow((arena), (list)->items, (list)->count, &(list)->capacity,                        \
                                      sizeof *(list)->items),                                                          \
     &(list)->items[(list)->count++])

/* A full list's items, moved to where there is room for more. */
void *arena_grow(struct arena *arena, void *items, size_t count, size_t *capacity, size_t item_size);

/* Text under construction; always ends in a NUL once something was added. */
struct buffer {
    char *bytes;
    size_t length, capacity;
};
void buffer_add(struct arena *arena, struct buffer *buffer, const char *bytes, size_t length);
void buffer_format(struct arena *arena, struct buffer *buffer, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

#endif
