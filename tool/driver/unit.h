/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One compilation of one source by the compiler proper (GCC's cc1, clang -cc1), and how to ask for variations of it.
 *
 * The two compilers spell things differently; what mutray asks of them is the same four things, so each of
 * gcc_unit.c and clang_unit.c reads a command line into a `struct unit` and writes such command lines from it.
 */
#ifndef MUTRAY_DRIVER_UNIT_H
#define MUTRAY_DRIVER_UNIT_H

#include "words.h"

/* The text that is edited. Directives: includes are in, macros are still macros. Expanded: what the parser sees. */
enum unit_text { TEXT_DIRECTIVES, TEXT_EXPANDED };

struct unit {
    char *const *argv; /* the original command, whole */
    const struct unit_compiler *compiler;
    const char *input;    /* the source as named there */
    const char *output;   /* what it writes; "-": to stdout */
    const char *deps;     /* its dependency file, null: none */
    const char *standard; /* of -std=, null: the compiler's default */
    bool preprocessed;    /* `input` has been through the preprocessor … */
    bool directives;      /* … which left the macros (TEXT_DIRECTIVES) */
    bool side_outputs;    /* writes more files beside the output: coverage notes, dumps, stack usage */
    const char *stack_usage; /* the last of these, null: none */
    size_t input_at, output_at;
};

struct unit_compiler {
    bool plain_sources;        /* its command line is one that sources.c knows */
    /* Compiles the source as it is, with the declarations in `record` in front; null: the output is assembly text. */
    void (*compile_with)(const struct unit *unit, const char *record, const char *output, struct words *ret_argv);
    enum unit_text first_text; /* what it can preprocess to, at best */
    /* Writes preprocessed text to stdout; dependencies, if wanted, to the file `deps`. */
    void (*preprocess)(const struct unit *unit, enum unit_text text, const char *deps, struct words *ret_argv);
    /* Compiles `input`, which is such text, to `output`, quiet or not. */
    void (*compile)(const struct unit *unit, enum unit_text text, const char *input, const char *output, bool quiet,
                    struct words *ret_argv);
};

/*
 * Reads a command line. Null, or why this one is left alone ("" where there is nothing to say: not a compilation of C
 * to begin with).
 */
const char *gcc_unit_read(char *const *argv, struct unit *ret_unit);
/* argv[1] is -cc1. */
const char *clang_unit_read(char *const *argv, struct unit *ret_unit);

/* Compiles, instrumented where that can be done; never returns. */
void unit_compile(const struct unit *unit, bool strict) __attribute__((noreturn));

#endif
