/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Interning. It runs on the exporter's thread alone, so it may allocate.
 *
 * Strings and functions are in uthash's tables, in chunks that are freed together. uthash's answer to a failed
 * allocation is exit(); in other people's processes that is replaced (HASH_NONFATAL_OOM): the new entry is then not in
 * the table, which is how it is noticed here. Its own hash takes 10 instructions a byte, ours 1.
 *
 * Locations are looked up for each frame of each sample, so theirs is a table of its own: 15 instructions a look-up
 * where uthash takes 150, and 32 bytes a location instead of 112.
 */
#define HASH_NONFATAL_OOM 1
#define HASH_FUNCTION(bytes, size, ret_hash) ((ret_hash) = hash_bytes(bytes, size))
#include "intern.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define CHUNK_SIZE 16384
#define FIRST_BITS 9 /* of the index of locations */

static inline unsigned hash_bytes(const void *bytes, size_t size)
{
    const char *next = bytes;
    uint64_t hash = size, word;
    for (; size >= sizeof word; next += sizeof word, size -= sizeof word) {
        memcpy(&word, next, sizeof word);
        hash = (hash ^ word) * MUTRAY__FACTOR;
        hash ^= hash >> 32;
    }
    for (word = 0; size > 0; size--)
        word = word << 8 | (unsigned char)*next++;
    hash = (hash ^ word) * MUTRAY__FACTOR;
    return (unsigned)(hash >> 32);
}

struct mutray__chunk {
    struct mutray__chunk *next;
    size_t used, room;
    uint64_t bytes[];
};

/* Zeroed memory that lives until the tables are closed. */
static void *get_memory(struct mutray__intern *intern, size_t size)
{
    struct mutray__chunk *chunk = intern->chunks;
    size = (size + sizeof *chunk->bytes - 1) & ~(sizeof *chunk->bytes - 1);
    if (chunk == NULL || size > chunk->room - chunk->used) {
        size_t room = size > CHUNK_SIZE ? size : CHUNK_SIZE;
        chunk = calloc(1, sizeof *chunk + room);
        if (chunk == NULL) {
            intern->full = true;
            return NULL;
        }
        chunk->room = room;
        chunk->next = intern->chunks;
        intern->chunks = chunk;
    }
    void *memory = (char *)chunk->bytes + chunk->used;
    chunk->used += size;
    return memory;
}

int64_t mutray__intern_string(struct mutray__intern *intern, const char *text)
{
    struct mutray__string *entry;
    size_t length = strlen(text);
    unsigned hash = hash_bytes(text, length);
    HASH_FIND_BYHASHVALUE(hh, intern->strings, text, length, hash, entry);
    if (entry != NULL)
        return entry->id;
    entry = get_memory(intern, sizeof *entry + length + 1);
    if (entry == NULL)
        return 0;
    memcpy(entry->text, text, length);
    entry->id = HASH_COUNT(intern->strings);
    entry->length = length;
    HASH_ADD_KEYPTR_BYHASHVALUE(hh, intern->strings, entry->text, length, hash, entry);
    if (entry->hh.tbl != NULL)
        return entry->id;
    intern->full = true;
    return 0;
}

int64_t mutray__intern_lasting(struct mutray__intern *intern, const char *text)
{
    size_t at = (size_t)(((uint64_t)(uintptr_t)text * MUTRAY__FACTOR) >> (64 - MUTRAY__LASTING_BITS));
    if (text == NULL || text[0] == '\0')
        return 0;
    if (intern->lasting[at].text != text) {
        intern->lasting[at].id = mutray__intern_string(intern, text);
        intern->lasting[at].text = intern->full ? NULL : text;
    }
    return intern->lasting[at].id;
}

uint64_t mutray__intern_function(struct mutray__intern *intern, const char *name, const char *file)
{
    struct mutray__function_key key = {mutray__intern_string(intern, name), mutray__intern_string(intern, file)};
    struct mutray__function_entry *entry;
    unsigned hash = hash_bytes(&key, sizeof key);
    HASH_FIND_BYHASHVALUE(hh, intern->functions, &key, sizeof key, hash, entry);
    if (entry != NULL)
        return entry->id;
    entry = get_memory(intern, sizeof *entry);
    if (entry == NULL)
        return 0;
    entry->key = key;
    entry->id = HASH_COUNT(intern->functions) + 1;
    HASH_ADD_BYHASHVALUE(hh, intern->functions, key, sizeof key, hash, entry);
    if (entry->hh.tbl != NULL)
        return entry->id;
    intern->full = true;
    return 0;
}

/* Makes the index lead to a location it does not know. */
static void enter(struct mutray__intern *intern, uint32_t number)
{
    size_t mask = ((size_t)1 << intern->index_bits) - 1;
    size_t at = (size_t)((intern->locations[number - 1].key * MUTRAY__FACTOR) >> (64 - intern->index_bits));
    while (intern->index[at] != 0)
        at = (at + 1) & mask;
    intern->index[at] = number;
}

/* Twice as much room for locations, and an index that is never more than half full. */
static bool grow(struct mutray__intern *intern)
{
    unsigned bits = intern->index_bits == 0 ? FIRST_BITS : intern->index_bits + 1;
    size_t room = (size_t)1 << (bits - 1);
    struct mutray__location *locations = realloc(intern->locations, room * sizeof *locations);
    if (locations == NULL)
        return false;
    intern->locations = locations;
    uint32_t *index = calloc(2 * room, sizeof *index);
    if (index == NULL)
        return false;
    free(intern->index);
    intern->index = index;
    intern->index_bits = bits;
    intern->location_room = room;
    for (uint32_t number = 1; number <= intern->location_count; number++)
        enter(intern, number);
    return true;
}

struct mutray__location *mutray__intern_add_location(struct mutray__intern *intern, uint64_t key, bool shown)
{
    if (intern->location_count == intern->location_room && !grow(intern)) {
        intern->full = true;
        return NULL;
    }
    struct mutray__location *location = &intern->locations[intern->location_count++];
    *location = (struct mutray__location){.key = key, .id = shown ? ++intern->last_location : 0};
    enter(intern, (uint32_t)intern->location_count);
    return location;
}

int mutray__intern_open(struct mutray__intern *intern)
{
    memset(intern, 0, sizeof *intern);
    mutray__intern_string(intern, "");
    return intern->strings != NULL && grow(intern) ? 0 : -ENOMEM;
}

void mutray__intern_close(struct mutray__intern *intern)
{
    HASH_CLEAR(hh, intern->strings);
    HASH_CLEAR(hh, intern->functions);
    while (intern->chunks != NULL) {
        struct mutray__chunk *next = intern->chunks->next;
        free(intern->chunks);
        intern->chunks = next;
    }
    free(intern->locations);
    free(intern->index);
}
