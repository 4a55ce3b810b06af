/* SPDX-License-Identifier: Apache-2.0 */
/* Fields: one small function for each line of fields.def, and the words people choose them by. */
#include "profile/fields.h"

#include "base/options.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static double ratio(double part, double whole)
{
    return whole > 0 ? part / whole : NAN;
}

static double share(double part, double whole)
{
    return ratio(100 * part, whole);
}

static double average_wait(const struct mutray_lock_row *lock, const struct mutray_table *table)
{
    return table->buckets ? mutray_spread_average(&lock->wait) : ratio(lock->wait_ns, lock->acquires);
}

static const char *top_waiter(const struct mutray_lock_row *lock)
{
    return lock->sites.count > 0 && lock->sites.items[0]->wait_ns > 0 ? lock->sites.items[0]->first : "";
}

static const char *top_holder(const struct mutray_lock_row *lock)
{
    const struct mutray_part *top = NULL;
    for (size_t i = 0; i < lock->sites.count; i++) {
        const struct mutray_part *site = lock->sites.items[i];
        if (site->hold_ns > (top != NULL ? top->hold_ns : 0)) top = site;
    }
    return top != NULL ? top->first : "";
}

#define VALUE_TEXT text
#define VALUE_COUNT number
#define VALUE_PERCENT number
#define VALUE_TIME number
#define MUTRAY_FIELD(key, group, title, unit, keep, expression, meaning)                                               \
    static union mutray_field_value value_##key(const struct mutray_lock_row *lock, const struct mutray_table *table)  \
    {                                                                                                                  \
        (void)lock;                                                                                                    \
        (void)table;                                                                                                   \
        return (union mutray_field_value){.VALUE_##unit = expression};                                                 \
    }
#include "profile/fields.def"
#undef MUTRAY_FIELD

const struct mutray_field mutray_fields[] = {
#define MUTRAY_FIELD(key, group, title, unit, keep, expression, meaning)                                               \
    {#key, group, title, meaning, MUTRAY_UNIT_##unit, keep, value_##key},
#include "profile/fields.def"
#undef MUTRAY_FIELD
};
const size_t mutray_field_count = sizeof mutray_fields / sizeof mutray_fields[0];

const struct mutray_field *mutray_field_find(const char *option, const char *key, size_t length)
{
    const char *keys[sizeof mutray_fields / sizeof mutray_fields[0] + 1] = {NULL};
    for (size_t i = 0; i < mutray_field_count; i++) {
        keys[i] = mutray_fields[i].key;
        if (strncmp(keys[i], key, length) == 0 && keys[i][length] == '\0') return &mutray_fields[i];
    }
    char *word = mutray_format("%.*s", (int)length, key);
    const char *near = mutray_nearest(word, keys);
    if (near != NULL)
        mutray_die("--%s: no field '%s'; did you mean %s? `--fields help` lists them", option, word, near);
    mutray_die("--%s: no field '%s'; `--fields help` lists them", option, word);
}

static void append(struct mutray_field_list *list, const struct mutray_field *field)
{
    for (size_t i = 0; i < list->count; i++) {
        if (list->items[i] == field) return;
    }
    list->items[list->count++] = field;
}

static int compare_places(const void *a, const void *b)
{
    const struct mutray_field *x = *(const struct mutray_field *const *)a, *y = *(const struct mutray_field *const *)b;
    return (x > y) - (x < y);
}

struct mutray_field_list mutray_field_list(const char *words)
{
    struct mutray_field_list list = {mutray_calloc(mutray_field_count, sizeof *list.items), 0};
    bool all = words != NULL && strcmp(words, "all") == 0, more = words != NULL && words[0] == '+';
    for (size_t i = 0; i < mutray_field_count && (words == NULL || all || more); i++) {
        if (all || mutray_fields[i].keep > 0) append(&list, &mutray_fields[i]);
    }
    if (words == NULL || all) return list;
    for (const char *word = words + more;;) {
        size_t length = strcspn(word, ",");
        append(&list, mutray_field_find("fields", word, length));
        if (word[length] == '\0') break;
        word += length + 1;
    }
    if (more) qsort(list.items, list.count, sizeof *list.items, compare_places);
    return list;
}

void mutray_fields_explain(FILE *out)
{
    for (size_t i = 0; i < mutray_field_count; i++) {
        const struct mutray_field *field = &mutray_fields[i];
        fprintf(out, "  %-14s %s%s\n", field->key, field->meaning, field->keep == 0 ? " [on request]" : "");
    }
}

struct mutray_number mutray_field_number(enum mutray_unit unit, double number)
{
    if (isnan(number)) return (struct mutray_number){"-"};
    switch (unit) {
    case MUTRAY_UNIT_TIME:
        return mutray_duration(number);
    case MUTRAY_UNIT_PERCENT:
        return mutray_percent(number);
    default:
        return mutray_quantity(number);
    }
}

struct sort_context {
    const struct mutray_table *table;
    const struct mutray_field *by;
};

static int compare_rows(const void *a, const void *b, void *data)
{
    const struct mutray_lock_row *x = *(const struct mutray_lock_row *const *)a;
    const struct mutray_lock_row *y = *(const struct mutray_lock_row *const *)b;
    const struct sort_context *context = data;
    union mutray_field_value vx = context->by->value(x, context->table), vy = context->by->value(y, context->table);
    int order = 0;
    if (context->by->unit == MUTRAY_UNIT_TEXT) {
        order = strcmp(vx.text, vy.text);
    } else {
        double nx = isnan(vx.number) ? -INFINITY : vx.number, ny = isnan(vy.number) ? -INFINITY : vy.number;
        order = (nx < ny) - (nx > ny);
    }
    return order != 0 ? order : strcmp(x->shown, y->shown);
}

void mutray_rows_sort(const struct mutray_lock_row **rows, size_t count, const struct mutray_table *table,
                      const struct mutray_field *by)
{
    struct sort_context context = {table, by};
    qsort_r(rows, count, sizeof *rows, compare_rows, &context);
}
