/* SPDX-License-Identifier: Apache-2.0 */
/* Preprocessed text: an offset's file and line are what its linemarkers say. */
#include "text.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

/* Where `word` stands in `source`. */
static void check(const char *source, const char *word, const char *file, unsigned line, bool system)
{
    struct arena arena = {0};
    struct text text;
    const char *found = strstr(source, word);
    assert_non_null(found);
    text_wrap(&arena, source, strlen(source), &text);
    struct place place = text_place(&text, (size_t)(found - source));
    assert_string_equal(place.file, file);
    assert_int_equal(place.line, line);
    assert_int_equal(place.system, system);
    arena_free(&arena);
}

static void test_markers(void **state)
{
    static const char source[] = "# 0 \"a.c\"\n"
                                 "# 1 \"/usr/include/x.h\" 1 3 4\n"
                                 "one\n"
                                 "\n"
                                 "two\n"
                                 "# 7 \"a.c\" 2\n"
                                 "three\n"
                                 "four five\n"
                                 "#define six # 9 \"no.c\"\n"
                                 "seven\n";
    (void)state;
    check(source, "one", "/usr/include/x.h", 1, true);
    check(source, "two", "/usr/include/x.h", 3, true);
    check(source, "three", "a.c", 7, false);
    check(source, "five", "a.c", 8, false);
    check(source, "seven", "a.c", 10, false);
}

static void test_line_directives(void **state)
{
    static const char source[] = "# 1 \"a.c\"\n"
                                 "one\n"
                                 "#line 40\n"
                                 "two\n"
                                 "#line 5 \"g.y\"\n"
                                 "three\n"
                                 "  #line 900\n"
                                 "four\n"
                                 "#linear 3\n"
                                 "five\n";
    (void)state;
    check(source, "one", "a.c", 1, false);
    check(source, "two", "a.c", 40, false);
    check(source, "three", "g.y", 5, false);
    check(source, "five", "g.y", 9, false);
}

static void test_names(void **state)
{
    (void)state;
    check("# 3 \"a \\\"b\\\"\\\\c.c\"\nx", "x", "a \"b\"\\c.c", 3, false);
    check("# 3 \"caf\\303\\251.c\"\nx", "x", "caf\303\251.c", 3, false);
    check("# 3 \"a.c\" 2 3\nx", "x", "a.c", 3, true);
    check("x", "x", "<unknown>", 1, false);
    check("#pragma 3\nx", "x", "<unknown>", 2, false);
    check("# 3 \"not closed\nx", "x", "not closed", 3, false);
}

static void test_end(void **state)
{
    static const char source[] = "# 1 \"a.c\"\none\n";
    struct arena arena = {0};
    struct text text;
    (void)state;
    text_wrap(&arena, source, strlen(source), &text);
    assert_int_equal(text_place(&text, strlen(source)).line, 2);
    assert_int_equal(text_place(&text, strlen(source) - 1).line, 1);
    text_wrap(&arena, "", 0, &text);
    assert_int_equal(text_place(&text, 0).line, 1);
    arena_free(&arena);
}

static void test_load(void **state)
{
    char path[] = "text_test.XXXXXX";
    struct arena arena = {0};
    struct text text;
    int fd = mkstemp(path);
    (void)state;
    assert_true(fd >= 0 && write(fd, "a\0b\n", 4) == 4 && close(fd) == 0);
    assert_int_equal(text_load(&arena, path, &text), 0);
    assert_int_equal(text.size, 4);
    assert_memory_equal(text.bytes, "a\0b\n", 5);
    unlink(path);
    assert_int_equal(text_load(&arena, path, &text), -ENOENT);
    arena_free(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_markers), cmocka_unit_test(test_line_directives), cmocka_unit_test(test_names),
        cmocka_unit_test(test_end),     cmocka_unit_test(test_load),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
