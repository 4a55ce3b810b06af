/* SPDX-License-Identifier: Apache-2.0 */
/* The lexer that decides whether a unit uses locks: what counts, what does not, and that nothing puts it out of step. */
#include "census.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

/* Behind each text comes a call on a line of its own: where a text leaves the lexer out of step, it is not seen. */
#define CALL "\npthread_mutex_lock(&m);\n"

struct expectation {
    const char *text;
    unsigned names;
};

static unsigned names_in(const char *text)
{
    struct census census;
    census_take(text, strlen(text), &census);
    return census.names;
}

static void check(const struct expectation *expectations, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        char text[1024];
        snprintf(text, sizeof text, "%s" CALL, expectations[i].text);
        unsigned names = names_in(text);
        if (names != expectations[i].names + 1)
            fail_msg("%u names, not %u, in: %s", names, expectations[i].names + 1, text);
    }
}

static void counts_identifiers(void **state)
{
    static const struct expectation expectations[] = {
        {"", 0},
        {"pthread_mutex_lock(&m);", 1},
        {"pthread_mutex_lock(a); pthread_mutex_unlock(a);", 2},
        {"f = pthread_mutex_lock;", 1},
        {"(pthread_mutex_lock)(&m)", 1},
        {"x pthread_mutex_lock", 1},
        {"mtx_lock(&m); cnd_wait(&c, &m);", 2},
        {"pthread_cond_clockwait(&c, &m, 0, t)", 1},
        {"pthread_mutex_lock_(&m); my_pthread_mutex_lock(&m); pthread_mutex_loc(&m);", 0},
        {"pthread_mutex_consistent(&m); pthread_mutex_t m;", 0},
        {"#define LOCK(m) pthread_mutex_lock(m)", 1},
        {"#define LOCK(m) \\\n pthread_mutex_lock(m)", 1},
        {"#define pthread_mutex_lock(m) mine(m)", 1},
        {"0pthread_mutex_lock", 0},
        {"\xc3\xa9pthread_mutex_lock", 0},
    };
    (void)state;
    check(expectations, sizeof expectations / sizeof *expectations);
}

static void leaves_members_out(void **state)
{
    static const struct expectation expectations[] = {
        {"ops->pthread_mutex_lock(&m)", 0},
        {"ops.pthread_mutex_lock(&m)", 0},
        {"ops -> /* x */ pthread_mutex_lock", 0},
        {"ops.\n  pthread_mutex_lock", 0},
        {"ops.\n# 7 \"a.c\"\npthread_mutex_lock", 0},
        {".pthread_mutex_lock = pthread_mutex_lock", 1},
        {"a ... pthread_mutex_lock", 1},
        {"a - pthread_mutex_lock(&m)", 1},
        {"a > pthread_mutex_lock(&m)", 1},
        {"1. pthread_mutex_lock", 1},
        {".5 pthread_mutex_lock", 1},
        {"#define DOT .", 0},
        {"#define ARROW ->", 0},
    };
    (void)state;
    check(expectations, sizeof expectations / sizeof *expectations);
}

static void skips_comments_and_literals(void **state)
{
    static const struct expectation expectations[] = {
        {"/* pthread_mutex_lock */", 0},
        {"// pthread_mutex_lock", 0},
        {"// pthread_mutex_lock \\\n pthread_mutex_lock", 0},
        {"// \\\r\n pthread_mutex_lock", 0},
        {"/* it's \" */", 0},
        {"// don't \"", 0},
        {"/* *\\\n/", 0},
        {"/\\\n* pthread_mutex_lock */", 0},
        {"/\\\n/ pthread_mutex_lock", 0},
        {"/**/ pthread_mutex_lock /***/", 1},
        {"a /b/ pthread_mutex_lock", 1},
        {"\"pthread_mutex_lock\"", 0},
        {"\"a\\\"pthread_mutex_lock\"", 0},
        {"\"\\\\\" pthread_mutex_lock", 1},
        {"\"a\\\npthread_mutex_lock\"", 0},
        {"\"a\\\r\npthread_mutex_lock\"", 0},
        {"'\"' pthread_mutex_lock '\"'", 1},
        {"'\\'' pthread_mutex_lock", 1},
        {"'\\\\' pthread_mutex_lock", 1},
        {"L'\"' pthread_mutex_lock u8'\"'", 1},
        {"L\"/*\" pthread_mutex_lock", 1},
        {"\"//\" pthread_mutex_lock", 1},
        {"#error don't", 0},
        {"#error say \"so", 0},
        {"#pragma message(\"'\")", 0},
    };
    (void)state;
    check(expectations, sizeof expectations / sizeof *expectations);
}

static void reads_raw_strings(void **state)
{
    static const struct expectation expectations[] = {
        {"R\"(pthread_mutex_lock \" )\" pthread_mutex_lock", 1},
        {"R\"x(pthread_mutex_lock )\" y\" )x\" pthread_mutex_lock", 1},
        {"u8R\"(\n\"\n'\n)\"", 0},
        {"LR\"(\\)\" pthread_mutex_lock", 1},
        {"R\"not raw\" pthread_mutex_lock", 1},
        {"R\"(never closed", 0},
        {"XR\"(\" pthread_mutex_lock", 1},
        {"R (1)", 0},
    };
    (void)state;
    check(expectations, sizeof expectations / sizeof *expectations);
}

