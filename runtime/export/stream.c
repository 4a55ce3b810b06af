/* SPDX-License-Identifier: Apache-2.0 */
/* protobuf-c packs into a buffer, the buffer feeds deflate, deflate feeds the sink. See stream.h. */
#include "stream.h"

#include <errno.h>
#include <string.h>

static void compress_buffer(struct mutray__stream *stream, int flush)
{
    z_stream *z = &stream->deflate;
    z->next_in = stream->plain;
    z->avail_in = (uInt)stream->used;
    stream->used = 0;
    do {
        z->next_out = stream->packed;
        z->avail_out = sizeof stream->packed;
        if (deflate(z, flush) == Z_STREAM_ERROR)
            stream->error = -EIO;
        size_t ready = sizeof stream->packed - z->avail_out;
        if (stream->error == 0 && ready > 0)
            stream->error = stream->sink->put(stream->sink->context, stream->packed, ready);
    } while (stream->error == 0 && z->avail_out == 0);
}

void mutray__stream_put_bytes(struct mutray__stream *stream, const void *bytes, size_t size)
{
    const unsigned char *next = bytes;
    while (size > 0 && stream->error == 0) {
        size_t space = sizeof stream->plain - stream->used;
        size_t part = size < space ? size : space;
        memcpy(stream->plain + stream->used, next, part);
        stream->used += part;
        next += part;
        size -= part;
        if (stream->used == sizeof stream->plain)
            compress_buffer(stream, Z_NO_FLUSH);
    }
}

static void append(ProtobufCBuffer *buffer, size_t length, const uint8_t *bytes)
{
    mutray__stream_put_bytes((struct mutray__stream *)buffer, bytes, length); /* its first member */
}

unsigned char *mutray__stream_reserve(struct mutray__stream *stream, size_t size)
{
    if (size > sizeof stream->plain - stream->used) {
        if (stream->error == 0)
            compress_buffer(stream, Z_NO_FLUSH);
        stream->used = 0; /* after an error nobody sees what is written */
    }
    return stream->plain + stream->used;
}

void mutray__stream_written(struct mutray__stream *stream, const unsigned char *end)
{
    stream->used = (size_t)(end - stream->plain);
}

int mutray__stream_open(struct mutray__stream *stream, const struct mutray__sink *sink)
{
    stream->base.append = append;
    stream->sink = sink;
    stream->error = 0;
    stream->used = 0;
    memset(&stream->deflate, 0, sizeof stream->deflate);
    /* 15 is the largest window; 16 more asks for a gzip header. */
    if (deflateInit2(&stream->deflate, 1, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY) != Z_OK)
        return -ENOMEM;
    deflateTune(&stream->deflate, 4, 1, 32, 8);
    return 0;
}

void mutray__stream_put(struct mutray__stream *stream, const ProtobufCMessage *message)
{
    if (stream->error == 0)
        protobuf_c_message_pack_to_buffer(message, &stream->base);
}

int mutray__stream_close(struct mutray__stream *stream)
{
    if (stream->error == 0)
        compress_buffer(stream, Z_FINISH);
    deflateEnd(&stream->deflate);
    return stream->error;
}
