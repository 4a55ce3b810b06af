/* SPDX-License-Identifier: Apache-2.0 */
/* What decides whether a unit uses locks: what counts, what does not, and that nothing puts its lexer out of step. */
#include "functions.h"
#include "relevance.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

/* Behind each text comes a call on a line of its own: where a text leaves the lexer out of step, it is not seen. */
#define CALL "\npthread_mutex_lock(&m);\n"

struct expectation {
    const char *text;
    bool concerned;
};

static bool is_concerned(const char *bytes)
{
    struct arena arena = {0};
    struct text text;
    struct relevance relevance;
    text_wrap(&arena, bytes, strlen(bytes), &text);
    text_relevance(&text, &relevance);
    arena_free(&arena);
    return relevance.concerned;
}

static void check(const struct expectation *expectations, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        char text[1024];
        bool concerned = is_concerned(expectations[i].text);
        if (concerned != expectations[i].concerned)
            fail_msg("%s in: %s", concerned ? "a lock was seen" : "no lock was seen", expectations[i].text);
        snprintf(text, sizeof text, "%s" CALL, expectations[i].text);
        if (!is_concerned(text)) fail_msg("out of step behind: %s", expectations[i].text);
    }
}

static void counts_identifiers(void **state)
{
    static const struct expectation expectations[] = {
        {"", false},
        {"pthread_mutex_lock(&m);", true},
        {"pthread_mutex_lock(a); pthread_mutex_unlock(a);", true},
        {"f = pthread_mutex_lock;", true},
        {"(pthread_mutex_lock)(&m)", true},
        {"x pthread_mutex_lock", true},
        {"mtx_lock(&m); cnd_wait(&c, &m);", true},
        {"pthread_cond_clockwait(&c, &m, 0, t)", true},
        {"pthread_mutex_lock_(&m); my_pthread_mutex_lock(&m); pthread_mutex_loc(&m);", false},
        {"pthread_mutex_consistent(&m); extern pthread_mutex_t m;", false},
        {"#define LOCK(m) pthread_mutex_lock(m)", false},
        {"#define LOCK(m) pthread_mutex_lock(m)\nvoid f(void) { LOCK(&m); }", true},
        {"#define LOCK(m) \\\n pthread_mutex_lock(m)\nvoid f(void) { LOCK(&m); }", true},
        {"#define pthread_mutex_lock(m) mine(m)", false},
        {"static pthread_mutex_t m;", true},
        {"int take(pthread_mutex_t *m);", false},
        {"int take(pthread_mutex_t *m); void f(void) { take(x); }", true},
        {"0pthread_mutex_lock", false},
        {"\xc3\xa9pthread_mutex_lock", false},
    };
    (void)state;
    check(expectations, sizeof expectations / sizeof *expectations);
}

static void leaves_members_out(void **state)
{
    static const struct expectation expectations[] = {
        {"ops->pthread_mutex_lock(&m)", false},
        {"ops.pthread_mutex_lock(&m)", false},
        {"ops -> /* x */ pthread_mutex_lock", false},
        {"ops.\n  pthread_mutex_lock", false},
        {".pthread_mutex_lock = pthread_mutex_lock", true},
        {"a - pthread_mutex_lock(&m)", true},
        {"a > pthread_mutex_lock(&m)", true},
        {"1. pthread_mutex_lock", true},
        {".5 pthread_mutex_lock", true},
        {"#define DOT .", false},
        {"#define ARROW ->", false},
    };
    (void)state;
    check(expectations, sizeof expectations / sizeof *expectations);
}

