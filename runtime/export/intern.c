/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Interning with uthash. It runs on the exporter's thread alone, so it may allocate. uthash's answer to a failed
 * allocation is exit(); in other people's processes that is replaced (HASH_NONFATAL_OOM): the new entry is then not in
 * the table, which is how it is noticed here.
 */
#include "intern.h"

#include <stdlib.h>
#include <string.h>

void mutray__intern_open(struct mutray__intern *intern)
{
    memset(intern, 0, sizeof *intern);
    mutray__intern_string(intern, "");
}

int64_t mutray__intern_string(struct mutray__intern *intern, const char *text)
{
    struct mutray__string *entry;
    size_t length = strlen(text);
    HASH_FIND(hh, intern->strings, text, length, entry);
    if (entry != NULL)
        return entry->id;
    entry = malloc(sizeof *entry + length + 1);
    if (entry == NULL) {
        intern->full = true;
        return 0;
    }
    memcpy(entry->text, text, length + 1);
    entry->id = HASH_COUNT(intern->strings);
    HASH_ADD_KEYPTR(hh, intern->strings, entry->text, length, entry);
    if (entry->hh.tbl == NULL) {
        free(entry);
        intern->full = true;
        return 0;
    }
    return entry->id;
}

uint64_t mutray__intern_function(struct mutray__intern *intern, const char *name, const char *file)
{
    struct mutray__function_key key = {mutray__intern_string(intern, name), mutray__intern_string(intern, file)};
    struct mutray__function_entry *entry;
    HASH_FIND(hh, intern->functions, &key, sizeof key, entry);
    if (entry != NULL)
        return entry->id;
    entry = calloc(1, sizeof *entry);
    if (entry == NULL) {
        intern->full = true;
        return 0;
    }
    entry->key = key;
    entry->id = HASH_COUNT(intern->functions) + 1;
    HASH_ADD(hh, intern->functions, key, sizeof key, entry);
    if (entry->hh.tbl == NULL) {
        free(entry);
        intern->full = true;
        return 0;
    }
    return entry->id;
}

struct mutray__location_entry *mutray__intern_location(struct mutray__intern *intern, uintptr_t address,
                                                       const void *place, bool *ret_new)
{
    struct mutray__location_key key = {address, place};
    struct mutray__location_entry *entry;
    HASH_FIND(hh, intern->locations, &key, sizeof key, entry);
    *ret_new = entry == NULL;
    if (entry != NULL)
        return entry;
    entry = calloc(1, sizeof *entry);
    if (entry != NULL) {
        entry->key = key;
        entry->id = HASH_COUNT(intern->locations) + 1;
        HASH_ADD(hh, intern->locations, key, sizeof key, entry);
        if (entry->hh.tbl != NULL)
            return entry;
        free(entry);
    }
    intern->full = true;
    return NULL;
}

void mutray__intern_close(struct mutray__intern *intern)
{
    struct mutray__string *string, *next_string;
    struct mutray__function_entry *function, *next_function;
    struct mutray__location_entry *location, *next_location;
    HASH_ITER (hh, intern->strings, string, next_string) {
        HASH_DEL(intern->strings, string);
        free(string);
    }
    HASH_ITER (hh, intern->functions, function, next_function) {
        HASH_DEL(intern->functions, function);
        free(function);
    }
    HASH_ITER (hh, intern->locations, location, next_location) {
        HASH_DEL(intern->locations, location);
        free(location);
    }
}
