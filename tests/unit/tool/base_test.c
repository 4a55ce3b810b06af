/* SPDX-License-Identifier: Apache-2.0 */
/* Numbers with units, JSON, and the guess at what somebody meant. */
#include "base/elf_file.h"
#include "base/json.h"
#include "base/options.h"
#include "base/units.h"

#include <errno.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static void durations(void **state)
{
    (void)state;
    static const struct {
        double nanoseconds;
        const char *text;
    } cases[] = {
        {0, "0"},           {0.7, "1ns"},         {999, "999ns"},      {999.6, "1.00us"},
        {1530, "1.53us"},   {99950, "100us"},     {999499, "999us"},   {999500, "1.00ms"},
        {45.6e6, "45.6ms"}, {1.2e9, "1.20s"},     {599e9, "599s"},     {600e9, "10m00s"},
        {750e9, "12m30s"},  {35999e9, "599m59s"}, {36000e9, "10h00m"}, {1e300, "277777777h46m"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        assert_string_equal(mutray_duration(cases[i].nanoseconds).text, cases[i].text);
    }
}

static void durations_are_read(void **state)
{
    (void)state;
    double value;
    assert_int_equal(mutray_duration_parse("5ms", &value), 0);
    assert_true(value == 5e6);
    assert_int_equal(mutray_duration_parse("1.5s", &value), 0);
    assert_true(value == 1.5e9);
    assert_int_equal(mutray_duration_parse("2m", &value), 0);
    assert_true(value == 120e9);
    static const char *const bad[] = {"", "5", "ms", "-1ms", "5 ms", "5msx", "nans", "infs"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        assert_int_equal(mutray_duration_parse(bad[i], &value), -EINVAL);
}

static void quantities(void **state)
{
    (void)state;
    assert_string_equal(mutray_quantity(0).text, "0");
    assert_string_equal(mutray_quantity(99999).text, "99999");
    assert_string_equal(mutray_quantity(100000).text, "100k");
    assert_string_equal(mutray_quantity(999600).text, "1.00M");
    assert_string_equal(mutray_quantity(12.34e9).text, "12.3G");
    assert_string_equal(mutray_percent(0).text, "0.0%");
    assert_string_equal(mutray_percent(0.01).text, "<0.1%");
    assert_string_equal(mutray_percent(12.34).text, "12.3%");
    assert_string_equal(mutray_percent(99.97).text, "100%");
}

static void json_is_valid(void **state)
{
    (void)state;
    char *text;
    size_t size;
    FILE *out = open_memstream(&text, &size);
    struct mutray_json json = {.out = out};
    mutray_json_open(&json, NULL, '{');
    mutray_json_text(&json, "t", "a\"b\\c\n\x7f \xc3\xa9 \xff \xed\xa0\x80 \xc0\x80");
    mutray_json_open(&json, "list", '[');
    mutray_json_number(&json, NULL, 1e15);
    mutray_json_number(&json, NULL, -0.0);
    mutray_json_number(&json, NULL, 0.1);
    mutray_json_number(&json, NULL, NAN);
    mutray_json_close(&json, ']');
    mutray_json_open(&json, "empty", '{');
    mutray_json_close(&json, '}');
    mutray_json_close(&json, '}');
    fclose(out);
    assert_string_equal(
        text, "{\n  \"t\": \"a\\\"b\\\\c\\u000a\\u007f \xc3\xa9 \\ufffd \\ufffd\\ufffd\\ufffd \\ufffd\\ufffd\",\n"
              "  \"list\": [\n    1e+15,\n    0,\n    0.1,\n    null\n  ],\n  \"empty\": {}\n}\n");
    free(text);
}

static void guesses(void **state)
{
    (void)state;
    static const char *const words[] = {"report", "run", "help", NULL};
    assert_string_equal(mutray_nearest("reprot", words), "report");
    assert_string_equal(mutray_nearest("hlp", words), "help");
    assert_null(mutray_nearest("frobnicate", words));
}

/* This program, cut short or with its tables' places changed: never read outside of it. */
static void damaged_programs(void **state)
{
    (void)state;
    static unsigned char bytes[1 << 16];
    struct mutray_elf elf;
    char path[] = "/tmp/mutray-test-XXXXXX";
    FILE *self = fopen("/proc/self/exe", "rb");
    size_t size = fread(bytes, 1, sizeof bytes, self);
    int fd = mkstemp(path);
    fclose(self);
    assert_int_equal(mutray_elf_read("/proc/self/exe", &elf), 0);
    assert_true(elf.is_elf && elf.is_dynamic && !elf.has_runtime);
    for (size_t cut = 0; cut <= size; cut = cut < 256 ? cut + 1 : cut + 4093) {
        assert_int_equal(ftruncate(fd, 0), 0);
        assert_int_equal(pwrite(fd, bytes, cut, 0), cut);
        assert_int_equal(mutray_elf_read(path, &elf), 0);
        assert_int_equal(elf.is_elf, cut >= 64);
    }
    for (size_t at = 16; at < 64; at++) {
        unsigned char byte = bytes[at] ^ 0xff;
        assert_int_equal(pwrite(fd, &byte, 1, (off_t)at), 1);
        assert_int_equal(mutray_elf_read(path, &elf), 0);
        assert_int_equal(pwrite(fd, bytes + at, 1, (off_t)at), 1);
    }
    close(fd);
    unlink(path);
    assert_int_equal(mutray_elf_read(path, &elf), -ENOENT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(durations),  cmocka_unit_test(durations_are_read),
        cmocka_unit_test(quantities), cmocka_unit_test(json_is_valid),
        cmocka_unit_test(guesses),    cmocka_unit_test(damaged_programs),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
