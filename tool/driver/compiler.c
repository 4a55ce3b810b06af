/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which compiler a command runs: see compiler.h.
 *
 * By its name where that says it. `cc` and `c99` may be either: there the file they lead to decides, and if that is no
 * wiser (a script, a wrapper), the compiler is asked. `gcc` that is a link to ccache is still called gcc, and behaves
 * so.
 */
#include "compiler.h"

#include "base/say.h"
#include "process.h"

#include <ctype.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char *const launchers[] = {"ccache", "sccache", "distcc", "icecc", "env"};
static const char *const gcc_names[] = {"gcc", "g++", NULL};
static const char *const clang_names[] = {"clang", "clang++", NULL};
static const char *const open_names[] = {"cc", "c++", "c89", "c99", NULL};

/* [prefix-]name[-version][.suffix], as in arm-linux-gnueabihf-gcc-12. */
static bool is_called(const char *name, const char *const *names)
{
    for (; *names != NULL; names++) {
        size_t size = strlen(*names);
        for (const char *at = strstr(name, *names); at != NULL; at = strstr(at + 1, *names)) {
            bool begins = at == name || at[-1] == '-';
            const char *rest = at + size;
            if (*rest == '-' && isdigit((unsigned char)rest[1])) rest++;
            while (isdigit((unsigned char)*rest) || *rest == '.')
                rest++;
            if (begins && (*rest == 0 || strcmp(rest, "-posix") == 0 || strcmp(rest, "-win32") == 0)) return true;
        }
    }
    return false;
}

static bool is_launcher(const char *word)
{
    for (size_t i = 0; i < sizeof launchers / sizeof *launchers; i++)
        if (strcmp(base_name(word), launchers[i]) == 0) return true;
    return false;
}

bool compiler_is_name(const char *word)
{
    const char *name = base_name(word);
    return is_launcher(word) || is_called(name, gcc_names) || is_called(name, clang_names) ||
           is_called(name, open_names);
}

static enum compiler_family by_name(const char *name)
{
    if (is_called(name, clang_names)) return COMPILER_CLANG;
    return is_called(name, gcc_names) ? COMPILER_GCC : COMPILER_UNKNOWN;
}

static enum compiler_family by_file(const char *program)
{
    char real[PATH_MAX];
    const char *path = getenv("PATH");
    if (strchr(program, '/') != NULL) return realpath(program, real) ? by_name(base_name(real)) : COMPILER_UNKNOWN;
    while (path != NULL && *path != 0) {
        size_t size = strcspn(path, ":");
        char *file = mutray_format("%.*s/%s", (int)size, path, program);
        if (access(file, X_OK) == 0 && realpath(file, real) != NULL) return by_name(base_name(real));
        path += size + (path[size] == ':');
    }
    return COMPILER_UNKNOWN;
}

static enum compiler_family by_answer(const char *program)
{
    char *const argv[] = {(char *)program, (char *)"--version", NULL};
    struct bytes said = {0};
    struct process_setup setup = {.capture = &said, .errors = "/dev/null"};
    int status;
    if (process_run(argv, &setup, &status) != 0 || !process_succeeded(status)) return COMPILER_UNKNOWN;
    if (strstr(said.at, "clang version") != NULL) return COMPILER_CLANG;
    return strstr(said.at, "Free Software Foundation") != NULL ? COMPILER_GCC : COMPILER_UNKNOWN;
}

void compiler_find(char *const *argv, struct compiler *ret_compiler)
{
    size_t at = 0;
    /* A launcher may have options and VARIABLE=value words before the compiler. */
    while (argv[at] != NULL && is_launcher(argv[at]))
        for (at++; argv[at] != NULL && (argv[at][0] == '-' || strchr(argv[at], '=') != NULL); at++)
            continue;

    *ret_compiler = (struct compiler){.at = at};
    if (argv[at] == NULL) return;
    ret_compiler->family = by_name(base_name(argv[at]));
    if (ret_compiler->family == COMPILER_UNKNOWN) ret_compiler->family = by_file(argv[at]);
    if (ret_compiler->family == COMPILER_UNKNOWN) ret_compiler->family = by_answer(argv[at]);
}
