/* SPDX-License-Identifier: Apache-2.0 */
/*
 * clang -cc1: its command line, and the variations mutray asks for.
 *
 * The line always ends in `-x LANGUAGE INPUT`. The edited text is compiled under the source's own name with
 * -remap-file, so that names in debug information and symbol tables are right without further ado. It is fully expanded
 * text: clang has nothing like GCC's -fdirectives-only (-frewrite-includes leaves out the macros that are not written
 * in any file).
 */
#include "unit.h"

#include "base/say.h"
#include "option.h"

#include <string.h>

enum meaning { IGNORED, KIND, OUTPUT, DEPS, DEPS_DETAIL, USED_UP, SIDE_OUTPUT, STACK_USAGE, STANDARD, NOT_C, UNFIT };

static const struct option options[] = {
    {"-emit-obj", EXACT, KIND},
    {"-emit-llvm-bc", EXACT, KIND},
    {"-S", EXACT, KIND},
    {"-o", NEXT, OUTPUT},
    {"-dependency-file", NEXT, DEPS},
    {"-MT", NEXT, DEPS_DETAIL},
    {"-MP", EXACT, DEPS_DETAIL},
    {"-MG", EXACT, DEPS_DETAIL},
    {"-sys-header-deps", EXACT, DEPS_DETAIL},
    {"-include", NEXT, USED_UP}, /* by the preprocessor: is in its text */
    {"-imacros", NEXT, USED_UP},
    {"-coverage-notes-file", NEXT, SIDE_OUTPUT}, /* before LLVM 17 */
    {"-coverage-notes-file=", PREFIX, SIDE_OUTPUT},
    {"-split-dwarf-output", NEXT, SIDE_OUTPUT},
    {"-stack-usage-file", NEXT, STACK_USAGE},
    {"-opt-record-file", NEXT, SIDE_OUTPUT},
    {"-ftime-trace", PREFIX, SIDE_OUTPUT},
    {"-std=", PREFIX, STANDARD},
    {"-include-pch", NEXT, UNFIT},
    {"-fmodules", EXACT, UNFIT},
    {"-ffreestanding", EXACT, UNFIT},
    {"-serialize-diagnostic-file", NEXT, UNFIT},
    {"-diagnostic-log-file", NEXT, UNFIT},
    {"-E", EXACT, NOT_C},
    {"-Eonly", EXACT, NOT_C},
    {"-fsyntax-only", EXACT, NOT_C},
    {"-emit-pch", EXACT, NOT_C},
    {NULL, EXACT, 0},
};

/* Copies the command up to `-x LANGUAGE INPUT`, leaving out what has the meanings in the set `without`. */
static void add_options(const struct unit *unit, unsigned without, const char *deps, struct words *words)
{
    words_add(words, unit->argv[0]);
    for (size_t i = 1; i < unit->input_at - 2; i++) {
        const struct option *option = option_find(options, unit->argv[i]);
        bool wanted = (without >> option->meaning & 1) == 0;
        if (wanted) words_add(words, unit->argv[i]);
        if (option->shape != NEXT) continue;
        i++;
        if (wanted) words_add(words, option->meaning == DEPS ? deps : unit->argv[i]);
    }
}

static void add_input(const struct unit *unit, const char *language, struct words *words)
{
    words_add(words, "-x");
    words_add(words, language);
    words_add(words, unit->input);
}

static void preprocess(const struct unit *unit, enum unit_text text, const char *deps, struct words *ret_argv)
{
    (void)text;
    add_options(unit, 1u << KIND | 1u << OUTPUT | 1u << SIDE_OUTPUT | 1u << STACK_USAGE, deps, ret_argv);
    words_insert(ret_argv, 2, "-E"); /* behind -cc1 */
    add_input(unit, "c", ret_argv);
}

static void compile(const struct unit *unit, enum unit_text text, const char *input, const char *output, bool quiet,
                    struct words *ret_argv)
{
    (void)text;
    add_options(unit, 1u << OUTPUT | 1u << DEPS | 1u << DEPS_DETAIL | 1u << USED_UP, NULL, ret_argv);
    if (quiet) words_add(ret_argv, "-w");
    words_add(ret_argv, "-remap-file");
    words_add(ret_argv, mutray_format("%s;%s", unit->input, input));
    words_add(ret_argv, "-o");
    words_add(ret_argv, output);
    add_input(unit, "cpp-output", ret_argv);
}

static void compile_with(const struct unit *unit, const char *record, const char *output, struct words *ret_argv)
{
    add_options(unit, 1u << OUTPUT | 1u << DEPS | 1u << DEPS_DETAIL, NULL, ret_argv);
    words_add(ret_argv, "-include");
    words_add(ret_argv, record);
    words_add(ret_argv, "-o");
    words_add(ret_argv, output);
    add_input(unit, "c", ret_argv);
}

static const struct unit_compiler clang = {
    .compile_with = compile_with, .first_text = TEXT_EXPANDED, .preprocess = preprocess, .compile = compile};

const char *clang_unit_read(char *const *argv, struct unit *ret_unit)
{
    struct unit *unit = ret_unit;
    const char *unfit = NULL;
    bool compiles = false;
    size_t count = 0;

    *unit = (struct unit){.argv = argv, .compiler = &clang};
    while (argv[count] != NULL)
        count++;
    if (count < 5 || strcmp(argv[count - 3], "-x") != 0) return "a command line of unknown form";
    unit->preprocessed = strcmp(argv[count - 2], "cpp-output") == 0;
    if (!unit->preprocessed && strcmp(argv[count - 2], "c") != 0) return "";
    unit->input_at = count - 1;
    unit->input = argv[count - 1];

    for (size_t i = 1; i < count - 3; i++) {
        const struct option *option = option_find(options, argv[i]);
        const char *value = option->shape == NEXT ? argv[i + 1] : argv[i];
        if (option->shape == NEXT && i + 1 == count - 3) return "a command line of unknown form"; /* it takes the -x */
        switch (option->meaning) {
        case NOT_C:
            return "";
        case UNFIT:
            unfit = option->word;
            break;
        case KIND:
            compiles = true;
            break;
        case OUTPUT:
            unit->output = value;
            unit->output_at = i + 1;
            break;
        case DEPS:
            unit->deps = value;
            break;
        case SIDE_OUTPUT:
            unit->side_outputs = true;
            break;
        case STACK_USAGE:
            unit->side_outputs = true;
            unit->stack_usage = value;
            break;
        case STANDARD:
            unit->standard = value + strlen("-std=");
            break;
        default:
            break;
        }
        if (option->shape == NEXT) i++;
    }
    if (!compiles) return "";
    if (unit->output == NULL) return "a command line of unknown form";
    if (strcmp(unit->input, "-") == 0) return "source from standard input";
    if (unit->deps != NULL && strcmp(unit->deps, "-") == 0) return "dependencies to standard output";
    if (strchr(unit->input, ';') != NULL) return "a semicolon in the source's name";
    return unfit;
}
