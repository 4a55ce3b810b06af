/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reading a profile. The outermost level is walked once to count and once to fill tables of exactly that size: strings,
 * functions, locations with their lines. Samples stay as they are until they are visited (visit.c), and protobuf-c
 * unpacks one inner message at a time into an arena that is used again for the next. So nothing is held per sample,
 * and hostile input (a message of two bytes unpacks into seventy) meets a budget instead of the machine's memory: three
 * times the input (16 MiB for small ones) for tables and arena, and for what visitors keep of the samples
 * (mutray_profile_spend()), beside the input itself.
 */
#include "profile/index.h"
#include "profile/inflate.h"

#include "profile.pb-c.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Profiles of less than a third of this may take that much: many threads at many locks are many sums in a small file. */
enum { BUDGET_FLOOR = 16 << 20, LONGEST_STRING = 1 << 16 };

int mutray_profile_bad(struct mutray_error *error, const char *format, ...)
{
    char what[256];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(what, sizeof what, format, arguments);
    va_end(arguments);
    mutray_error_set(error, "not a pprof profile (%s); record it again, or check that it is the right file", what);
    return -EBADMSG;
}

/* An array from the budget; null when that is spent. */
static void *take(struct mutray_profile *profile, size_t count, size_t size)
{
    if (count > profile->budget / size) return NULL;
    profile->budget -= count * size;
    return mutray_calloc(count, size);
}

void mutray_profile_spend(struct mutray_profile *profile, size_t bytes)
{
    profile->spent |= bytes > profile->budget;
    profile->budget -= bytes < profile->budget ? bytes : profile->budget;
}

/* ---- The arena ---- */

static void *arena_alloc(void *data, size_t size)
{
    struct mutray_arena *arena = data;
    size = (size + 15) & ~(size_t)15;
    if (size > arena->capacity - arena->used) return NULL;
    void *memory = arena->block + arena->used;
    arena->used += size;
    return memory;
}

static void arena_free(void *data, void *memory)
{
    (void)data;
    (void)memory;
}

void *mutray_profile_unpack(struct mutray_profile *profile, const ProtobufCMessageDescriptor *type,
                            const struct mutray_wire_field *field)
{
    /* More than protobuf-c can make of so many bytes; a larger message than ever before takes from the budget. */
    struct mutray_arena *arena = &profile->arena;
    size_t wanted = field->size * 128 + 8192;
    if (wanted > arena->capacity && profile->budget > 0) {
        size_t available = arena->capacity + profile->budget;
        size_t capacity = wanted < available ? wanted : available;
        profile->budget = available - capacity;
        free(arena->block);
        arena->block = mutray_realloc(NULL, capacity, 1);
        arena->capacity = capacity;
    }
    arena->used = 0;
    return protobuf_c_message_unpack(type, &profile->allocator, field->size, field->bytes);
}

/* ---- First walk: how many of everything ---- */

/* A `repeated int64` comes packed or as single fields. */
static size_t count_numbers(const struct mutray_wire_field *field)
{
    if (field->type != MUTRAY_WIRE_BYTES) return 1;
    size_t count = 0;
    for (size_t i = 0; i < field->size; i++) count += field->bytes[i] < 0x80;
    return count;
}

static size_t count_lines(const struct mutray_wire_field *field)
{
    struct mutray_wire wire = mutray_wire_over(field->bytes, field->size);
    struct mutray_wire_field inner;
    size_t count = 0;
    while (mutray_wire_next(&wire, &inner)) count += inner.number == MUTRAY_PPROF_LOCATION_LINE;
    return count;
}

static bool is_message(uint32_t number)
{
    return number >= MUTRAY_PPROF_SAMPLE_TYPE && number <= MUTRAY_PPROF_STRING;
}