static void skips_comments_and_literals(void **state)
{
    static const struct expectation expectations[] = {
        {"/* pthread_mutex_lock */", false},
        {"// pthread_mutex_lock", false},
        {"// pthread_mutex_lock \\\n pthread_mutex_lock", false},
        {"// \\\r\n pthread_mutex_lock", false},
        {"/* it's \" */", false},
        {"// don't \"", false},
        {"/* *\\\n/", false},
        {"/**/ pthread_mutex_lock /***/", true},
        {"a /b/ pthread_mutex_lock", true},
        {"\"pthread_mutex_lock\"", false},
        {"\"a\\\"pthread_mutex_lock\"", false},
        {"\"\\\\\" pthread_mutex_lock", true},
        {"\"a\\\npthread_mutex_lock\"", false},
        {"\"a\\\r\npthread_mutex_lock\"", false},
        {"'\"' pthread_mutex_lock '\"'", true},
        {"'\\'' pthread_mutex_lock", true},
        {"'\\\\' pthread_mutex_lock", true},
        {"L'\"' pthread_mutex_lock u8'\"'", true},
        {"L\"/*\" pthread_mutex_lock", true},
        {"\"//\" pthread_mutex_lock", true},
        {"#error don't", false},
        {"#error say \"so", false},
        {"#pragma message(\"'\")", false},
    };
    (void)state;
    check(expectations, sizeof expectations / sizeof *expectations);
}

static void reads_raw_strings(void **state)
{
    static const struct expectation expectations[] = {
        {"R\"(pthread_mutex_lock \" )\" pthread_mutex_lock", true},
        {"R\"x(pthread_mutex_lock )\" y\" )x\" pthread_mutex_lock", true},
        {"u8R\"(\n\"\n'\n)\"", false},
        {"LR\"(\\)\" pthread_mutex_lock", true},
        {"R\"not raw\" pthread_mutex_lock", true},
        {"R\"(never closed", false},
        {"XR\"(\" pthread_mutex_lock", true},
        {"R (1)", false},
    };
    (void)state;
    check(expectations, sizeof expectations / sizeof *expectations);
}

static void reads_numbers(void **state)
{
    static const struct expectation expectations[] = {
        {"1'000'000 + 0x'ff", false},
        {"1'000 '\"'", false},
        {"x = 1'000; c = 'a'; pthread_mutex_lock", true},
        {"1e+5 0x1p-3 1.5e-10f", false},
        {"1e+pthread_mutex_lock", false},
        {"0x1+pthread_mutex_lock", true},
    };
    (void)state;
    check(expectations, sizeof expectations / sizeof *expectations);
}

static void joins_split_lines(void **state)
{
    static const struct expectation expectations[] = {
        {"pthread_mutex\\\n_lock(&m)", true},
        {"pthread_mutex\\\r\n_lock(&m)", true},
        {"p\\\nt\\\nh\\\nread_mutex_lock(&m)", true},
        {"ops->\\\npthread_mutex_lock(&m)", false},
        {"my\\\npthread_mutex_lock(&m)", false},
        {"a \\\n pthread_mutex_lock(&m)", true},
        {"\\ pthread_mutex_lock", true},
    };
    (void)state;
    check(expectations, sizeof expectations / sizeof *expectations);
}

static void skips_system_headers(void **state)
{
    (void)state;
    assert_false(is_concerned("# 1 \"/usr/include/pthread.h\" 1 3 4\npthread_mutex_lock\n"));
    assert_true(is_concerned("# 1 \"/usr/include/pthread.h\" 1 3\npthread_mutex_lock\n# 5 \"a.c\" 2\nmtx_lock\n"));
    assert_true(is_concerned("# 3 \"3\"\npthread_mutex_lock\n"));
    assert_true(is_concerned("# 1 \"a \\\" 3 \\\\\" 1\npthread_mutex_lock\n"));
    assert_true(is_concerned("#line 1 \"h\"\npthread_mutex_lock\n"));
}

