/* SPDX-License-Identifier: Apache-2.0 */
/* What read.c leaves behind for visit.c; nobody else looks inside. */
#ifndef MUTRAY_PROFILE_INDEX_H
#define MUTRAY_PROFILE_INDEX_H

#include "profile/profile.h"
#include "profile/wire.h"

#include <protobuf-c/protobuf-c.h>

/* Fields of the outermost message, and of a location, as in profile.proto. */
enum {
    MUTRAY_PPROF_SAMPLE_TYPE = 1,
    MUTRAY_PPROF_SAMPLE = 2,
    MUTRAY_PPROF_LOCATION = 4,
    MUTRAY_PPROF_FUNCTION = 5,
    MUTRAY_PPROF_STRING = 6,
    MUTRAY_PPROF_TIME_NANOS = 9,
    MUTRAY_PPROF_DURATION_NANOS = 10,
    MUTRAY_PPROF_COMMENT = 13,
    MUTRAY_PPROF_LOCATION_LINE = 4
};

struct mutray_function {
    uint64_t id;
    uint32_t name, file; /* strings */
};

struct mutray_line {
    uint32_t function; /* position in the table */
    int32_t line;
};

struct mutray_location {
    uint64_t id;
    uint32_t first_line, line_count;
};

struct mutray_value_type {
    uint32_t type, unit; /* strings */
};

/* Memory of the one message that is unpacked now. */
struct mutray_arena {
    uint8_t *block;
    size_t used, capacity;
};

struct mutray_profile {
    uint8_t *bytes;
    size_t size;
    size_t budget; /* bytes that may still be allocated */
    bool spent;    /* and more were */
    char *text;    /* all strings, each with its end */
    uint32_t *strings;
    uint32_t *comments;
    struct mutray_value_type *types;
    struct mutray_function *functions; /* by id */
    struct mutray_location *locations; /* by id */
    struct mutray_line *lines;
    size_t text_size, string_count, comment_count, type_count, function_count, location_count, line_count,
        line_capacity;
    int value_index[MUTRAY_VALUE_COUNT];
    int64_t time_nanos, duration_nanos;
    struct mutray_arena arena;
    ProtobufCAllocator allocator; /* of the arena */
};

/* Unpacks one inner message into the arena, where it stays until the next; null when it is damaged or too large. */
void *mutray_profile_unpack(struct mutray_profile *profile, const ProtobufCMessageDescriptor *type,
                            const struct mutray_wire_field *field);

/* The location with this id, or null. */
const struct mutray_location *mutray_profile_location(const struct mutray_profile *profile, uint64_t id);

int mutray_profile_bad(struct mutray_error *error, const char *format, ...) __attribute__((format(printf, 2, 3)));

#endif
