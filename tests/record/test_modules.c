/* SPDX-License-Identifier: Apache-2.0 */
/* Modules that come and go: their names stay, and nothing grows with each time. */
#include "collect.h"
#include "instrumented.h"
#include "memory.h"

#include <dlfcn.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#define TIMES 200

static pthread_mutex_t mine = PTHREAD_MUTEX_INITIALIZER;
static struct mutray__lock locks[] = {{"mine", "mine", "v mine", NULL}};
static struct mutray__creation creations[] = {
    {.lock = locks, .file = "test.c", .line = 1, .address = &mine, .size = sizeof mine, .flags = 1}};
static struct mutray__site unlock = SITE(pthread_mutex_unlock, locks, "mine", 11);
static struct mutray__unit unit = {.abi = MUTRAY__ABI, .site_count = 1, .lock_count = 1, .creation_count = 1,
                                   .sites = &unlock, .locks = locks, .creations = creations, .ops = &module_ops};

static void modules_come_and_go(void **state)
{
    (void)state;
    size_t used = 0;
    start(100, 0);
    for (int i = 0; i < TIMES; i++) {
        void *module = dlopen(MODULE, RTLD_NOW);
        assert_non_null(module);
        void (*use)(pthread_mutex_t *);
        *(void **)&use = dlsym(module, "module_use");
        use(&mine);
        assert_int_equal(dlclose(module), 0);
        assert_null(dlopen(MODULE, RTLD_NOW | RTLD_NOLOAD));
        at_pthread_mutex_unlock(&mine, &unlock); /* the hold began in the module */
        if (i == 1)
            used = mutray__names_arena.used;
    }
    assert_int_equal(mutray__names_arena.used, used);
    collect();
    assert_float_equal(count_of(ACQUIRES("module.c:9:mutex")), TIMES, 0);
    assert_float_equal(count_of(RELEASES("module.c:9:mutex")), TIMES, 0);
    assert_float_equal(count_of(ACQUIRES("test.c:1:mine")), TIMES, 0);
    assert_float_equal(count_of(RELEASES("test.c:1:mine")), TIMES, 0);
    assert_string_equal(find_sample(ACQUIRES("test.c:1:mine"))->leaf->file, "dir/test.c");
    assert_int_equal(totals.units, 2);
    stop();
}

static struct mutray__site wrapped = {.lock = locks, .variable = "m", .file = "dir/test.c", .function = "f", .line = 21,
                                      .what = MUTRAY__FN_pthread_mutex_lock, .flags = MUTRAY__SITE_PARAMETER};

/* The hint stays in the thread's memory when the module goes; its site is not there any more. */
static void hints_outlive_their_module(void **state)
{
    (void)state;
    start(100, 0);
    void *module = dlopen(MODULE, RTLD_NOW);
    assert_non_null(module);
    void (*hand_over)(pthread_mutex_t *);
    *(void **)&hand_over = dlsym(module, "module_hand_over");
    hand_over(&mine);
    at_pthread_mutex_lock(&mine, &wrapped);
    at_pthread_mutex_unlock(&mine, &unlock);
    hand_over(&mine);
    assert_int_equal(dlclose(module), 0);
    assert_null(dlopen(MODULE, RTLD_NOW | RTLD_NOLOAD));
    at_pthread_mutex_lock(&mine, &wrapped);
    at_pthread_mutex_unlock(&mine, &unlock);
    collect();
    assert_float_equal(count_of(ACQUIRES("module.c:9:mutex")), 1, 0); /* spoken for by the hand-over */
    assert_float_equal(count_of(ACQUIRES("test.c:1:mine")), 1, 0);
    stop();
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(modules_come_and_go),
                                       cmocka_unit_test(hints_outlive_their_module)};
    mutray__attach(&unit);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