static int count_fields(struct mutray_profile *profile, struct mutray_error *error)
{
    struct mutray_wire wire = mutray_wire_over(profile->bytes, profile->size);
    struct mutray_wire_field field;
    while (mutray_wire_next(&wire, &field)) {
        if (is_message(field.number) != (field.type == MUTRAY_WIRE_BYTES) && field.number <= MUTRAY_PPROF_STRING) {
            return mutray_profile_bad(error, "field %u has the wrong type", field.number);
        }
        switch (field.number) {
        case MUTRAY_PPROF_SAMPLE_TYPE:
            profile->type_count++;
            break;
        case MUTRAY_PPROF_LOCATION:
            profile->location_count++;
            profile->line_count += count_lines(&field);
            break;
        case MUTRAY_PPROF_FUNCTION:
            profile->function_count++;
            break;
        case MUTRAY_PPROF_STRING:
            if (profile->string_count++ == 0 && field.size > 0) {
                return mutray_profile_bad(error, "its table of strings does not begin with an empty one");
            }
            if (field.size > LONGEST_STRING)
                return mutray_profile_bad(error, "string %zu has %zu bytes", profile->string_count - 1, field.size);
            profile->text_size += field.size + 1;
            break;
        case MUTRAY_PPROF_COMMENT:
            profile->comment_count += count_numbers(&field);
            break;
        }
    }
    if (wire.bad)
        return mutray_profile_bad(error, "damaged or cut short at byte %zu", (size_t)(wire.at - profile->bytes));
    if (profile->type_count == 0) return mutray_profile_bad(error, "it has no sample types");
    if (profile->string_count == 0) return mutray_profile_bad(error, "it has no strings");
    return 0;
}

static int allocate(struct mutray_profile *profile, struct mutray_error *error)
{
    profile->text = take(profile, profile->text_size, 1);
    profile->strings = take(profile, profile->string_count, sizeof *profile->strings);
    profile->comments = take(profile, profile->comment_count, sizeof *profile->comments);
    profile->types = take(profile, profile->type_count, sizeof *profile->types);
    profile->functions = take(profile, profile->function_count, sizeof *profile->functions);
    profile->locations = take(profile, profile->location_count, sizeof *profile->locations);
    profile->lines = take(profile, profile->line_count, sizeof *profile->lines);
    if (profile->text && profile->strings && profile->comments && profile->types && profile->functions &&
        profile->locations && profile->lines) {
        return 0;
    }
    return mutray_profile_bad(error, "its tables would take more than four times its size");
}

/* ---- Second walk: filling the tables ---- */

static void fill_string(struct mutray_profile *profile, const struct mutray_wire_field *field)
{
    profile->strings[profile->string_count++] = (uint32_t)profile->text_size;
    memcpy(profile->text + profile->text_size, field->bytes, field->size);
    profile->text_size += field->size + 1;
}

static bool is_string(const struct mutray_profile *profile, int64_t index)
{
    return index >= 0 && (uint64_t)index < profile->string_count;
}

static void fill_comments(struct mutray_profile *profile, const struct mutray_wire_field *field)
{
    struct mutray_wire packed = mutray_wire_over(field->bytes, field->size);
    uint64_t number = field->value;
    if (field->type != MUTRAY_WIRE_BYTES) {
        profile->comments[profile->comment_count++] = is_string(profile, (int64_t)number) ? (uint32_t)number : 0;
        return;
    }
    while (mutray_wire_number(&packed, &number)) {
        profile->comments[profile->comment_count++] = is_string(profile, (int64_t)number) ? (uint32_t)number : 0;
    }
}

static int fill_type(struct mutray_profile *profile, const struct mutray_wire_field *field, struct mutray_error *error)
{
    const Mutray__Pprof__ValueType *type =
        mutray_profile_unpack(profile, &mutray__pprof__value_type__descriptor, field);
    if (type == NULL || !is_string(profile, type->type) || !is_string(profile, type->unit)) {
        return mutray_profile_bad(error, "sample type %zu is damaged", profile->type_count);
    }
    profile->types[profile->type_count++] = (struct mutray_value_type){(uint32_t)type->type, (uint32_t)type->unit};
    return 0;
}

static int fill_function(struct mutray_profile *profile, const struct mutray_wire_field *field,
                         struct mutray_error *error)
{
    const Mutray__Pprof__Function *function =
        mutray_profile_unpack(profile, &mutray__pprof__function__descriptor, field);
    if (function == NULL || function->id == 0 || !is_string(profile, function->name) ||
        !is_string(profile, function->filename)) {
        return mutray_profile_bad(error, "function %zu is damaged", profile->function_count + 1);
    }
    profile->functions[profile->function_count++] =
        (struct mutray_function){function->id, (uint32_t)function->name, (uint32_t)function->filename};
    return 0;
}

