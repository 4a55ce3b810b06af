/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The four kinds of messages a profile has thousands of (samples, locations, functions, strings) are written by hand:
 * protobuf-c looks at every field of every message around them, present or not: 10,000 instructions a sample. This
 * takes 1,400 with all look-ups. All else is written by protobuf-c (stream.h). Each function returns where the next
 * byte goes.
 *
 * A message's length stands before its content, in one byte if it is below 128. The content is therefore written with
 * one byte left free in front of it, and moved in the rare case that one is too few.
 */
#ifndef MUTRAY_WIRE_H
#define MUTRAY_WIRE_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* The longest a number can be, and how much more a message may take than its content. */
#define MUTRAY__WIRE_NUMBER 10
#define MUTRAY__WIRE_LENGTH 5

static inline unsigned char *mutray__wire_number(unsigned char *at, uint64_t value)
{
    for (; value >= 0x80; value >>= 7)
        *at++ = (unsigned char)(value | 0x80);
    *at++ = (unsigned char)value;
    return at;
}

/* A field that is a number; 0 is what readers take for granted, and is not written. */
static inline unsigned char *mutray__wire_field(unsigned char *at, unsigned field, uint64_t value)
{
    if (value == 0)
        return at;
    *at++ = (unsigned char)(field << 3);
    return mutray__wire_number(at, value);
}

/* Begins a field that has a length: its content comes next. */
static inline unsigned char *mutray__wire_open(unsigned char *at, unsigned field)
{
    at[0] = (unsigned char)(field << 3 | 2);
    return at + 2;
}

/* The same for content of a known size, which comes next. */
static inline unsigned char *mutray__wire_sized(unsigned char *at, unsigned field, size_t size)
{
    *at++ = (unsigned char)(field << 3 | 2);
    return mutray__wire_number(at, size);
}

/* Ends what was opened. `content` is what opening it returned. */
static inline unsigned char *mutray__wire_close(unsigned char *content, unsigned char *end)
{
    unsigned char length[MUTRAY__WIRE_LENGTH];
    size_t size = (size_t)(end - content);
    if (size < 0x80) {
        content[-1] = (unsigned char)size;
        return end;
    }
    size_t more = (size_t)(mutray__wire_number(length, size) - length) - 1;
    memmove(content + more, content, size);
    memcpy(content - 1, length, more + 1);
    return end + more;
}

#endif
