/* SPDX-License-Identifier: Apache-2.0 */
/* Tables of locks: percentiles against numbers known one by one, merging of files, names, the time of the run. */
#include "profile/fields.h"
#include "profile/names.h"
#include "profile/table.h"
#include "profile_text.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static bool close_to(double a, double b)
{
    return fabs(a - b) <= 1e-9 * fmax(fabs(a), fabs(b));
}

static int ascending(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* Durations over six decades: whatever the percentile, estimate and truth are less than a factor of two apart. */
static void percentiles_are_in_bounds(void **state)
{
    (void)state;
    enum { COUNT = 5000 };
    static double durations[COUNT];
    struct mutray_spread spread = {0};
    uint64_t random = 7;
    for (int i = 0; i < COUNT; i++) {
        random = random * UINT64_C(6364136223846793005) + 1442695040888963407;
        durations[i] = floor(pow(10, 1 + 6 * (double)(random >> 11) / 9007199254740992.0));
        mutray_spread_add(&spread, (int64_t)ldexp(1, (int)floor(log2(durations[i]))), 1, durations[i]);
    }
    qsort(durations, COUNT, sizeof durations[0], ascending);
    for (int percent = 1; percent <= 99; percent++) {
        double truth = durations[COUNT * percent / 100 - 1];
        double estimate = mutray_spread_percentile(&spread, percent);
        assert_true(estimate <= 2 * truth && estimate >= truth / 2);
    }
    assert_true(close_to(mutray_spread_longest(&spread), durations[COUNT - 1]));
    assert_true(close_to(spread.longest_least, durations[COUNT - 1]));
    mutray_spread_free(&spread);
}

static void few_events_are_exact(void **state)
{
    (void)state;
    struct mutray_spread spread = {0};
    assert_true(isnan(mutray_spread_percentile(&spread, 50)));
    assert_true(isnan(mutray_spread_average(&spread)));
    assert_true(isnan(mutray_spread_longest(&spread)));
    mutray_spread_add(&spread, 4096, 1, 5000);
    assert_true(close_to(mutray_spread_percentile(&spread, 50), 5000));
    assert_true(close_to(mutray_spread_percentile(&spread, 99), 5000));
    assert_true(close_to(mutray_spread_longest(&spread), 5000));
    mutray_spread_add(&spread, 0, 2, 0); /* shorter than a nanosecond */
    assert_true(mutray_spread_percentile(&spread, 50) < 2);
    mutray_spread_add(&spread, INT64_MAX, 1, 1e18); /* a bucket nobody should have sent */
    assert_true(mutray_spread_percentile(&spread, 99) <= 1e18);
    mutray_spread_free(&spread);
}

static void add(struct mutray_table *table, const char *text)
{
    size_t size;
    struct mutray_error error;
    struct mutray_profile *profile;
    uint8_t *bytes = mutray_test_profile(text, &size);
    assert_int_equal(mutray_profile_parse(bytes, size, &error, &profile), 0);
    assert_int_equal(mutray_table_add(table, profile, &error), 0);
    mutray_profile_free(profile);
    free(bytes);
}

static double field(const struct mutray_table *table, size_t row, const char *key)
{
    return mutray_field_find("fields", key, strlen(key))->value(table->locks[row], table).number;
}

/* Two periods of one process and one of another: counters of a process are taken once, overlapping time too. */
static void files_are_merged(void **state)
{
    (void)state;
    struct mutray_table *table = mutray_table_new();
    add(table, "types wait acquire hold release\ntime 1000 500\ncomment mutray.version=1\ncomment mutray.pid=1\n"
               "comment mutray.threads=3\ncomment mutray.program=/bin/a\n"
               "sample wait=100 acquire=1 lock_name=a.c:1:m wait_bucket=64 thread_native_id=9 frames=a.c:2:f\n"
               "sample acquire=9 lock_name=a.c:1:m thread_native_id=9 frames=a.c:2:f\n");
    add(table, "types wait acquire hold release\ntime 1500 500\ncomment mutray.version=1\ncomment mutray.pid=1\n"
               "comment mutray.threads=4\ncomment mutray.drops_busy=2\ncomment mutray.program=/bin/a\n"
               "sample wait=300 acquire=1 lock_name=a.c:1:m wait_bucket=256 thread_native_id=9 frames=a.c:2:f\n"
               "sample hold=50 release=2 lock_name=a.c:1:m hold_bucket=16 thread_native_id=9 frames=a.c:3:f\n");
    add(table, "types wait acquire hold release\ntime 1800 1200\ncomment mutray.version=1\ncomment mutray.pid=2\n"
               "comment mutray.threads=1\ncomment mutray.program=/usr/bin/b\n"
               "sample acquire=9 lock_name=a.c:1:m thread_native_id=9 frames=a.c:2:f\n");
    mutray_table_finish(table);
    assert_int_equal(table->count, 1);
    assert_true(close_to(field(table, 0, "acquisitions"), 20));
    assert_true(close_to(field(table, 0, "contended"), 2));
    assert_true(close_to(field(table, 0, "contended_pct"), 10));
    assert_true(close_to(field(table, 0, "wait_total"), 400));
    assert_true(close_to(field(table, 0, "wait_avg"), 200));
    assert_true(close_to(field(table, 0, "wait_max"), 300));
    assert_true(close_to(field(table, 0, "hold_avg"), 25));
    assert_true(close_to(field(table, 0, "run_pct"), 100.0 * 400 / 2000));
    assert_true(close_to(field(table, 0, "threads"), 2)); /* thread 9 of two processes */
    assert_int_equal(table->run.processes, 2);
    assert_true(close_to(table->run.duration_ns, 2000));
    assert_true(close_to(table->run.counters[MUTRAY_RUN_threads], 5));
    assert_true(close_to(table->run.counters[MUTRAY_RUN_drops_busy], 2));
    assert_string_equal(table->run.program, "several programs");
    mutray_table_free(table);
}

/* Nineteen sample types and only a lock's name: what is not told is NAN, never 0. */
static void python_profiles_are_read(void **state)
{
    (void)state;
    struct mutray_table *table = mutray_table_new();
    add(table, "types python\ntime 1000 500\n"
               "sample wait=30 acquire=3 lock_name=main.py:4:lock thread_id=1 frames=main.py:9:run\n"
               "sample hold=90 release=3 lock_name=main.py:4:lock thread_id=1 frames=main.py:9:run\n"
               "sample wait=-5 acquire=1 lock_name=main.py:4:lock thread_id=1 frames=main.py:9:run\n"
               "sample thread_id=1 frames=main.py:1:cpu\n");
    mutray_table_finish(table);
    assert_int_equal(table->count, 1);
    assert_true(close_to(field(table, 0, "acquisitions"), 3));
    assert_true(close_to(field(table, 0, "wait_total"), 30));
    assert_true(close_to(field(table, 0, "wait_avg"), 10));
    assert_true(close_to(field(table, 0, "hold_avg"), 30));
    assert_true(isnan(field(table, 0, "contended")));
    assert_true(isnan(field(table, 0, "contended_pct")));
    assert_true(isnan(field(table, 0, "wait_p50")));
    assert_true(isnan(field(table, 0, "hold_max")));
    assert_true(close_to(table->malformed, 1));
    mutray_table_free(table);
}

static const char *shown(const struct mutray_table *table, const char *name, const char *mode)
{
    for (size_t i = 0; i < table->count; i++) {
        if (strcmp(table->locks[i]->name, name) == 0 && strcmp(table->locks[i]->mode, mode) == 0) {
            return table->locks[i]->shown;
        }
    }
    return NULL;
}

static void names_say_enough(void **state)
{
    (void)state;
    struct mutray_table *table = mutray_table_new();
    add(table, "types acquire\n"
               "sample acquire=1 lock_name=a.c:1:lock lock_declaration=queue.lock\n"
               "sample acquire=1 lock_name=a.c:2:journal lock_declaration=journal\n"
               "sample acquire=1 lock_name=b.c:3:busy lock_declaration=disk.busy\n"
               "sample acquire=1 lock_name=c.c:4:busy lock_declaration=net.busy\n"
               "sample acquire=1 lock_name=d.c:5:mutex\n"
               "sample acquire=1 lock_name=e.c:6:index lock_declaration=db.index lock_mode=read\n"
               "sample acquire=1 lock_name=e.c:6:index lock_declaration=db.index lock_mode=write\n");
    mutray_table_finish(table);
    assert_string_equal(shown(table, "a.c:1:lock", ""), "a.c:1:queue.lock"); /* a generic word */
    assert_string_equal(shown(table, "a.c:2:journal", ""), "a.c:2:journal");
    assert_string_equal(shown(table, "b.c:3:busy", ""), "b.c:3:disk.busy"); /* two of them */
    assert_string_equal(shown(table, "c.c:4:busy", ""), "c.c:4:net.busy");
    assert_string_equal(shown(table, "d.c:5:mutex", ""), "d.c:5:mutex"); /* nothing better known */
    assert_string_equal(shown(table, "e.c:6:index", "read"), "e.c:6:index (read)");
    assert_string_equal(shown(table, "e.c:6:index", "write"), "e.c:6:index (write)");
    mutray_table_free(table);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(percentiles_are_in_bounds), cmocka_unit_test(few_events_are_exact),
        cmocka_unit_test(files_are_merged),          cmocka_unit_test(python_profiles_are_read),
        cmocka_unit_test(names_say_enough),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