static int compare_ids(const void *a, const void *b)
{
    const uint64_t *x = a, *y = b; /* the id comes first in both tables */
    return (*x > *y) - (*x < *y);
}

static int fill_location(struct mutray_profile *profile, const struct mutray_wire_field *field,
                         struct mutray_error *error)
{
    const Mutray__Pprof__Location *location =
        mutray_profile_unpack(profile, &mutray__pprof__location__descriptor, field);
    if (location == NULL || location->id == 0 || location->n_line > profile->line_capacity - profile->line_count) {
        return mutray_profile_bad(error, "location %zu is damaged", profile->location_count + 1);
    }
    profile->locations[profile->location_count++] =
        (struct mutray_location){location->id, (uint32_t)profile->line_count, (uint32_t)location->n_line};
    for (size_t i = 0; i < location->n_line; i++) {
        const Mutray__Pprof__Line *line = location->line[i];
        const struct mutray_function *function = bsearch(
            &line->function_id, profile->functions, profile->function_count, sizeof *profile->functions, compare_ids);
        if (function == NULL) return mutray_profile_bad(error, "a location names a function that is not there");
        int64_t number = line->line < 0 ? 0 : line->line > INT32_MAX ? INT32_MAX : line->line;
        profile->lines[profile->line_count++] =
            (struct mutray_line){(uint32_t)(function - profile->functions), (int32_t)number};
    }
    return 0;
}

static int fill_one(struct mutray_profile *profile, const struct mutray_wire_field *field, struct mutray_error *error)
{
    switch (field->number) {
    case MUTRAY_PPROF_SAMPLE_TYPE:
        return fill_type(profile, field, error);
    case MUTRAY_PPROF_FUNCTION:
        return fill_function(profile, field, error);
    case MUTRAY_PPROF_LOCATION:
        return fill_location(profile, field, error);
    case MUTRAY_PPROF_STRING:
        fill_string(profile, field);
        return 0;
    case MUTRAY_PPROF_COMMENT:
        fill_comments(profile, field);
        return 0;
    case MUTRAY_PPROF_TIME_NANOS:
        profile->time_nanos = (int64_t)field->value;
        return 0;
    case MUTRAY_PPROF_DURATION_NANOS:
        profile->duration_nanos = (int64_t)field->value > 0 ? (int64_t)field->value : 0;
        return 0;
    }
    return 0;
}

/* Fields may come in any order, but what refers to others needs them: each wave's fields are filled before the next. */
static const uint64_t waves[] = {
    UINT64_C(1) << MUTRAY_PPROF_STRING,
    UINT64_C(1) << MUTRAY_PPROF_SAMPLE_TYPE | UINT64_C(1) << MUTRAY_PPROF_FUNCTION |
        UINT64_C(1) << MUTRAY_PPROF_COMMENT | UINT64_C(1) << MUTRAY_PPROF_TIME_NANOS |
        UINT64_C(1) << MUTRAY_PPROF_DURATION_NANOS,
    UINT64_C(1) << MUTRAY_PPROF_LOCATION,
};

static int sort_by_id(void *table, size_t count, size_t size, const char *what, struct mutray_error *error)
{
    qsort(table, count, size, compare_ids);
    for (size_t i = 1; i < count; i++) {
        const char *at = (const char *)table + i * size;
        if (compare_ids(at - size, at) == 0) return mutray_profile_bad(error, "two %s have one id", what);
    }
    return 0;
}

static int fill_tables(struct mutray_profile *profile, struct mutray_error *error)
{
    /* From here on the counts say what is filled. */
    profile->line_capacity = profile->line_count;
    profile->text_size = profile->string_count = profile->comment_count = profile->type_count = 0;
    profile->function_count = profile->location_count = profile->line_count = 0;
    for (size_t wave = 0; wave < sizeof waves / sizeof waves[0]; wave++) {
        struct mutray_wire wire = mutray_wire_over(profile->bytes, profile->size);
        struct mutray_wire_field field;
        while (mutray_wire_next(&wire, &field)) {
            if (field.number >= 64 || !(waves[wave] >> field.number & 1)) continue;
            int result = fill_one(profile, &field, error);
            if (result < 0) return result;
        }
        int result =
            sort_by_id(profile->functions, profile->function_count, sizeof *profile->functions, "functions", error);
        if (result < 0) return result;
    }
    return sort_by_id(profile->locations, profile->location_count, sizeof *profile->locations, "locations", error);
}

