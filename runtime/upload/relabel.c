/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Datadog's keys have spaces ("lock name"); Pyroscope before 2025 refuses those. A key is an entry of the string
 * table, and keeps its length when other characters are put into it, so the profile is unpacked, the strings that
 * samples use as keys are found and changed where they stand, and it is packed again. Nothing is parsed that is not
 * needed for that: Profile.sample (2) → Sample.label (3) → Label.key (1), and Profile.string_table (6).
 */
#include "relabel.h"

#include <ctype.h>
#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#define MOST_KEYS 64 /* strings that are keys; profiles have a dozen */
#define LARGEST_PROFILE ((size_t)1 << 30)

struct span {
    unsigned char *at, *end;
};

struct field {
    unsigned number;
    uint64_t value;   /* of a varint */
    struct span body; /* of a message or text */
};

static bool next_varint(struct span *in, uint64_t *ret)
{
    *ret = 0;
    for (unsigned shift = 0; in->at < in->end && shift < 64; shift += 7) {
        *ret |= (uint64_t)(*in->at & 0x7f) << shift;
        if (!(*in->at++ & 0x80))
            return true;
    }
    return false;
}

/* Takes the next field off; false at the end, and with in->at short of it if what is there is no field. */
static bool next_field(struct span *in, struct field *ret)
{
    struct span rest = *in;
    uint64_t tag, length = 0;
    if (!next_varint(&rest, &tag))
        return false;
    *ret = (struct field){.number = (unsigned)(tag >> 3)};
    switch (tag & 7) {
    case 0:
        if (!next_varint(&rest, &ret->value))
            return false;
        break;
    case 1:
        length = 8;
        break;
    case 2:
        if (!next_varint(&rest, &length))
            return false;
        break;
    case 5:
        length = 4;
        break;
    default:
        return false;
    }
    if (length > (uint64_t)(rest.end - rest.at))
        return false;
    ret->body = (struct span){rest.at, rest.at + length};
    rest.at += length;
    *in = rest;
    return true;
}

struct keys {
    uint64_t strings[MOST_KEYS];
    size_t count;
};

static bool is_key(const struct keys *keys, uint64_t string)
{
    for (size_t i = 0; i < keys->count; i++)
        if (keys->strings[i] == string)
            return true;
    return false;
}

static void collect_keys(struct span sample, struct keys *keys)
{
    struct field label, part;
    while (next_field(&sample, &label))
        while (label.number == 3 && next_field(&label.body, &part))
            if (part.number == 1 && !is_key(keys, part.value) && keys->count < MOST_KEYS)
                keys->strings[keys->count++] = part.value;
}

/* 0, or -EINVAL if something in it is no field. */
static int rename_keys(struct span profile)
{
    struct keys keys = {.count = 0};
    struct field field;
    struct span in = profile;
    uint64_t string = 0;
    while (next_field(&in, &field))
        if (field.number == 2)
            collect_keys(field.body, &keys);
    if (in.at != in.end)
        return -EINVAL;
    for (in = profile; next_field(&in, &field);) {
        if (field.number != 6 || !is_key(&keys, string++))
            continue;
        for (unsigned char *at = field.body.at; at < field.body.end; at++)
            if (!isalnum(*at))
                *at = '_';
    }
    return 0;
}

static int unpack(const void *bytes, size_t size, struct span *ret)
{
    z_stream z = {.next_in = (unsigned char *)bytes, .avail_in = (uInt)size};
    size_t room = 4 * size + 4096, used = 0;
    unsigned char *plain = malloc(room);
    int result = size > UINT32_MAX || plain == NULL || inflateInit2(&z, 15 + 16) != Z_OK ? Z_MEM_ERROR : Z_OK;
    while (result == Z_OK) {
        if (used == room) {
            unsigned char *grown = room >= LARGEST_PROFILE ? NULL : realloc(plain, 2 * room);
            if (grown == NULL) {
                result = Z_MEM_ERROR;
                break;
            }
            plain = grown;
            room *= 2;
        }
        z.next_out = plain + used;
        z.avail_out = (uInt)(room - used);
        result = inflate(&z, Z_NO_FLUSH);
        used = (size_t)(z.next_out - plain);
    }
    inflateEnd(&z);
    if (result != Z_STREAM_END) {
        free(plain);
        return result == Z_MEM_ERROR ? -ENOMEM : -EINVAL;
    }
    *ret = (struct span){plain, plain + used};
    return 0;
}

static int pack(struct span plain, void **ret_bytes, size_t *ret_size)
{
    z_stream z = {.next_in = plain.at, .avail_in = (uInt)(plain.end - plain.at)};
    if (deflateInit2(&z, 1, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY) != Z_OK)
        return -ENOMEM;
    size_t room = deflateBound(&z, z.avail_in);
    unsigned char *bytes = malloc(room);
    z.next_out = bytes;
    z.avail_out = (uInt)room;
    bool whole = bytes != NULL && deflate(&z, Z_FINISH) == Z_STREAM_END;
    *ret_size = (size_t)(z.next_out - bytes);
    deflateEnd(&z);
    if (!whole) {
        free(bytes);
        return -ENOMEM;
    }
    *ret_bytes = bytes;
    return 0;
}

int mutray__relabel(const void *bytes, size_t size, void **ret_bytes, size_t *ret_size)
{
    struct span plain;
    int error = unpack(bytes, size, &plain);
    if (error < 0)
        return error;
    error = rename_keys(plain);
    if (error == 0)
        error = pack(plain, ret_bytes, ret_size);
    free(plain.at);
    return error;
}
