/* SPDX-License-Identifier: Apache-2.0 */
/* What the environment can say, and what becomes of nonsense. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cmocka_all.h"
#include "options.h"

static char complaints[1024];

static void complain(const char *name, const char *value, const char *expected)
{
    size_t length = strlen(complaints);
    snprintf(complaints + length, sizeof complaints - length, "%s=%s:%s;", name, value, expected);
}

static int clear(void **state)
{
    (void)state;
    complaints[0] = '\0';
#define MUTRAY_OPTION(type, name, field, fallback, low, high, meaning) unsetenv(#name);
#include "options.def"
#undef MUTRAY_OPTION
    return 0;
}

static struct mutray__options read_all(void)
{
    struct mutray__options options;
    assert_int_equal(mutray__options_read(complain, &options), 0);
    return options;
}

static void test_defaults(void **state)
{
    (void)state;
    struct mutray__options options = read_all();
    assert_false(options.enabled);
    assert_true(options.upscale);
    assert_true(options.capture_pct == 1.0);
    assert_int_equal(options.max_frames, 64);
    assert_true(options.interval_s == 60.0);
    assert_string_equal(options.site, "datadoghq.com");
    assert_string_equal(options.family, "native");
    assert_string_equal(options.service, "");
    assert_false(options.interval_given);
    assert_string_equal(complaints, "");
    mutray__options_free(&options);
}

static void test_flags(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int expected;
    } cases[] = {{"1", 1},  {"true", 1}, {"TRUE", 1}, {"yes", 1},         {"on", 1},        {"auto", 1}, {"0", 0},
                 {"no", 0}, {"off", 0},  {"", -1},    {"false", 0},       {"maybe", -1},    {"2", -1},   {" true", -1}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        bool value = true;
        int result = mutray__parse_flag(cases[i].text, &value);
        assert_int_equal(result, cases[i].expected < 0 ? -EINVAL : 0);
        if (result == 0)
            assert_int_equal(value, cases[i].expected);
    }
}

static void test_bad_values_become_defaults_and_are_told(void **state)
{
    (void)state;
    setenv("DD_PROFILING_CAPTURE_PCT", "101", 1);
    setenv("DD_PROFILING_UPLOAD_INTERVAL", "nan", 1);
    setenv("DD_PROFILING_ENABLED", "perhaps", 1);
    setenv("MUTRAY_MEMORY_MB", "12MB", 1);
    struct mutray__options options = read_all();
    assert_true(options.capture_pct == 1.0);
    assert_true(options.interval_s == 60.0);
    assert_false(options.enabled);
    assert_int_equal(options.memory_mb, 32);
    assert_non_null(strstr(complaints, "DD_PROFILING_CAPTURE_PCT=101:"));
    assert_non_null(strstr(complaints, "DD_PROFILING_UPLOAD_INTERVAL=nan:"));
    assert_non_null(strstr(complaints, "DD_PROFILING_ENABLED=perhaps:"));
    assert_non_null(strstr(complaints, "MUTRAY_MEMORY_MB=12MB:"));
    mutray__options_free(&options);
}

static void test_capture_pct_takes_its_bounds(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        double expected;
    } cases[] = {{"0", 0}, {"100", 100}, {"0.5", 0.5}, {"-1", 1}, {"1e2", 100}, {"inf", 1}, {"50 ", 50}, {"50%", 1}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        setenv("DD_PROFILING_CAPTURE_PCT", cases[i].text, 1);
        struct mutray__options options = read_all();
        assert_true(options.capture_pct == cases[i].expected);
        mutray__options_free(&options);
    }
}

static void test_max_frames_is_clamped(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        unsigned expected;
    } cases[] = {{"599", 599}, {"600", 599}, {"99999999999999999999", 599}, {"-3", 0}, {"0", 0}, {"7.5", 64}, {"x", 64}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        setenv("DD_PROFILING_MAX_FRAMES", cases[i].text, 1);
        struct mutray__options options = read_all();
        assert_int_equal(options.max_frames, cases[i].expected);
        mutray__options_free(&options);
    }
}

static void test_texts_outlive_the_environment(void **state)
{
    (void)state;
    setenv("DD_SERVICE", "shop", 1);
    struct mutray__options options = read_all();
    setenv("DD_SERVICE", "other", 1);
    assert_string_equal(options.service, "shop");
    mutray__options_free(&options);
}

/* On and off, by each of the variables that decide it. */
static void test_on(void **state)
{
    assert_false(mutray__options_on());
    setenv("DD_PROFILING_ENABLED", "true", 1);
    assert_true(mutray__options_on());
    setenv("MUTRAY_DISABLE", "1", 1);
    assert_false(mutray__options_on());
    clear(state);
    setenv("DD_PROFILING_OUTPUT_PPROF", "/tmp/p", 1);
    assert_true(mutray__options_on());
    setenv("DD_PROFILING_ENABLED", "false", 1);
    assert_false(mutray__options_on());
    unsetenv("DD_PROFILING_ENABLED");
    setenv("DD_PROFILING_LOCK_ENABLED", "false", 1);
    assert_false(mutray__options_on());
    clear(state);
    setenv("DD_PROFILING_OUTPUT_PPROF", "", 1);
    assert_false(mutray__options_on());
}

static bool uploads(void)
{
    struct mutray__options options = read_all();
    bool result = mutray__options_upload(&options);
    mutray__options_free(&options);
    return result;
}

static void test_upload_only_when_asked(void **state)
{
    setenv("DD_PROFILING_OUTPUT_PPROF", "/tmp/p", 1);
    setenv("DD_API_KEY", "k", 1);
    assert_false(uploads()); /* a prefix alone is for files */
    clear(state);
    setenv("DD_PROFILING_ENABLED", "true", 1);
    assert_true(uploads()); /* to the agent where it usually is */
    setenv("DD_PROFILING_OUTPUT_PPROF", "/tmp/p", 1);
    assert_false(uploads()); /* as Datadog's own clients */
    static const char *const destinations[] = {"DD_AGENT_HOST",      "DD_TRACE_AGENT_HOSTNAME", "DD_AGENT_PORT",
                                               "DD_TRACE_AGENT_URL", "DD_TRACE_AGENT_PORT",     "DD_API_KEY",
                                               "MUTRAY_PUSH_URL"};
    for (size_t i = 0; i < sizeof destinations / sizeof destinations[0]; i++) {
        setenv(destinations[i], "1", 1);
        assert_true(uploads()); /* both */
        unsetenv(destinations[i]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_defaults, clear),
        cmocka_unit_test_setup(test_flags, clear),
        cmocka_unit_test_setup(test_bad_values_become_defaults_and_are_told, clear),
        cmocka_unit_test_setup(test_capture_pct_takes_its_bounds, clear),
        cmocka_unit_test_setup(test_max_frames_is_clamped, clear),
        cmocka_unit_test_setup(test_texts_outlive_the_environment, clear),
        cmocka_unit_test_setup(test_on, clear),
        cmocka_unit_test_setup(test_upload_only_when_asked, clear),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
