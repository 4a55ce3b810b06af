/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The tables of one profile: strings, functions and locations, each stored once and numbered without gaps in the order
 * of first use, as pprof wants them. They live for one export. Without memory an entry becomes 0, and `full` says so.
 */
#ifndef MUTRAY_INTERN_H
#define MUTRAY_INTERN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <uthash.h>

#define MUTRAY__LASTING_BITS 8

struct mutray__string {
    UT_hash_handle hh;
    int64_t id; /* from 0, which is "" */
    size_t length;
    char text[];
};

struct mutray__function_entry {
    UT_hash_handle hh;
    struct mutray__function_key {
        int64_t name, file; /* strings */
    } key;
    uint64_t id; /* from 1 */
};

/* A place in the source, or an address in a module: one of the two. What the caller has not filled in is 0. */
struct mutray__location {
    uint64_t key; /* mutray__place_key(), mutray__address_key() */
    uint32_t id;  /* from 1; 0: a function of mutray's own, which is not shown */
    uint32_t mapping, function;
    uint32_t line;
};

/* uthash keeps each table in the order of insertion: following hh.next is going up through the ids. */
struct mutray__intern {
    struct mutray__string *strings;
    struct mutray__function_entry *functions;
    struct mutray__location *locations; /* in the order of insertion, too */
    size_t location_count, location_room;
    uint32_t last_location; /* the highest id */
    uint32_t *index;        /* hash of a location's key -> its number + 1 */
    unsigned index_bits;
    struct mutray__chunk *chunks; /* what strings and functions are in */
    struct {
        const char *text;
        int64_t id;
    } lasting[1 << MUTRAY__LASTING_BITS]; /* by address */
    bool full;
};

/* Makes "" string 0. 0 or -ENOMEM; to be closed in any case. */
int mutray__intern_open(struct mutray__intern *intern);
void mutray__intern_close(struct mutray__intern *intern);

int64_t mutray__intern_string(struct mutray__intern *intern, const char *text);
/* The same for a text that stays what and where it is until the tables are closed; null is "". */
int64_t mutray__intern_lasting(struct mutray__intern *intern, const char *text);
uint64_t mutray__intern_function(struct mutray__intern *intern, const char *name, const char *file);

static inline uint64_t mutray__place_key(const void *place)
{
    return (uint64_t)(uintptr_t)place << 1 | 1;
}

static inline uint64_t mutray__address_key(uintptr_t address)
{
    return (uint64_t)address << 1;
}

static inline uintptr_t mutray__key_address(uint64_t key)
{
    return (uintptr_t)(key >> 1);
}

#define MUTRAY__FACTOR UINT64_C(0x9e3779b97f4a7c15) /* 2^64 by the golden ratio: spreads what differs in few bits */

/* The location of that key, or null. Valid until the next one is added. */
static inline struct mutray__location *mutray__intern_find_location(const struct mutray__intern *intern, uint64_t key)
{
    size_t mask = ((size_t)1 << intern->index_bits) - 1;
    for (size_t at = (size_t)((key * MUTRAY__FACTOR) >> (64 - intern->index_bits));; at = (at + 1) & mask) {
        uint32_t number = intern->index[at];
        if (number == 0)
            return NULL;
        if (intern->locations[number - 1].key == key)
            return &intern->locations[number - 1];
    }
}

/* Adds it, numbered if `shown`; the caller fills in the rest. Null: no memory. */
struct mutray__location *mutray__intern_add_location(struct mutray__intern *intern, uint64_t key, bool shown);

#endif
