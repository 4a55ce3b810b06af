/* SPDX-License-Identifier: Apache-2.0 */
/* Telling compilers from launchers and files, and builds from questions, by command lines alone. */
#include "command_line.h"
#include "compiler.h"
#include "response.h"

#include <malloc.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* The words of a command, which are separated by single spaces. */
static struct words split(const char *line)
{
    struct words words = {0};
    response_split(line, &words);
    if (words.count == 0) words_add(&words, NULL);
    return words;
}

static void takes_part_in_builds(void **state)
{
    static const char *const builds[] = {
        "-c a.c",
        "-c a.c -o a.o",
        "-MD -MF -c a.c",          /* -MF takes "-c" */
        "-include -E a.c",         /* … and -include "-E" */
        "-I -S -c a.c",
        "-Xlinker -M a.o",
        "-D conftest.c a.c",
        "a.o b.o -o program",
        "-o program a.o -lfoo",
        "-x c a.inc",
        "-c a.s",
        "-c a.cc",
        "-Wp,-MD,a.d -c a.c",
        "-MMD -MP -c a.c",
        "-pipe -c dir/a.c",
        "-v -c a.c",
        "-ffreestanding-not -c a.c",
        "-shared -o lib.so a.o",
        "-c myconftest.c",
        "-c CMakeLists.c",
    };
    (void)state;
    for (size_t i = 0; i < sizeof builds / sizeof *builds; i++) {
        const char *reason = command_line_unfit(split(builds[i]).at);
        if (reason != NULL) fail_msg("left alone (%s): %s", reason, builds[i]);
    }
}

static void leaves_questions_alone(void **state)
{
    static const char *const questions[] = {
        "",
        "-E a.c",
        "-M a.c",
        "-MM a.c",
        "-S a.c",
        "-fsyntax-only a.c",
        "-### -c a.c",
        "--version",
        "-v",
        "-dumpversion",
        "-dumpmachine",
        "-print-search-dirs",
        "-print-file-name=libc.so",
        "--print-prog-name=ld",
        "--help=common",
        "-ffreestanding -c a.c",
        "-wrapper x,y -c a.c",
        "-c -x c -",
        "-c -x c /dev/null -o a.o",
        "-c a.c -o /dev/null",
        "-c a.c -o/dev/null",
        "-x c-header a.h",
        "-c conftest.c",
        "-o conftest -g conftest.c -lpthread",
        "-c dir/conftest.c",
        "-c /b/CMakeFiles/CMakeScratch/TryCompile-x/a.c",
        "-c /b/CMakeFiles/CMakeTmp/CheckFunctionExists.c",
        "-o cmTC_1a2b3 a.o",
        "-c CMakeCCompilerId.c -o CMakeFiles/3.25.1/CompilerIdC/a.o",
        "/b/meson-private/tmpabc/testfile.c -o /b/meson-private/tmpabc/output.obj -c",
        "-c a.c -o",
    };
    (void)state;
    for (size_t i = 0; i < sizeof questions / sizeof *questions; i++)
        if (command_line_unfit(split(questions[i]).at) == NULL) fail_msg("taken for a build: %s", questions[i]);
}

static void finds_the_compiler(void **state)
{
    static const struct {
        const char *command;
        size_t at;
        enum compiler_family family;
    } commands[] = {
        {"gcc -c a.c", 0, COMPILER_GCC},
        {"/usr/bin/gcc-12 -c a.c", 0, COMPILER_GCC},
        {"arm-linux-gnueabihf-gcc-12.2 -c a.c", 0, COMPILER_GCC},
        {"x86_64-w64-mingw32-gcc-posix -c a.c", 0, COMPILER_GCC},
        {"musl-gcc -c a.c", 0, COMPILER_GCC},
        {"g++ a.o", 0, COMPILER_GCC},
        {"clang -c a.c", 0, COMPILER_CLANG},
        {"clang++-19 a.o", 0, COMPILER_CLANG},
        {"ccache gcc -c a.c", 1, COMPILER_GCC},
        {"/usr/bin/ccache distcc clang-14 -c a.c", 2, COMPILER_CLANG},
        {"env A=b C=d gcc -c a.c", 3, COMPILER_GCC},
        {"/no/such/tcc -c a.c", 0, COMPILER_UNKNOWN},
        {"/no/such/clangd -c a.c", 0, COMPILER_UNKNOWN},
        {"/no/such/gccgo -c a.c", 0, COMPILER_UNKNOWN},
        {"ccache", 1, COMPILER_UNKNOWN},
    };
    (void)state;
    for (size_t i = 0; i < sizeof commands / sizeof *commands; i++) {
        struct compiler compiler;
        compiler_find(split(commands[i].command).at, &compiler);
        if (compiler.at != commands[i].at || compiler.family != commands[i].family)
            fail_msg("word %zu, family %d: %s", compiler.at, compiler.family, commands[i].command);
    }
}

static void knows_compilers_by_name(void **state)
{
    static const char *const yes[] = {"gcc", "/opt/bin/gcc-13", "cc", "c99", "clang", "a-b-gcc", "ccache", "c++"};
    static const char *const no[] = {"a.c", "gcc.c", "main.o", "gccx", "xcc", "libgcc", "clang-format", "./program"};
    (void)state;
    for (size_t i = 0; i < sizeof yes / sizeof *yes; i++)
        if (!compiler_is_name(yes[i])) fail_msg("%s", yes[i]);
    for (size_t i = 0; i < sizeof no / sizeof *no; i++)
        if (compiler_is_name(no[i])) fail_msg("%s", no[i]);
}

static void splits_as_gcc_does(void **state)
{
    static const struct {
        const char *text;
        const char *words[4];
    } cases[] = {
        {"a b\n\tc", {"a", "b", "c"}},
        {"'a b' \"c d\"", {"a b", "c d"}},
        {"a\\ b", {"a b"}},
        {"-DX=\\\"y\\\"", {"-DX=\"y\""}},
        {"\"a\\\"b\" '\\'", {"a\"b", "\\"}},
        {"a'b'\"c\"", {"abc"}},
        {"'' x", {"", "x"}},
        {"'open end", {"open end"}},
        {"", {NULL}},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct words words = {0};
        size_t count = 0;
        response_split(cases[i].text, &words);
        while (cases[i].words[count] != NULL) count++;
        assert_int_equal(words.count, count);
        for (size_t j = 0; j < count; j++) assert_string_equal(words.at[j], cases[i].words[j]);
    }
}

/* A linker's response file may have a hundred thousand words: memory grows with the file, not with its square. */
static void splits_long_texts(void **state)
{
    enum { WORDS = 20000 };
    struct words words = {0};
    char *text = calloc(WORDS, 12), *end = text;
    (void)state;
    for (unsigned i = 0; i < WORDS; i++) end += sprintf(end, "f%u.o\n", i);
    size_t before = mallinfo2().uordblks + mallinfo2().hblkhd;
    response_split(text, &words);
    size_t grown = mallinfo2().uordblks + mallinfo2().hblkhd - before;
    assert_int_equal(words.count, WORDS);
    assert_string_equal(words.at[0], "f0.o");
    assert_string_equal(words.at[WORDS - 1], "f19999.o");
    assert_true(grown < 8 * (size_t)(end - text));
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(takes_part_in_builds),    cmocka_unit_test(leaves_questions_alone),
        cmocka_unit_test(finds_the_compiler),      cmocka_unit_test(knows_compilers_by_name),
        cmocka_unit_test(splits_as_gcc_does),      cmocka_unit_test(splits_long_texts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