/* A table of functions of which one is described as making locks. */
static void knows_described_members(void **state)
{
    static const struct expectation expectations[] = {
        {"struct table { void *(*make)(int); }; void f(void) { p = t->make(0); }", true},
        {"extern struct table t;\n#define MAKE(p) ((p) = t.make ? t.make(0) : 0)\nvoid f(void) { MAKE(p); }", true},
        {"#define MAKE(p) ((p) = t.make(0))\nextern struct table t;\nvoid f(void) { MAKE(p); }", true},
        {"extern struct table t;\n#define MAKE(p) ((p) = t.make(0))\n", false},
        {"struct other { void *(*make)(int); }; void f(void) { p = t->make(0); }", false},
        {"extern struct table t; void f(void) { p = t->make; make(0); t.maker(0); }", false},
    };
    (void)state;
    assert_null(lock_function_add("table.make", "mutex", "init", "result", "zero", false));
    assert_non_null(lock_function_add("table.lock", "mutex", "acquire", "0", "zero", false));
    assert_non_null(lock_function_add("table.make", "mutex", "init", "*0", "zero", false));
    check(expectations, sizeof expectations / sizeof expectations[0]);
}

/* Every prefix of a text with everything in it, exactly fitting its memory, so that a sanitizer sees any step beyond.
 */
static void stays_inside(void **state)
{
    static const char text[] =
        "# 1 \"a.c\" 3\nR\"x(a)x\" '\\'' \"\\\n\" /* */ // \\\n p\\\r\nthread 1'0e+ .5 ... -> . \\";
    (void)state;
    for (size_t size = 0; size < sizeof text; size++) {
        char *copy = test_malloc(size + 1);
        memcpy(copy, text, size);
        copy[size] = 0;
        assert_false(is_concerned(copy));
        test_free(copy);
    }
}

#define UNUSED "static inline int take(int *m)\n{ return pthread_mutex_lock(m); }\n"

static void leaves_out_functions_that_are_not_used(void **state)
{
    static const struct expectation expectations[] = {
        {UNUSED, false},
        {"static inline int take(int *m);\n" UNUSED "int x(void) { return 0; }", false},
        {UNUSED "static inline int both(void) { return take(0); }", false},
        {"#define T(m) take(m)\n" UNUSED, false},
        {"#define CONCAT(a, b) a##b\n" UNUSED, false},
        {UNUSED "int x(struct s *p) { return p->take(0); }", false},
        {UNUSED "const char *x(void) { return \"take it\"; }", false},
        {"#define BEGIN {\n" UNUSED, false},
        {"static __inline__ int take(int *m)\n{ return pthread_mutex_lock(m); }", false},
    };
    (void)state;
    check(expectations, sizeof expectations / sizeof *expectations);
}