static void reads_numbers(void **state)
{
    static const struct expectation expectations[] = {
        {"1'000'000 + 0x'ff", 0},
        {"1'000 '\"'", 0},
        {"x = 1'000; c = 'a'; pthread_mutex_lock", 1},
        {"1e+5 0x1p-3 1.5e-10f", 0},
        {"1e+pthread_mutex_lock", 0},
        {"0x1+pthread_mutex_lock", 1},
    };
    (void)state;
    check(expectations, sizeof expectations / sizeof *expectations);
}

static void joins_split_lines(void **state)
{
    static const struct expectation expectations[] = {
        {"pthread_mutex\\\n_lock(&m)", 1},
        {"pthread_mutex\\\r\n_lock(&m)", 1},
        {"p\\\nt\\\nh\\\nread_mutex_lock(&m)", 1},
        {"ops->\\\npthread_mutex_lock(&m)", 0},
        {"my\\\npthread_mutex_lock(&m)", 0},
        {"a \\\n pthread_mutex_lock(&m)", 1},
        {"\\ pthread_mutex_lock", 1},
    };
    (void)state;
    check(expectations, sizeof expectations / sizeof *expectations);
}

static void skips_system_headers(void **state)
{
    (void)state;
    assert_int_equal(names_in("# 1 \"/usr/include/pthread.h\" 1 3 4\npthread_mutex_lock\n"), 0);
    assert_int_equal(names_in("# 1 \"/usr/include/pthread.h\" 1 3\npthread_mutex_lock\n# 5 \"a.c\" 2\nmtx_lock\n"), 1);
    assert_int_equal(names_in("# 3 \"3\"\npthread_mutex_lock\n"), 1);
    assert_int_equal(names_in("# 1 \"a \\\" 3 \\\\\" 1\npthread_mutex_lock\n"), 1);
    assert_int_equal(names_in("x\n  # 1 \"h\" 3\npthread_mutex_lock\n"), 0);
    assert_int_equal(names_in("/*\n# 1 \"h\" 3\n*/ pthread_mutex_lock\n"), 1);
    assert_int_equal(names_in("#line 1 \"h\"\npthread_mutex_lock\n"), 1);
}

static void tells_the_first_place(void **state)
{
    struct census census;
    const char text[] = "# 1 \"a.c\"\n\n\n# 10 \"dir/b.h\" 1\nint x;\npthread_mutex_lock(\n&m);\nmtx_lock();\n";
    (void)state;
    census_take(text, strlen(text), &census);
    assert_int_equal(census.names, 2);
    assert_int_equal(census.first_line, 11);
    assert_string_equal(census.first_file, "dir/b.h");
}

static void sees_macros_that_need_expanding(void **state)
{
    static const char *const yes[] = {"__BASE_FILE__", "__TIMESTAMP__", "# 1 \"h\" 3\n#define B __BASE_FILE__\n"};
    static const char *const no[] = {"__FILE__", "/* __BASE_FILE__ */", "\"__TIMESTAMP__\"", "__BASE_FILE__x"};
    struct census census;
    (void)state;
    for (size_t i = 0; i < 3; i++) {
        census_take(yes[i], strlen(yes[i]), &census);
        assert_true(census.wants_expanded);
    }
    for (size_t i = 0; i < 4; i++) {
        census_take(no[i], strlen(no[i]), &census);
        assert_false(census.wants_expanded);
    }
}

static void names_the_source(void **state)
{
    char name[16];
    (void)state;
    census_source("# 0 \"a.c\"\nint x;\n", name, sizeof name);
    assert_string_equal(name, "a.c");
    census_source("int x;\n# 1 \"a.c\"\n", name, sizeof name);
    assert_string_equal(name, "");
    census_source("# 1 \"a name that is too long for it.c\"\n", name, sizeof name);
    assert_string_equal(name, "a name that is ");
}

/* Every prefix of a text with everything in it, exactly fitting its memory, so that a sanitizer sees any step beyond. */
static void stays_inside(void **state)
{
    static const char text[] = "# 1 \"a.c\" 3\nR\"x(a)x\" '\\'' \"\\\n\" /* */ // \\\n p\\\r\nthread 1'0e+ .5 ... -> . \\";
    (void)state;
    for (size_t size = 0; size < sizeof text; size++) {
        char *copy = test_malloc(size + 1);
        struct census census;
        memcpy(copy, text, size);
        copy[size] = 0;
        census_take(copy, size, &census);
        assert_int_equal(census.names, 0);
        test_free(copy);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(counts_identifiers),
        cmocka_unit_test(leaves_members_out),
        cmocka_unit_test(skips_comments_and_literals),
        cmocka_unit_test(reads_raw_strings),
        cmocka_unit_test(reads_numbers),
        cmocka_unit_test(joins_split_lines),
        cmocka_unit_test(skips_system_headers),
        cmocka_unit_test(tells_the_first_place),
        cmocka_unit_test(sees_macros_that_need_expanding),
        cmocka_unit_test(names_the_source),
        cmocka_unit_test(stays_inside),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
