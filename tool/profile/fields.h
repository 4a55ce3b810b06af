/* SPDX-License-Identifier: Apache-2.0 */
/* The fields of a lock (fields.def) as a table. */
#ifndef MUTRAY_PROFILE_FIELDS_H
#define MUTRAY_PROFILE_FIELDS_H

#include "base/units.h"
#include "profile/table.h"

#include <stdio.h>

enum mutray_unit { MUTRAY_UNIT_TEXT, MUTRAY_UNIT_COUNT, MUTRAY_UNIT_PERCENT, MUTRAY_UNIT_TIME };

union mutray_field_value {
    const char *text;
    double number; /* NAN: not told */
};

struct mutray_field {
    const char *key, *group, *title, *meaning;
    enum mutray_unit unit;
    int keep;
    union mutray_field_value (*value)(const struct mutray_lock_row *lock, const struct mutray_table *table);
};

extern const struct mutray_field mutray_fields[];
extern const size_t mutray_field_count;

struct mutray_field_list {
    const struct mutray_field **items;
    size_t count;
};

/* Dies with a suggestion when there is no such field; `option` is the word for the message. */
const struct mutray_field *mutray_field_find(const char *option, const char *key, size_t length);
/* "a,b,c" in that order; "+a,b" adds to the usual ones, each in its place; "all". Null: the usual ones. */
struct mutray_field_list mutray_field_list(const char *words);
void mutray_fields_explain(FILE *out);

/* A number as people read it; "-" where it is not told. */
struct mutray_number mutray_field_number(enum mutray_unit unit, double number);

/* Sorts rows by a field: numbers from large to small, texts by the alphabet, what is not told last. */
void mutray_rows_sort(const struct mutray_lock_row **rows, size_t count, const struct mutray_table *table,
                      const struct mutray_field *by);

#endif
