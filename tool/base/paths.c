/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Paths relative to the running program: the build tree has bin/, lib/ and share/man/ side by side, an installation has
 * whatever the packager chose, known at build time as the way from one folder to the other.
 */
#include "base/paths.h"

#include "base/say.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* The first of `bin`/WAY/NAME that is there, for the ways given. */
static char *find(const char *const *ways, const char *name)
{
    char program[PATH_MAX];
    ssize_t length = readlink("/proc/self/exe", program, sizeof program - 1);
    if (length <= 0) return NULL;
    program[length] = '\0';
    *strrchr(program, '/') = '\0';
    for (; *ways != NULL; ways++) {
        char *path = mutray_format("%s/%s/%s", program, *ways, name);
        char *real = realpath(path, NULL);
        free(path);
        if (real != NULL) return real;
    }
    return NULL;
}

char *mutray_path_program(const char *name)
{
    return find((const char *const[]){".", NULL}, name);
}

char *mutray_path_library(const char *name)
{
    return find((const char *const[]){MUTRAY_BIN_TO_LIB, "../lib", NULL}, name);
}

char *mutray_path_manual(const char *page)
{
    return find((const char *const[]){MUTRAY_BIN_TO_MAN "/man1", "../share/man/man1", NULL}, page);
}

char *mutray_path_find(const char *name)
{
    if (strchr(name, '/') != NULL) return mutray_strdup(name);
    const char *path = getenv("PATH");
    for (const char *part = path != NULL ? path : "/bin:/usr/bin"; part != NULL;) {
        size_t length = strcspn(part, ":");
        char *file = mutray_format("%.*s%s%s", (int)length, part, length > 0 ? "/" : "./", name);
        if (access(file, X_OK) == 0) return file;
        free(file);
        part = part[length] == ':' ? part + length + 1 : NULL;
    }
    return NULL;
}
