/* SPDX-License-Identifier: Apache-2.0 */
/*
 * `mutray cc -- gcc ARGUMENTS`: compiles or links, instrumented. `mutray-cc`, a link to this program, is the same for
 * build systems that want one word: CC=mutray-cc, or CC="mutray-cc clang -std=c11".
 */
#include "cmd/cc.h"
#include "base/say.h"
#include "cmd/command.h"
#include "driver/compiler.h"
#include "driver/drive.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static bool strict;

const struct mutray_option mutray_cmd_cc_options[] = {
    {"strict", 0, MUTRAY_FLAG, &strict, NULL, "a unit with locks that cannot be instrumented is an error"},
    {.kind = MUTRAY_END},
};

int mutray_cmd_cc(int argc, char **argv)
{
    int operands = mutray_options_parse("cc", mutray_cmd_cc_options, MUTRAY_OPERANDS_LAST, argc, argv);
    if (operands == 0) mutray_die("cc: no compiler given; write `mutray cc -- gcc -c file.c`");
    drive(argv + 1, strict);
}

static bool is_in_path(const char *name)
{
    const char *path = getenv("PATH");
    struct stat about;
    while (path != NULL && *path != '\0') {
        size_t size = strcspn(path, ":");
        char *file = mutray_format("%.*s/%s", (int)size, path, name);
        bool found = access(file, X_OK) == 0 && stat(file, &about) == 0 && S_ISREG(about.st_mode);
        free(file);
        if (found) return true;
        path += size + (path[size] == ':');
    }
    return false;
}

/* The first word is a compiler, not a file to compile or link. */
static bool names_compiler(const char *word)
{
    struct stat about;
    if (word == NULL || word[0] == '-' || word[0] == '@') return false;
    if (compiler_is_name(word)) return true;
    if (strchr(word, '/') == NULL) return strchr(word, '.') == NULL && is_in_path(word);
    return stat(word, &about) == 0 && S_ISREG(about.st_mode) && access(word, X_OK) == 0;
}

int mutray_cc_as_compiler(int argc, char **argv)
{
    if (argc > 1 && strcmp(argv[1], "--strict") == 0) {
        strict = true;
        argv++;
    }
    const char *compiler = getenv(DRIVE_COMPILER);
    if (compiler != NULL) {
        argv[0] = mutray_strdup(compiler);
        unsetenv(DRIVE_COMPILER);
        drive(argv, strict);
    }
    if (names_compiler(argv[1])) drive(argv + 1, strict);
    argv[0] = is_in_path("gcc") ? "gcc" : "cc";
    drive(argv, strict);
}
