/* SPDX-License-Identifier: Apache-2.0 */
/*
 * GCC's cc1: its command line, and the variations mutray asks for.
 *
 * gcc's driver has already resolved everything (specs, -Wp, response files, several sources), so a cc1 line is simple:
 * one input, one output, options of a closed set. Which of them take the next word as argument decides what the input
 * is; a line with any other number of inputs than one is left alone.
 *
 * -E -fdirectives-only includes headers and prints macro definitions without expanding anything; -fpreprocessed
 * -fdirectives-only reads that back and expands while compiling. Comments, macros and so all diagnostics and the debug
 * information of -g3 survive. Options that the preprocessor has used up (-D, -include) are ignored in the second step.
 */
#include "unit.h"

#include "base/say.h"
#include "option.h"

#include <stdlib.h>
#include <string.h>

enum meaning {
    IGNORED,      /* nothing to us */
    OUTPUT,       /* -o */
    DEPS,         /* asks for, and names, a dependency file; not wanted when compiling preprocessed text */
    DEPS_FILE,    /* names it */
    DEPS_DETAIL,  /* says what is in it */
    SIDE_OUTPUT,  /* writes further files … */
    STACK_USAGE,  /* … this one is called … */
    DUMP_FOLDER,  /* … this … */
    DUMP_NAME,    /* … and this … */
    DUMP_SUFFIX,  /* … without this … */
    PREPROCESSED, /* the input is preprocessed text … */
    DIRECTIVES,   /* … with macros left in it */
    STANDARD,     /* -std= */
    NOT_C,        /* not a compilation: nothing to say */
    UNFIT         /* a compilation that is left alone, with the option as reason */
};

static const struct option options[] = {
    {"-o", NEXT, OUTPUT},
    {"-MD", NEXT, DEPS},
    {"-MMD", NEXT, DEPS},
    {"-MF", NEXT, DEPS_FILE},
    {"-MT", NEXT, DEPS_DETAIL},
    {"-MQ", NEXT, DEPS_DETAIL},
    {"-MP", EXACT, DEPS_DETAIL},
    {"-MG", EXACT, DEPS_DETAIL},
    {"-fpreprocessed", EXACT, PREPROCESSED},
    {"-fdirectives-only", EXACT, DIRECTIVES},
    {"-std=", PREFIX, STANDARD},
    {"-ansi", EXACT, STANDARD},
    {"-E", EXACT, NOT_C},
    {"-M", EXACT, NOT_C},
    {"-MM", EXACT, NOT_C},
    {"-fsyntax-only", EXACT, NOT_C},
    {"--output-pch", PREFIX, NOT_C},
    {"-dM", EXACT, NOT_C},
    {"--help", PREFIX, NOT_C},
    {"--version", EXACT, NOT_C},
    {"-ffreestanding", EXACT, UNFIT},
    {"-C", EXACT, UNFIT},
    {"-CC", EXACT, UNFIT},
    {"-P", EXACT, UNFIT},
    {"-dI", EXACT, UNFIT},
    {"-dN", EXACT, UNFIT},
    {"-dU", EXACT, UNFIT},
    {"-fcompare-debug", PREFIX, UNFIT},
    {"-fdump-final-insns", PREFIX, UNFIT},
    {"-fdiagnostics-format=sarif-file", EXACT, UNFIT},
    {"-fdiagnostics-format=json-file", EXACT, UNFIT},
    {"-fdiagnostics-add-output", PREFIX, UNFIT},
    {"-ftest-coverage", EXACT, SIDE_OUTPUT},
    {"-fstack-usage", EXACT, STACK_USAGE},
    {"-fdump-", PREFIX, SIDE_OUTPUT},
    {"-fcallgraph-info", PREFIX, SIDE_OUTPUT},
    {"-fsave-optimization-record", EXACT, SIDE_OUTPUT},
    {"-aux-info", NEXT, SIDE_OUTPUT},
    {"-da", PREFIX, SIDE_OUTPUT},
    {"-fopt-info", PREFIX, SIDE_OUTPUT},
    {"-A", NEXT, IGNORED},
    {"-D", NEXT, IGNORED},
    {"-U", NEXT, IGNORED},
    {"-I", NEXT, IGNORED},
    {"-F", NEXT, IGNORED},
    {"-G", NEXT, IGNORED},
    {"-auxbase", NEXT, IGNORED},
    {"-auxbase-strip", NEXT, IGNORED},
    {"-dumpbase", NEXT, DUMP_NAME},
    {"-dumpbase-ext", NEXT, DUMP_SUFFIX},
    {"-dumpdir", NEXT, DUMP_FOLDER},
    {"-idirafter", NEXT, IGNORED},
    {"-imacros", NEXT, IGNORED},
    {"-imultilib", NEXT, IGNORED},
    {"-imultiarch", NEXT, IGNORED},
    {"-include", NEXT, IGNORED},
    {"-iprefix", NEXT, IGNORED},
    {"-iquote", NEXT, IGNORED},
    {"-isysroot", NEXT, IGNORED},
    {"-isystem", NEXT, IGNORED},
    {"-iwithprefix", NEXT, IGNORED},
    {"-iwithprefixbefore", NEXT, IGNORED},
    {"--param", NEXT, IGNORED},
    {"-x", NEXT, UNFIT},
    {NULL, EXACT, 0},
};

