/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Walking the fields of a protobuf message without unpacking it. A profile may be hundreds of MB and its messages may
 * be in any order (Datadog's clients put the samples before the strings), so the outermost level is walked with this,
 * as often as needed, and only one inner message at a time is unpacked by protobuf-c.
 */
#ifndef MUTRAY_PROFILE_WIRE_H
#define MUTRAY_PROFILE_WIRE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct mutray_wire {
    const uint8_t *at, *end;
    bool bad; /* the walk ended because the bytes are not protobuf */
};

enum mutray_wire_type {
    MUTRAY_WIRE_NUMBER = 0,
    MUTRAY_WIRE_FIXED64 = 1,
    MUTRAY_WIRE_BYTES = 2,
    MUTRAY_WIRE_FIXED32 = 5
};

struct mutray_wire_field {
    uint32_t number;
    enum mutray_wire_type type;
    uint64_t value;               /* MUTRAY_WIRE_NUMBER */
    const uint8_t *start, *bytes; /* of the field with its tag; of the payload */
    size_t size;                  /* of the payload */
};

/* False at the end and on bytes that are not protobuf (then also `bad`). */
bool mutray_wire_next(struct mutray_wire *wire, struct mutray_wire_field *ret_field);

/* The next number of a packed list. */
bool mutray_wire_number(struct mutray_wire *wire, uint64_t *ret_number);

static inline struct mutray_wire mutray_wire_over(const uint8_t *bytes, size_t size)
{
    return (struct mutray_wire){bytes, bytes + size, false};
}

/* Writes a number as a varint and returns its length, at most 10. */
size_t mutray_wire_put(uint8_t *out, uint64_t number);

#endif