static void sees_functions_that_are_used(void **state)
{
    static const struct expectation expectations[] = {
        {UNUSED "int x(void) { return take(0); }", true},
        {"static inline int take(int *m);\nint x(void) { return take(0); }\n" UNUSED, true},
        {"int x(void) { extern int take(int *); return take(0); }\n" UNUSED, true},
        {UNUSED "int (*f)(int *) = take;", true},
        {UNUSED "int (*f[])(int *) = {take};", true},
        {UNUSED "struct s s = {.take = take};", true},
        {UNUSED "__typeof__(take(0)) t;", true},
        {UNUSED "void x(void) { int *m __attribute__((cleanup(take))) = 0; }", true},
        {UNUSED "void x(void) { (_Generic(1, int: take))(0); }", true},
        {UNUSED "static inline int both(void) { return take(0); } int x(void) { return both(); }", true},
        {UNUSED "static inline int a(void) { return take(0); } static inline int b(void) { return a(); } int x = b;", true},
        {"static inline int both(void) { return take(0); }\n" UNUSED "int x(void) { return both(); }", true},
        {"#define T(m) take(m)\n" UNUSED "int x(void) { return T(0); }", true},
        {"#define T(m) U(m)\n#define U(m) take(m)\n" UNUSED "int x(void) { return T(0); }", true},
        {UNUSED "int x(void) { return T(0); }\n#define T(m) take(m)\n", true},
        {"#define A(a, b) a##b\n" UNUSED "int x(void) { return A(ta, ke)(0); }", true},
        {"#define A(a) ta##a\n" UNUSED "int x(void) { return A(ke)(0); }", true},
        {"#define A(a) ta##a\n" UNUSED "int x(void) { return A(k\\\ne)(0); }", true},
        {UNUSED "#define A(a, b) a##b\nint x(void) { return A(ta, ke)(0); }", true},
        {"#define A(a) other##a\n" UNUSED "int x(void) { return A(1)(0); }", false},
        {"#define take taken\n" UNUSED, true},
        {"static int take(int *m) { return pthread_mutex_lock(m); }", true},
        {"inline int take(int *m) { return pthread_mutex_lock(m); }", true},
        {"extern inline int take(int *m) { return pthread_mutex_lock(m); }", true},
        {"static inline int take(m) int *m; { return pthread_mutex_lock(m); }", true},
        {"static inline __attribute__((used)) int take(int *m) { return pthread_mutex_lock(m); }", true},
        {"static inline void take(void) __attribute__((constructor));\n" UNUSED, true},
        {UNUSED "static inline int take(int *m) __attribute__((used));\n", true},
        {UNUSED "int x(int *m) __attribute__((alias(\"take\")));", true},
        {UNUSED "#pragma weak x = take\n", true},
        {"static inline int NAME(take)(int *m) { return pthread_mutex_lock(m); }", true},
        {"#define NAME take\nstatic inline int NAME(int *m) { return pthread_mutex_lock(m); }", true},
        {"#define ATTRIBUTE\nATTRIBUTE static inline int take(int *m) { return pthread_mutex_lock(m); }", true},
        {"#define bool _Bool\nstatic inline bool take(int *m) { return pthread_mutex_lock(m); }", false},
        {"#define END }\nstatic inline int take(int *m) { return pthread_mutex_lock(m); END\n", true},
        {"#define ONE }\n#define END ONE\nstatic inline int f(int *m) { return 1; END\nint x { mtx_lock(&m); }", true},
    };
    (void)state;
    for (size_t i = 0; i < sizeof expectations / sizeof *expectations; i++)
        if (is_concerned(expectations[i].text) != expectations[i].concerned)
            fail_msg("%s", expectations[i].text);
}

/* A system header's macros may put the name together. */
static void knows_system_headers_macros(void **state)
{
    static const char system[] = "# 1 \"/usr/include/x.h\" 1 3\n", back[] = "# 1 \"a.c\" 2\n";
    char text[1024];
    (void)state;
    snprintf(text, sizeof text, "%s#define __CONCAT(a,b) a ## b\n%s" UNUSED "int x = __CONCAT(ta,ke)(0);", system, back);
    assert_true(is_concerned(text));
    snprintf(text, sizeof text, "%s# define DO(a) a ## \\\n_it\n%s" "static inline int do_it(int *m) { mtx_lock(m); }\n"
             "int x = DO(do)(0);", system, back);
    assert_true(is_concerned(text));
    snprintf(text, sizeof text, "%s#define take taken\n%s" UNUSED, system, back);
    assert_true(is_concerned(text));
    snprintf(text, sizeof text, "%s#define C(a,b) a ## b\nint ta, ke;\n%s" UNUSED, system, back);
    assert_false(is_concerned(text));
}

