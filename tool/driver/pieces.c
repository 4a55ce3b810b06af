/* SPDX-License-Identifier: Apache-2.0 */
/* mutray's own programs: see pieces.h. */
#include "pieces.h"

#include "base/paths.h"
#include "base/say.h"
#include "instrument/config.h"
#include "words.h"

#include <elf.h>
#include <fcntl.h>
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

/* The identity that the linker gave a program (--build-id), with its size; 0 if it has none in its first bytes. */
static size_t build_id(const char *path, char *bytes, size_t room, const char **ret_id)
{
    int file = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t size = file < 0 ? -1 : read(file, bytes, room);
    Elf64_Ehdr header;
    if (file >= 0) close(file);
    if (size < (ssize_t)sizeof header || memcmp(bytes, ELFMAG, SELFMAG) != 0 || bytes[EI_CLASS] != ELFCLASS64)
        return 0;
    memcpy(&header, bytes, sizeof header);
    for (size_t i = 0; i < header.e_phnum; i++) {
        Elf64_Phdr part;
        Elf64_Nhdr note;
        size_t at = header.e_phoff + i * sizeof part;
        if (header.e_phentsize != sizeof part || at + sizeof part > (size_t)size) return 0;
        memcpy(&part, bytes + at, sizeof part);
        if (part.p_type != PT_NOTE || part.p_offset > (size_t)size) continue;
        for (at = part.p_offset; at + sizeof note + 4 <= (size_t)size && at < part.p_offset + part.p_filesz;) {
            memcpy(&note, bytes + at, sizeof note);
            size_t words = (note.n_namesz + 3u) & ~3u, all = sizeof note + words + ((note.n_descsz + 3u) & ~3u);
            if (note.n_namesz > room || note.n_descsz > room || at + all > (size_t)size) break;
            *ret_id = bytes + at + sizeof note + words;
            if (note.n_type == NT_GNU_BUILD_ID && memcmp(bytes + at + sizeof note, "GNU", 4) == 0) return note.n_descsz;
            at += all;
        }
    }
    return 0;
}

/* This happens for each command of a build, so a program with an identity is not read. */
static uint64_t hash_program(uint64_t before, const char *path)
{
    char bytes[4096];
    const char *id = NULL;
    size_t size = path == NULL ? 0 : build_id(path, bytes, sizeof bytes, &id);
    return size != 0 ? hash(before, id, size) : hash_file(before, path);
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
    value = hash_program(value, mutray_path_program("mutray-stage"));
    value = hash_program(value, pieces_edit());
    value = hash_descriptions(value);
    for (; *arguments != NULL; arguments++)
        if (ends_with(*arguments, ".c") || ends_with(*arguments, ".i")) value = hash_configuration(value, *arguments);
    return value;
}
