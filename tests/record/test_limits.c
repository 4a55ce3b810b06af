/* SPDX-License-Identifier: Apache-2.0 */
/* A small budget: totals stay right or the loss is counted, and the program runs on. */
#include "collect.h"
#include "instrumented.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#define BUDGET (1 << 20)

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static struct mutray__lock lock = {"mutex", "mutex", "v mutex", NULL};
static struct mutray__site at[] = {SITE(pthread_mutex_lock, &lock, "mutex", 10),
                                   SITE(pthread_mutex_unlock, &lock, "mutex", 11),
                                   SITE(pthread_mutex_init, NULL, "pool", 12)};
static struct mutray__unit unit = {.abi = MUTRAY__ABI, .site_count = 3, .lock_count = 1, .sites = at, .locks = &lock,
                                   .ops = &module_ops};

static int start_small(void **state)
{
    (void)state;
    start_with(&(struct mutray__record_config){
        .capture_pct = 100, .upscale = true, .max_frames = 64, .memory_bytes = BUDGET});
    return 0;
}

static int stop_all(void **state)
{
    (void)state;
    stop();
    return 0;
}

static void use(struct mutray__site *site)
{
    assert_int_equal(at_pthread_mutex_lock(&mutex, site), 0);
    assert_int_equal(at_pthread_mutex_unlock(&mutex, &at[1]), 0);
}

/* Each path of bits through here is a stack of its own. */
static __attribute__((noinline)) void left(unsigned path, int depth);
static __attribute__((noinline)) void right(unsigned path, int depth)
{
    if (depth == 0)
        use(&at[0]);
    else if (path & 1)
        left(path >> 1, depth - 1);
    else
        right(path >> 1, depth - 1);
    __asm__ volatile("");
}

static void left(unsigned path, int depth)
{
    if (depth == 0)
        use(&at[0]);
    else if (path & 1)
        left(path >> 1, depth - 1);
    else
        right(path >> 1, depth - 1);
    __asm__ volatile("" ::: "memory");
}

static void stacks_are_folded_and_totals_stay(void **state)
{
    (void)state;
    const unsigned stacks = 1 << 13;
    for (unsigned path = 0; path < stacks; path++)
        left(path, 13);
    collect();
    assert_float_equal(count_of(ACQUIRES(NULL)), stacks, 0);
    assert_float_equal(count_of(RELEASES(NULL)), stacks, 0);
    assert_true(totals.lost.stacks_folded > 0);
    assert_int_equal(totals.lost.drops_region, 0);
    struct which all = ACQUIRES(NULL);
    const struct mutray__sample *sample = find_sample(all);
    assert_non_null(sample);
    /* Stacks come back: a full table is emptied after a drain. */
    collect();
    collect();
    uint64_t folded = totals.lost.stacks_folded;
    left(0, 13);
    collect();
    assert_int_equal(totals.lost.stacks_folded, folded);
    assert_true(find_sample(all)->frame_count > 13);
}

static void sites_beyond_the_budget_are_dropped_and_counted(void **state)
{
    (void)state;
    const unsigned sites = 4000;
    struct mutray__site *many = calloc(sites, sizeof *many);
    assert_non_null(many);
    uint64_t dropped = totals.lost.drops_region;
    for (unsigned i = 0; i < sites; i++) {
        many[i] = at[0];
        many[i].id = 0;
        many[i].line = 1000 + i;
        use(&many[i]);
    }
    collect();
    double kept = count_of(ACQUIRES(NULL));
    assert_true(kept > 0 && kept < sites);
    assert_float_equal(kept + (double)(totals.lost.drops_region - dropped), sites, 0);
    assert_float_equal(count_of(RELEASES(NULL)), kept, 0);
    free(many);
}

static void creations_beyond_the_budget_are_counted(void **state)
{
    (void)state;
    const unsigned count = 20000;
    pthread_mutex_t *many = calloc(count, sizeof *many);
    assert_non_null(many);
    uint64_t dropped = totals.lost.creations_dropped;
    for (unsigned i = 0; i < count; i++)
        assert_int_equal(at_pthread_mutex_init(&many[i], NULL, &at[2]), 0);
    collect();
    assert_true(totals.lost.creations_dropped > dropped);
    free(many);
}

static pthread_barrier_t barrier;

static void *use_and_meet(void *argument)
{
    use(&at[0]);
    pthread_barrier_wait(&barrier);
    return argument;
}

static void threads_beyond_the_budget_are_counted(void **state)
{
    (void)state;
    enum { THREADS = 300 };
    pthread_t threads[THREADS];
    pthread_attr_t attributes;
    pthread_attr_init(&attributes);
    pthread_attr_setstacksize(&attributes, 65536);
    pthread_barrier_init(&barrier, NULL, THREADS);
    collect();
    uint64_t unprofiled = totals.lost.threads_unprofiled;
    for (int i = 0; i < THREADS; i++)
        assert_int_equal(pthread_create(&threads[i], &attributes, use_and_meet, NULL), 0);
    for (int i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    collect();
    unprofiled = totals.lost.threads_unprofiled - unprofiled;
    assert_true(unprofiled > 0 && unprofiled < THREADS);
    assert_float_equal(count_of(ACQUIRES(NULL)), (double)(THREADS - unprofiled), 0);
    /* Their memory is there again for others. */
    collect();
    unprofiled = totals.lost.threads_unprofiled;
    pthread_barrier_destroy(&barrier);
    pthread_barrier_init(&barrier, NULL, 1);
    in_thread(use_and_meet, NULL);
    collect();
    assert_int_equal(totals.lost.threads_unprofiled, unprofiled);
    assert_float_equal(count_of(ACQUIRES(NULL)), 1, 0);
}

static void bad_settings_are_refused(void **state)
{
    (void)state;
    assert_int_equal(mutray__record_start(&(struct mutray__record_config){.capture_pct = 101}), -EINVAL);
    assert_int_equal(mutray__record_start(&(struct mutray__record_config){.capture_pct = -1}), -EINVAL);
    struct mutray__record_config no_memory = {.capture_pct = 1, .memory_bytes = 1};
    assert_int_equal(mutray__record_start(&no_memory), -EINVAL);
    assert_null(module_ops);
}

int main(void)
{
#define CASE(test) cmocka_unit_test_setup_teardown(test, start_small, stop_all)
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bad_settings_are_refused),
        CASE(stacks_are_folded_and_totals_stay),
        CASE(sites_beyond_the_budget_are_dropped_and_counted), /* while there is room for a larger table */
        CASE(threads_beyond_the_budget_are_counted),
        CASE(creations_beyond_the_budget_are_counted),
    };
    mutray__attach(&unit);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
