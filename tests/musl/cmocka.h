/* SPDX-License-Identifier: Apache-2.0 */
/*
 * As much of cmocka as tests/record uses, for musl and aarch64, for which there is no cmocka package. A failed check ends
 * its test case. Cases of MUTRAY_SKIPS are left out, by name and with the reason.
 */
#ifndef MUTRAY_MUSL_CMOCKA_H
#define MUTRAY_MUSL_CMOCKA_H

#include <inttypes.h>
#include <math.h>
#include <setjmp.h>
#include <stdio.h>
#include <string.h>

#ifndef MUTRAY_SKIPS
#define MUTRAY_SKIPS "skips.def"
#endif

#ifndef __GLIBC__
/* As an initialiser, which musl does not have, but whose effect its binary interface fixes. */
#define PTHREAD_RECURSIVE_MUTEX_INITIALIZER_NP {{{PTHREAD_MUTEX_RECURSIVE}}}
#endif

typedef void (*CMUnitTestFunction)(void **state);
typedef int (*CMFixtureFunction)(void **state);

struct CMUnitTest {
    const char *name;
    CMUnitTestFunction test;
    CMFixtureFunction set_up, tear_down;
};

static jmp_buf cmocka_failed;

#define cmocka_fail_unless(condition, ...)                                                                             \
    do {                                                                                                               \
        if (!(condition)) {                                                                                            \
            fprintf(stderr, "%s:%d: ", __FILE__, __LINE__);                                                            \
            fprintf(stderr, __VA_ARGS__);                                                                              \
            longjmp(cmocka_failed, 1);                                                                                 \
        }                                                                                                              \
    } while (0)
#define fail_msg(...) (fprintf(stderr, "%s:%d: ", __FILE__, __LINE__), fprintf(stderr, __VA_ARGS__), longjmp(cmocka_failed, 1))
#define assert_true(condition) cmocka_fail_unless(condition, "not so: %s\n", #condition)
#define assert_false(condition) assert_true(!(condition))
#define assert_null(pointer) assert_true((pointer) == NULL)
#define assert_non_null(pointer) assert_true((pointer) != NULL)
#define assert_int_equal(a, b)                                                                                         \
    cmocka_fail_unless((intmax_t)(a) == (intmax_t)(b), "%s: %jd != %jd\n", #a, (intmax_t)(a), (intmax_t)(b))
#define assert_int_not_equal(a, b) assert_true((intmax_t)(a) != (intmax_t)(b))
#define assert_in_range(value, low, high)                                                                              \
    cmocka_fail_unless((uintmax_t)(value) >= (low) && (uintmax_t)(value) <= (high), "%s: %ju\n", #value,               \
                       (uintmax_t)(value))
#define assert_float_equal(a, b, epsilon)                                                                              \
    cmocka_fail_unless(fabs((double)(a) - (double)(b)) <= (epsilon), "%s: %g != %g\n", #a, (double)(a), (double)(b))
#define assert_string_equal(a, b) cmocka_fail_unless(strcmp(a, b) == 0, "%s: \"%s\" != \"%s\"\n", #a, a, b)
#define assert_memory_equal(a, b, size) assert_true(memcmp(a, b, size) == 0)

#define cmocka_unit_test(test) {#test, test, NULL, NULL}
#define cmocka_unit_test_setup_teardown(test, set_up, tear_down) {#test, test, set_up, tear_down}
#define cmocka_unit_test_teardown(test, tear_down) {#test, test, NULL, tear_down}
#define cmocka_run_group_tests(tests, set_up, tear_down)                                                               \
    cmocka_run(tests, sizeof(tests) / sizeof *(tests), set_up, tear_down)

static inline const char *cmocka_why_skipped(const char *name)
{
#define MUTRAY_SKIP(test, reason)                                                                                      \
    if (strcmp(name, #test) == 0)                                                                                      \
        return reason;
#include MUTRAY_SKIPS
#undef MUTRAY_SKIP
    return NULL;
}

static inline int cmocka_run_one(const struct CMUnitTest *test, void **state)
{
    if (setjmp(cmocka_failed) != 0)
        return 1;
    if (test->set_up != NULL && test->set_up(state) != 0)
        return 1;
    test->test(state);
    return test->tear_down != NULL ? test->tear_down(state) : 0;
}

static inline int cmocka_run(const struct CMUnitTest *tests, size_t count, CMFixtureFunction set_up,
                             CMFixtureFunction tear_down)
{
    void *state = NULL;
    setvbuf(stdout, NULL, _IONBF, 0);
    int failed = set_up != NULL && set_up(&state) != 0;
    for (size_t i = 0; i < count; i++) {
        const char *reason = cmocka_why_skipped(tests[i].name);
        int result = reason != NULL ? 0 : cmocka_run_one(&tests[i], &state);
        printf("%s %s%s%s\n", reason != NULL ? "skipped" : result == 0 ? "ok     " : "FAILED ", tests[i].name,
               reason != NULL ? ": " : "", reason != NULL ? reason : "");
        failed += result != 0;
    }
    if (tear_down != NULL)
        tear_down(&state);
    return failed;
}

#endif
