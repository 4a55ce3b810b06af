/* SPDX-License-Identifier: Apache-2.0 */
/* Finding mutray's own programs and libraries: see place.h. */
#include "place.h"

#include "words.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char *own_folder(void)
{
    static char folder[4096];
    if (*folder == 0) {
        ssize_t size = readlink("/proc/self/exe", folder, sizeof folder - 1);
        if (size <= 0) return ".";
        folder[size] = 0;
        *strrchr(folder, '/') = 0;
    }
    return folder;
}

static const char *first_with(const char *const *folders, const char *name, int mode)
{
    for (; *folders != NULL; folders++)
        if (access(words_format("%s/%s/%s", own_folder(), *folders, name), mode) == 0)
            return words_format("%s/%s", own_folder(), *folders);
    return NULL;
}

const char *place_program(const char *name)
{
    static const char *const folders[] = {".", "../libexec/mutray", "../../bin", NULL};
    const char *override = strcmp(name, "mutray-edit") == 0 ? getenv("MUTRAY_EDIT") : NULL;
    if (override != NULL && *override != 0) return override;
    const char *folder = first_with(folders, name, X_OK);
    if (folder == NULL) return words_format("%s/%s", own_folder(), name);
    return ends_with(folder, "/.") ? words_format("%s/%s", own_folder(), name) : words_format("%s/%s", folder, name);
}

const char *place_library(const char *library)
{
    static const char *const folders[] = {"../lib", "../" MUTRAY_INSTALL_LIBDIR, "../../lib",
                                          "../../" MUTRAY_INSTALL_LIBDIR, NULL};
    const char *folder = first_with(folders, library, R_OK);
    return folder != NULL ? realpath(folder, NULL) : NULL;
}

static uint64_t hash(uint64_t before, const char *at, size_t size)
{
    for (size_t i = 0; i < size; i++) before = (before ^ (unsigned char)at[i]) * 1099511628211u; /* FNV-1a */
    return before;
}

uint64_t place_fingerprint(void)
{
    static const char *const programs[] = {"mutray-stage", "mutray-edit"};
    uint64_t value = hash(14695981039346656037u, MUTRAY_VERSION, sizeof MUTRAY_VERSION);
    for (size_t i = 0; i < sizeof programs / sizeof *programs; i++) {
        struct bytes bytes = {0};
        bytes_read_file(&bytes, place_program(programs[i]));
        value = hash(value, bytes.at, bytes.size);
        free(bytes.at);
    }
    return value;
}