static const struct {
    const char *type, *unit;
} values[MUTRAY_VALUE_COUNT] = {
#define X(name, type, unit) {type, unit},
    MUTRAY_VALUES(X)
#undef X
};

const char *mutray_value_type(enum mutray_value value)
{
    return values[value].type;
}

const char *mutray_value_unit(enum mutray_value value)
{
    return values[value].unit;
}

static int find_values(struct mutray_profile *profile, struct mutray_error *error)
{
    bool any = false;
    for (int value = 0; value < MUTRAY_VALUE_COUNT; value++) {
        profile->value_index[value] = -1;
        for (size_t i = 0; i < profile->type_count; i++) {
            if (strcmp(mutray_profile_string(profile, profile->types[i].type), values[value].type) != 0 ||
                strcmp(mutray_profile_string(profile, profile->types[i].unit), values[value].unit) != 0) {
                continue;
            }
            profile->value_index[value] = (int)i;
            any = true;
        }
    }
    if (any) return 0;
    mutray_error_set(
        error,
        "a profile of %s, not of locks (no sample type is lock-acquire-wait, lock-acquire, lock-release-hold "
        "or lock-release); give one that mutray or a Datadog lock profiler wrote",
        mutray_profile_string(profile, profile->types[0].type));
    return -EBADMSG;
}

/* Takes over `bytes`. */
static int index_bytes(uint8_t *bytes, size_t size, struct mutray_error *error, struct mutray_profile **ret_profile)
{
    struct mutray_profile *profile = mutray_calloc(1, sizeof *profile);
    profile->bytes = bytes;
    profile->size = size;
    profile->budget = 3 * size > BUDGET_FLOOR ? 3 * size : BUDGET_FLOOR;
    profile->allocator = (ProtobufCAllocator){arena_alloc, arena_free, &profile->arena};
    int result = count_fields(profile, error);
    if (result == 0) result = allocate(profile, error);
    if (result == 0) result = fill_tables(profile, error);
    if (result == 0) result = find_values(profile, error);
    if (result < 0) {
        mutray_profile_free(profile);
    } else {
        *ret_profile = profile;
    }
    return result;
}

int mutray_profile_read(const char *path, struct mutray_error *error, struct mutray_profile **ret_profile)
{
    uint8_t *bytes;
    size_t size;
    int result = mutray_inflate_file(path, error, &bytes, &size);
    return result < 0 ? result : index_bytes(bytes, size, error, ret_profile);
}

int mutray_profile_parse(const uint8_t *packed, size_t packed_size, struct mutray_error *error,
                         struct mutray_profile **ret_profile)
{
    uint8_t *bytes;
    size_t size;
    int result = mutray_inflate_bytes(packed, packed_size, error, &bytes, &size);
    return result < 0 ? result : index_bytes(bytes, size, error, ret_profile);
}

void mutray_profile_free(struct mutray_profile *profile)
{
    if (profile == NULL) return;
    free(profile->bytes);
    free(profile->text);
    free(profile->strings);
    free(profile->comments);
    free(profile->types);
    free(profile->functions);
    free(profile->locations);
    free(profile->lines);
    free(profile->arena.block);
    free(profile);
}

const struct mutray_location *mutray_profile_location(const struct mutray_profile *profile, uint64_t id)
{
    return bsearch(&id, profile->locations, profile->location_count, sizeof *profile->locations, compare_ids);
}

int64_t mutray_profile_time_nanos(const struct mutray_profile *profile)
{
    return profile->time_nanos;
}

int64_t mutray_profile_duration_nanos(const struct mutray_profile *profile)
{
    return profile->duration_nanos;
}

size_t mutray_profile_comment_count(const struct mutray_profile *profile)
{
    return profile->comment_count;
}

const char *mutray_profile_comment(const struct mutray_profile *profile, size_t i)
{
    return mutray_profile_string(profile, profile->comments[i]);
}

int mutray_profile_value_index(const struct mutray_profile *profile, enum mutray_value value)
{
    return profile->value_index[value];
}

const char *mutray_profile_string(const struct mutray_profile *profile, uint64_t index)
{
    return profile->text + profile->strings[index];
}
