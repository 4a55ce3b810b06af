/* SPDX-License-Identifier: Apache-2.0 */
/* A file's bytes, unpacked if it is gzip. */
#ifndef MUTRAY_PROFILE_INFLATE_H
#define MUTRAY_PROFILE_INFLATE_H

#include "base/say.h"

#include <stdint.h>

/* A profile larger than this, unpacked, is refused: 25 times what Datadog's intake takes. */
#define MUTRAY_PROFILE_LIMIT (256u << 20)

/*
 * Reads all of `path` ("-": standard input). 0, or -errno with the reason in `error` as words that follow "FILE: ".
 * The bytes are the caller's to free.
 */
int mutray_inflate_file(const char *path, struct mutray_error *error, uint8_t **ret_bytes, size_t *ret_size);

/* The same from memory. */
int mutray_inflate_bytes(const uint8_t *packed, size_t packed_size, struct mutray_error *error, uint8_t **ret_bytes,
                         size_t *ret_size);

#endif
