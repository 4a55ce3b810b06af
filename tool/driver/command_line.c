/* SPDX-License-Identifier: Apache-2.0 */
/* Telling builds from questions: see command_line.h. */
#include "command_line.h"

#include "option.h"
#include "response.h"
#include "words.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum meaning { NONE, OUTPUT, LANGUAGE, QUESTION, FOREIGN };

static const struct option options[] = {
#define MUTRAY_OPTION(word, shape, meaning) {word, shape, meaning},
#include "options.def"
#undef MUTRAY_OPTION
    {NULL, EXACT, NONE},
};

/*
 * Names that configure scripts give their trials: autoconf; CMake's try_compile and compiler identification; Meson's
 * checks. A word of a path that begins so.
 */
static const char *const probes[] = {
    "conftest.", "conftest_", "tmp.conftest.", "cmTC_", "CMakeTmp", "CMakeScratch", "CompilerIdC", "meson-private",
};

static bool is_probe(const char *path)
{
    for (; *path != 0; path += strcspn(path, "/"), path += *path == '/')
        for (size_t i = 0; i < sizeof probes / sizeof *probes; i++)
            if (starts_with(path, probes[i])) return true;
    return false;
}

static bool is_in_probe_folder(void)
{
    char *folder = getcwd(NULL, 0);
    bool probe = folder != NULL && is_probe(folder);
    free(folder);
    return probe;
}

static const char *unfit_file(const char *path)
{
    if (strcmp(path, "-") == 0) return "source from standard input";
    if (strcmp(path, "/dev/null") == 0) return "a question to the compiler (/dev/null)";
    return is_probe(path) ? "a configuration check" : NULL;
}

const char *command_line_unfit(char *const *arguments)
{
    struct words words = {0};
    unsigned files = 0;

    if (response_expand(arguments, &words) != 0) return "an unreadable response file";
    for (size_t i = 0; i < words.count; i++) {
        const char *word = words.at[i], *reason = NULL;
        if (word[0] != '-' || word[1] == 0) {
            files++;
            reason = unfit_file(word);
        } else {
            const struct option *option = option_find(options, word);
            if (option->meaning == QUESTION || option->meaning == FOREIGN) return option->word;
            if (option->shape == NEXT && i + 1 == words.count) return "an option without its argument";
            if (option->shape == NEXT) i++;
            if (option->meaning == OUTPUT) reason = unfit_file(words.at[i]);
            if (option->meaning == LANGUAGE && ends_with(words.at[i], "-header")) reason = "a precompiled header";
            if (starts_with(word, "-o") && strcmp(word, "-o") != 0) reason = unfit_file(word + 2);
        }
        if (reason != NULL) return reason;
    }
    if (files == 0) return "no files";
    return is_in_probe_folder() ? "a configuration check" : NULL;
}