static void add_deps(const struct unit *unit, const char *deps, struct words *words)
{
    for (char *const *at = unit->argv + 1; *at != NULL; at++) {
        const struct option *option = option_find(options, *at);
        bool next = option->shape == NEXT && at[1] != NULL;
        if (option->meaning == DEPS || option->meaning == DEPS_DETAIL) {
            words_add(words, *at);
            if (next) words_add(words, option->meaning == DEPS ? deps : at[1]);
        }
        if (next) at++;
    }
    words_add(words, "-MF");
    words_add(words, deps);
}

/* Everything but input, output and dependencies, which the caller adds. */
static void add_common(const struct unit *unit, struct words *words)
{
    words_add(words, unit->argv[0]);
    for (char *const *at = unit->argv + 1; *at != NULL; at++) {
        const struct option *option = option_find(options, *at);
        bool next = option->shape == NEXT && at[1] != NULL;
        bool ours = option->meaning == OUTPUT || option->meaning == DEPS || option->meaning == DEPS_FILE ||
                    option->meaning == DEPS_DETAIL || option->meaning == PREPROCESSED ||
                    option->meaning == DIRECTIVES || (size_t)(at - unit->argv) == unit->input_at;
        if (!ours) words_add(words, *at);
        if (!ours && next) words_add(words, at[1]);
        if (next) at++;
    }
}

static void preprocess(const struct unit *unit, enum unit_text text, const char *deps, struct words *ret_argv)
{
    add_common(unit, ret_argv);
    words_insert(ret_argv, 1, "-E");
    if (text == TEXT_DIRECTIVES) words_add(ret_argv, "-fdirectives-only");
    if (deps != NULL && unit->deps != NULL) add_deps(unit, deps, ret_argv);
    words_add(ret_argv, unit->input);
}

static void compile(const struct unit *unit, enum unit_text text, const char *input, const char *output, bool quiet,
                    struct words *ret_argv)
{
    add_common(unit, ret_argv);
    words_add(ret_argv, "-fpreprocessed");
    if (text == TEXT_DIRECTIVES) words_add(ret_argv, "-fdirectives-only");
    if (quiet) words_add(ret_argv, "-w");
    words_add(ret_argv, input);
    words_add(ret_argv, "-o");
    words_add(ret_argv, output);
}

static const struct unit_compiler gcc = {.plain_sources = true, .preprocess = preprocess, .compile = compile};

/* "sub/" "lock.c" ".c": sub/lock.su */
static const char *stack_usage_file(const char *folder, const char *name, const char *suffix)
{
    size_t size = strlen(name);
    if (*suffix != 0 && ends_with(name, suffix)) size -= strlen(suffix);
    return mutray_format("%s%.*s.su", folder, (int)size, name);
}

const char *gcc_unit_read(char *const *argv, struct unit *ret_unit)
{
    struct unit *unit = ret_unit;
    const char *unfit = NULL, *dump_folder = "", *dump_name = "", *dump_suffix = "";
    unsigned inputs = 0;

    *unit = (struct unit){.argv = argv, .compiler = &gcc};
    for (size_t i = 1; argv[i] != NULL; i++) {
        if (argv[i][0] == '@') continue; /* gcc puts nothing but folders for headers there */
        if (argv[i][0] != '-' || argv[i][1] == 0) {
            inputs++;
            unit->input = argv[i];
            unit->input_at = i;
            continue;
        }
        const struct option *option = option_find(options, argv[i]);
        const char *value = option->shape == NEXT ? argv[i + 1] : argv[i];
        if (value == NULL) return "a command line of unknown form";
        switch ((enum meaning)option->meaning) {
        case NOT_C:
            return "";
        case UNFIT:
            unfit = option->word;
            break;
        case OUTPUT:
            unit->output = value;
            unit->output_at = i + 1;
            break;
        case DEPS:
            if (unit->deps == NULL) unit->deps = value;
            break;
        case DEPS_FILE:
            break;
        case STANDARD:
            unit->standard = *value == '-' && value[1] == 'a' ? "c90" : value + strlen("-std=");
            break;
        case PREPROCESSED:
            unit->preprocessed = true;
            break;
        case DIRECTIVES:
            unit->directives = true;
            break;
        case SIDE_OUTPUT:
            unit->side_outputs = true;
            break;
        case STACK_USAGE:
            unit->side_outputs = true;
            unit->stack_usage = "";
            break;
        case DUMP_FOLDER:
            dump_folder = value;
            break;
        case DUMP_NAME:
            dump_name = value;
            break;
        case DUMP_SUFFIX:
            dump_suffix = value;
            break;
        case DEPS_DETAIL:
        case IGNORED:
            break;
        }
        if (option->shape == NEXT) i++;
    }
    /* -MF wins over the name that comes with -MD, and is nothing without it. */
    for (size_t i = 1; unit->deps != NULL && argv[i] != NULL && argv[i + 1] != NULL; i++)
        if (strcmp(argv[i], "-MF") == 0) unit->deps = argv[i + 1];
    if (unit->stack_usage != NULL) unit->stack_usage = stack_usage_file(dump_folder, dump_name, dump_suffix);
    if (inputs != 1 || unit->output == NULL) return "a command line of unknown form";
    if (strcmp(unit->input, "-") == 0) return "source from standard input";
    if (unit->deps != NULL && strcmp(unit->deps, "-") == 0) return "dependencies to standard output";
    return unfit;
}
