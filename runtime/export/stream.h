/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From messages to compressed bytes, in constant memory. Protobuf lets the parts of a message be written one after the
 * other, so a profile is a sequence of small Profile messages, each with one sample or one location in it; each goes
 * into a buffer that feeds deflate, whose output goes to a sink. 100,000 samples need 0.3 MB this way and 43 MB as one
 * tree. A message comes from protobuf-c, or is written by hand into the buffer (wire.h).
 */
#ifndef MUTRAY_STREAM_H
#define MUTRAY_STREAM_H

#include <protobuf-c/protobuf-c.h>
#include <stddef.h>
#include <zlib.h>

#include "encoder.h"

#define MUTRAY__STREAM_ROOM 65536

struct mutray__stream {
    ProtobufCBuffer base; /* what protobuf-c packs into */
    z_stream deflate;
    const struct mutray__sink *sink;
    int error; /* the first one; nothing is written after it */
    size_t used;
    unsigned char plain[MUTRAY__STREAM_ROOM], packed[16384];
};

/*
 * gzip, level 1, but looking at 8 places for a match and not at 4: profiles become a twentieth smaller, and since there
 * is less to write, sooner. Level 6 takes twice the time for a tenth less.
 */
int mutray__stream_open(struct mutray__stream *stream, const struct mutray__sink *sink);
void mutray__stream_put(struct mutray__stream *stream, const ProtobufCMessage *message);
void mutray__stream_put_bytes(struct mutray__stream *stream, const void *bytes, size_t size);
/* Where at most `size` bytes, MUTRAY__STREAM_ROOM or fewer, may be written now; then say where they end. */
unsigned char *mutray__stream_reserve(struct mutray__stream *stream, size_t size);
void mutray__stream_written(struct mutray__stream *stream, const unsigned char *end);
/* Writes what is left. 0, or the first error of all of it. */
int mutray__stream_close(struct mutray__stream *stream);

#endif