/* Text as a person wrote it: what any choice of branches has to do with locks, all of them together have. */
static void reads_all_branches(void **state)
{
    static const struct expectation expectations[] = {
        {"#ifdef X\nint a;\n#else\nlong a;\n#endif\n", false},
        {"#ifdef __cplusplus\nextern \"C\" {\n#endif\nint a;\n#ifdef __cplusplus\n}\n#endif\n", false},
        {"#if defined(__cplusplus) && X\nextern \"C\" {\n#endif\nint a;\n#ifdef __cplusplus\n}\n#endif\n", false},
        {"#ifndef __cplusplus\nint a;\n#else\nextern \"C\" {\n#endif\n", false},
        {"#if !defined __cplusplus\nint a;\n#else\nextern \"C\" {\n#endif\n", false},
        {"#if 0\n don't { pthread_mutex_lock\n#if X\n#else\n#endif\n#endif\n", false},
        {"#if 0\n#elif X\npthread_mutex_lock(m);\n#endif\n", true},
        {"#if 0 || X\npthread_mutex_lock(m);\n#endif\n", true},
        {"#if 0x1\npthread_mutex_lock(m);\n#endif\n", true},
        {"#if defined(__cplusplus) || X\npthread_mutex_lock(m);\n#endif\n", true},
        {"#if !defined(__cplusplus) && X\nint a;\n#else\npthread_mutex_lock(m);\n#endif\n", true},
        {"#ifdef X\nint a;\n#else\npthread_mutex_lock(m);\n#endif\n", true},
        {"static inline void take(int *m) {\n#ifdef X\nif (m) {\n#else\n{\n#endif\nmtx_lock(m); } }\n", true},
        {"static inline void take(int *m) {\n#ifdef X\nmtx_lock(m);\n#else\nif (m) { mtx_lock(0); }\n#endif\n}\n", false},
        {"int f(void) {\n#ifdef X\n}\nstatic inline int g(void) {\n#else\nmtx_lock(0);\n#endif\n}\n", true},
        {"static inline void f(void) {\n#ifdef X\nint a;\n#else\nint b; }\n#endif\n", true},
        {"struct s {\n#ifdef X\nint a;\n#endif\npthread_mutex_t m; };\nstruct s v;", true},
        {"struct s { int a;\npthread_mutex_t m; };\nstruct s v;", false},
        {"#ifdef X\nextern\n#endif\npthread_mutex_t m;", true},
        {"#ifdef X\n__attribute__((a))\n#endif\npthread_mutex_t m;", true},
        {"extern\n#ifdef X\nint a\n#else\npthread_mutex_t m\n#endif\n;", true},
        {"MACRO\n#ifdef X\nint a;\n#else\nint b;\n#endif\n", false},
        {"MACRO\n#ifdef X\nint a;\n#else\nstatic inline int f(void) { mtx_lock(0); }\n#endif\n", true},
        {"MACRO\n#include\nextern int a;\n#include\n", false},
        {"MACRO\n#include\nstatic inline int f(void) { mtx_lock(0); }\n#include\n", true},
        {"#ifdef X\nstatic inline\n#endif\nint take(int *m) { mtx_lock(m); }", true},
        {"#ifdef X\nstatic inline\n#else\nextern\n#endif\nint take(int *m) { mtx_lock(m); }", true},
        {"static inline int take(int *m\n#ifdef X\n, int b\n#endif\n) { mtx_lock(m); }", true},
        {"int a[] = {\n#ifdef X\n1,\n#endif\n2};", false},
        {"int a[] = {\n#include\n1, 2\n#include\n};", true},
        {"#if 0\n#include\nint a;\n#include\n#endif\n", true},
        {"#include\npthread_mutex_t\n#include\na;", true},
        {"#include\nint a;\n#include\n", false},
        {"int a[] = {\n#include \"x.def\"\n};\n#ifdef __cplusplus\n#include <x>\n#endif\n", false},
        {"#endif\n", true},
    };
    (void)state;
    for (size_t i = 0; i < sizeof expectations / sizeof *expectations; i++)
        if (is_concerned(expectations[i].text) != expectations[i].concerned)
            fail_msg("%s", expectations[i].text);
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
        cmocka_unit_test(leaves_out_functions_that_are_not_used),
        cmocka_unit_test(sees_functions_that_are_used),
        cmocka_unit_test(knows_system_headers_macros),
        cmocka_unit_test(reads_all_branches),
        cmocka_unit_test(stays_inside),
        cmocka_unit_test(knows_described_members),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
