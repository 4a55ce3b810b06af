/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From a file to the bytes of a pprof message. A profile is gzip or plain; Datadog's own clients also write zstd and
 * lz4 into files of the same name, which are recognised only to say what to do. The packed bytes pass through a small
 * buffer, the unpacked ones are limited, so a file that promises terabytes costs no more than the limit.
 */
#include "profile/inflate.h"

#include "profile/spool.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zlib.h>

struct unpacked {
    uint8_t *bytes;
    size_t size, capacity;
};

/* Where packed bytes come from: a descriptor, or all at once. */
struct source {
    int fd; /* -1: memory only */
    const uint8_t *at;
    size_t left;
    uint8_t buffer[65536];
};

/* Fills the source when it is empty, wholly, since a pipe gives what it has; nothing left afterwards means the end. */
static int refill(struct source *source, struct mutray_error *error)
{
    if (source->left > 0 || source->fd < 0) return 0;
    source->at = source->buffer;
    while (source->left < sizeof source->buffer) {
        ssize_t got = read(source->fd, source->buffer + source->left, sizeof source->buffer - source->left);
        if (got == 0) break;
        if (got > 0) {
            source->left += (size_t)got;
        } else if (errno != EINTR) {
            int code = errno;
            mutray_error_set(error, "cannot be read (%s); give files, as in DIR/*.pprof", strerror(code));
            return -code;
        }
    }
    return 0;
}

static int reserve(struct unpacked *out, struct mutray_error *error)
{
    if (out->size < out->capacity) return 0;
    if (out->size > MUTRAY_PROFILE_LIMIT) {
        mutray_error_set(error,
                         "not a pprof profile mutray reads (unpacked it is larger than %u MiB); profile a shorter time",
                         MUTRAY_PROFILE_LIMIT >> 20);
        return -EFBIG;
    }
    out->capacity += out->capacity / 2 + 65536;
    if (out->capacity > MUTRAY_PROFILE_LIMIT) out->capacity = (size_t)MUTRAY_PROFILE_LIMIT + 1;
    out->bytes = mutray_realloc(out->bytes, out->capacity, 1);
    return 0;
}

static int copy_plain(struct source *source, struct unpacked *out, struct mutray_error *error)
{
    for (;;) {
        int result = refill(source, error);
        if (result < 0) return result;
        if (source->left == 0) return 0;
        result = reserve(out, error);
        if (result < 0) return result;
        size_t room = out->capacity - out->size;
        size_t part = source->left < room ? source->left : room;
        memcpy(out->bytes + out->size, source->at, part);
        out->size += part;
        source->at += part;
        source->left -= part;
    }
}

/* One or more gzip members, one after the other, as gzip itself reads them. */
static int copy_gzip(struct source *source, struct unpacked *out, struct mutray_error *error)
{
    z_stream stream = {0};
    bool inside = true;
    if (inflateInit2(&stream, 16 + MAX_WBITS) != Z_OK) mutray_die("out of memory");
    int result;
    for (;;) {
        result = refill(source, error);
        if (result < 0) break;
        if (source->left == 0) {
            if (!inside) break;
            mutray_error_set(error, "not a pprof profile (the gzip data is cut short); copy the file again");
            result = -EBADMSG;
            break;
        }
        result = reserve(out, error);
        if (result < 0) break;
        if (!inside) {
            inflateReset(&stream);
            inside = true;
        }
        stream.next_in = (Bytef *)source->at;
        stream.avail_in = (uInt)(source->left < UINT_MAX ? source->left : UINT_MAX);
        stream.next_out = out->bytes + out->size;
        stream.avail_out = (uInt)(out->capacity - out->size);
        int code = inflate(&stream, Z_NO_FLUSH);
        out->size = out->capacity - stream.avail_out;
        source->left -= (size_t)(stream.next_in - source->at);
        source->at = stream.next_in;
        if (code == Z_STREAM_END) {
            inside = false;
        } else if (code != Z_OK && code != Z_BUF_ERROR) {
            mutray_error_set(error, "not a pprof profile (the gzip data is damaged: %s); copy the file again",
                             stream.msg != NULL ? stream.msg : "unknown");
            result = -EBADMSG;
            break;
        }
    }
    inflateEnd(&stream);
    return result;
}

/* What other packers' files begin with, and the program that unpacks them. */
static const struct {
    const char *name, *program;
    uint8_t magic[4];
} packers[] = {
    {"zstd", "zstd", {0x28, 0xb5, 0x2f, 0xfd}},
    {"lz4", "lz4", {0x04, 0x22, 0x4d, 0x18}},
};

static int copy_any(struct source *source, struct unpacked *out, struct mutray_error *error)
{
    int result = refill(source, error);
    if (result < 0) return result;
    if (source->left == 0) {
        mutray_error_set(error,
                         "not a pprof profile (the file is empty); was the program killed before it could write?");
        return -EBADMSG;
    }
    for (size_t i = 0; i < sizeof packers / sizeof packers[0]; i++) {
        if (source->left < 4 || memcmp(source->at, packers[i].magic, 4) != 0) continue;
        mutray_error_set(error, "compressed with %s, which mutray does not unpack; try `%s -dc FILE | mutray report -`",
                         packers[i].name, packers[i].program);
        return -EBADMSG;
    }
    bool gzip = source->at[0] == 0x1f && source->left > 1 && source->at[1] == 0x8b;
    return gzip ? copy_gzip(source, out, error) : copy_plain(source, out, error);
}

/* The profile that the process did not live to write. Gives the spool's bytes back. */
static int from_spool(struct unpacked *spool, struct mutray_error *error, uint8_t **ret_bytes, size_t *ret_size)
{
    uint8_t *packed;
    size_t size;
    int result = mutray_spool_profile(spool->bytes, spool->size, 0, error, &packed, &size);
    free(spool->bytes);
    if (result < 0) return result;
    result = mutray_inflate_bytes(packed, size, error, ret_bytes, ret_size);
    free(packed);
    return result;
}

static int unpack(struct source *source, struct mutray_error *error, uint8_t **ret_bytes, size_t *ret_size)
{
    struct unpacked out = {0};
    int result = copy_any(source, &out, error);
    if (result == 0 && out.size > MUTRAY_PROFILE_LIMIT) {
        out.capacity = out.size;
        result = reserve(&out, error);
    }
    if (result < 0) {
        free(out.bytes);
        return result;
    }
    if (mutray_is_spool(out.bytes, out.size)) return from_spool(&out, error, ret_bytes, ret_size);
    *ret_bytes = mutray_realloc(out.bytes, out.size, 1);
    *ret_size = out.size;
    return 0;
}

int mutray_inflate_file(const char *path, struct mutray_error *error, uint8_t **ret_bytes, size_t *ret_size)
{
    struct source source = {.fd = strcmp(path, "-") == 0 ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC)};
    if (source.fd < 0) {
        int code = errno;
        mutray_error_set(error, "cannot be opened (%s); check the path", strerror(code));
        return -code;
    }
    int result = unpack(&source, error, ret_bytes, ret_size);
    if (source.fd != STDIN_FILENO) close(source.fd);
    return result;
}

int mutray_inflate_bytes(const uint8_t *packed, size_t packed_size, struct mutray_error *error, uint8_t **ret_bytes,
                         size_t *ret_size)
{
    struct source source = {.fd = -1, .at = packed, .left = packed_size};
    return unpack(&source, error, ret_bytes, ret_size);
}
