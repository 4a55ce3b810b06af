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

#define HASH_NONFATAL_OOM 1
#include <uthash.h>

struct mutray__string {
    UT_hash_handle hh;
    int64_t id; /* from 0, which is "" */
    char text[];
};

struct mutray__function_entry {
    UT_hash_handle hh;
    struct mutray__function_key {
        int64_t name, file; /* strings */
    } key;
    uint64_t id; /* from 1 */
};

/* A place in the source, or an address in a module: one of the two. */
struct mutray__location_entry {
    UT_hash_handle hh;
    struct mutray__location_key {
        uintptr_t address;
        const void *place;
    } key;
    uint64_t id; /* from 1 */
    uint64_t mapping, function;
    int64_t line;
};

/* uthash keeps each table in the order of insertion: following hh.next is going up through the ids. */
struct mutray__intern {
    struct mutray__string *strings;
    struct mutray__function_entry *functions;
    struct mutray__location_entry *locations;
    bool full;
};

/* Makes "" string 0. */
void mutray__intern_open(struct mutray__intern *intern);
void mutray__intern_close(struct mutray__intern *intern);

int64_t mutray__intern_string(struct mutray__intern *intern, const char *text);
uint64_t mutray__intern_function(struct mutray__intern *intern, const char *name, const char *file);
/* The location of that key, which the caller fills in if it is new. Null: no memory. */
struct mutray__location_entry *mutray__intern_location(struct mutray__intern *intern, uintptr_t address,
                                                       const void *place, bool *ret_new);

#endif
