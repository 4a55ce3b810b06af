/* SPDX-License-Identifier: Apache-2.0 */
/* mutray's own programs: see pieces.h. */
#include "pieces.h"

#include "base/paths.h"
#include "words.h"

#include <stdlib.h>

const char *pieces_edit(void)
{
    const char *path = getenv("MUTRAY_EDIT");
    if (path == NULL || *path == 0) path = mutray_path_program("mutray-edit");
    return path != NULL ? path : "mutray-edit";
}

static uint64_t hash(uint64_t before, const void *bytes, size_t size)
{
    const unsigned char *at = bytes;
    for (size_t i = 0; i < size; i++) before = (before ^ at[i]) * 1099511628211u; /* FNV-1a */
    return before;
}

static uint64_t hash_file(uint64_t before, const char *path)
{
    struct bytes bytes = {0};
    if (path == NULL) return before;
    bytes_read_file(&bytes, path);
    before = hash(before, bytes.at, bytes.size);
    free(bytes.at);
    return before;
}

uint64_t pieces_fingerprint(void)
{
    uint64_t value = hash(14695981039346656037u, MUTRAY_VERSION, sizeof MUTRAY_VERSION);
    value = hash_file(value, mutray_path_program("mutray-stage"));
    return hash_file(value, pieces_edit());
}
