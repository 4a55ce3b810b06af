/* SPDX-License-Identifier: Apache-2.0 */
/* mutray's own programs: see pieces.h. */
#include "pieces.h"

#include "base/paths.h"
#include "base/say.h"
#include "instrument/config.h"
#include "words.h"

#include <glob.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

const char *pieces_edit(void)
{
    const char *path = getenv("MUTRAY_EDIT");
    if (path == NULL || *path == 0) path = mutray_path_program("mutray-edit");
    return path != NULL ? path : "mutray-edit";
}

static uint64_t hash(uint64_t before, const void *bytes, size_t size)
{
    const unsigned char *at = bytes;
    for (size_t i = 0; i < size; i++)
        before = (before ^ at[i]) * 1099511628211u; /* FNV-1a */
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

static uint64_t hash_descriptions(uint64_t before)
{
    struct arena arena = {0};
    glob_t found;
    const char *folder = config_descriptions_folder(&arena);
    if (folder != NULL && glob(arena_format(&arena, "%s/*.mutray", folder), 0, NULL, &found) == 0) {
        for (size_t i = 0; i < found.gl_pathc; i++)
            before = hash_file(before, found.gl_pathv[i]);
        globfree(&found);
    }
    arena_free(&arena);
    return before;
}

/* The nearest `.mutray` in the source's folder or above, which is the one that config_find() takes. */
static uint64_t hash_configuration(uint64_t before, const char *source)
{
    char folder[PATH_MAX];
    if (realpath(source, folder) == NULL) return before;
    for (char *slash; (slash = strrchr(folder, '/')) != NULL;) {
        *slash = 0;
        char *file = mutray_format("%s/.mutray", folder);
        bool found = access(file, F_OK) == 0;
        if (found) before = hash_file(before, file);
        free(file);
        if (found) break;
    }
    return before;
}

uint64_t pieces_fingerprint(char *const *arguments)
{
    uint64_t value = hash(14695981039346656037u, MUTRAY_VERSION, sizeof MUTRAY_VERSION);
    value = hash_file(value, mutray_path_program("mutray-stage"));
    value = hash_file(value, pieces_edit());
    value = hash_descriptions(value);
    for (; *arguments != NULL; arguments++)
        if (ends_with(*arguments, ".c") || ends_with(*arguments, ".i")) value = hash_configuration(value, *arguments);
    return value;
}
