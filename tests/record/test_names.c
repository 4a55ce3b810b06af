/* SPDX-License-Identifier: Apache-2.0 */
/* How locks are named: each case has declarations of its own, since what is joined stays joined. */
#include "collect.h"
#include "instrumented.h"
#include "names.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static int start_all(void **state)
{
    (void)state;
    start(100, 0);
    return 0;
}

static int stop_all(void **state)
{
    (void)state;
    stop();
    return 0;
}

/* A unit made of what one case needs. Units stay attached, as those of a program do. */
#define UNIT(sites_, locks_, creations_, count_)                                                                       \
    static struct mutray__unit unit = {.abi = MUTRAY__ABI,                                                             \
                                       .site_count = COUNT_OF(sites_),                                                 \
                                       .lock_count = COUNT_OF(locks_),                                                 \
                                       .creation_count = (count_),                                                     \
                                       .sites = (sites_),                                                              \
                                       .locks = (locks_),                                                              \
                                       .creations = (creations_),                                                      \
                                       .ops = &module_ops,                                                             \
                                       .source = "dir/test.c"};                                                        \
    mutray__attach(&unit)

#define LOCK_AT(lock_, word, line_) SITE(pthread_mutex_lock, lock_, word, line_)
#define INIT_AT(lock_, word, line_) SITE(pthread_mutex_init, lock_, word, line_)
#define DEFINITION(lock_, line_, object, flags_)                                                                       \
    {.lock = (lock_), .file = "dir/def.c", .line = (line_), .address = &(object), .size = sizeof(object),              \
     .flags = (flags_)}

static char last_name[128], last_declaration[128];
static unsigned last_line;

/* What a lock is called when it is acquired at a site. */
static const char *name_at(pthread_mutex_t *mutex, struct mutray__site *site)
{
    static struct mutray__site unlock = SITE(pthread_mutex_unlock, NULL, "", 1);
    at_pthread_mutex_lock(mutex, site);
    at_pthread_mutex_unlock(mutex, &unlock);
    collect();
    const struct mutray__sample *sample = find_sample(ACQUIRES(NULL));
    assert_non_null(sample);
    snprintf(last_name, sizeof last_name, "%s", sample->lock->name);
    snprintf(last_declaration, sizeof last_declaration, "%s", sample->lock->declaration);
    last_line = sample->leaf->line;
    return last_name;
}

static void static_initialiser(void **state)
{
    (void)state;
    static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
    static struct mutray__lock locks[] = {{"one", "one", "s one test.c:7", NULL}};
    static struct mutray__site sites[] = {LOCK_AT(locks, "one", 70)};
    static struct mutray__creation creations[] = {DEFINITION(locks, 7, mutex, 1)};
    UNIT(sites, locks, creations, 1);
    assert_string_equal(name_at(&mutex, &sites[0]), "def.c:7:one");
    assert_string_equal(last_declaration, "one");
}

static void definition_without_initialiser(void **state)
{
    (void)state;
    static pthread_mutex_t mutex;
    static struct mutray__lock locks[] = {{"zero", "main.zero", "s zero test.c:8", NULL}};
    static struct mutray__site sites[] = {LOCK_AT(locks, "zero", 80)};
    static struct mutray__creation creations[] = {DEFINITION(locks, 8, mutex, 0)};
    UNIT(sites, locks, creations, 1);
    assert_string_equal(name_at(&mutex, &sites[0]), "def.c:8:zero");
    assert_string_equal(last_declaration, "main.zero");
}

static void init_call_goes_before_a_definition_without_initialiser(void **state)
{
    (void)state;
    static pthread_mutex_t mutex;
    static struct mutray__lock locks[] = {{"later", "later", "v later", NULL}};
    static struct mutray__site sites[] = {LOCK_AT(locks, "later", 90), INIT_AT(locks, "later", 91)};
    static struct mutray__creation creations[] = {DEFINITION(locks, 9, mutex, 0)};
    UNIT(sites, locks, creations, 1);
    assert_string_equal(name_at(&mutex, &sites[0]), "test.c:91:later");
}

static void one_init_call_names_all_its_objects(void **state)
{
    (void)state;
    static pthread_mutex_t never_initialised_here;
    static struct mutray__lock locks[] = {{"lock", "conn.lock", "m conn.lock c.h:3", NULL}};
    static struct mutray__site sites[] = {LOCK_AT(locks, "lock", 100), INIT_AT(locks, "lock", 101)};
    UNIT(sites, locks, NULL, 0);
    assert_string_equal(name_at(&never_initialised_here, &sites[0]), "test.c:101:lock");
    assert_string_equal(last_declaration, "conn.lock");
}

static void several_creations_are_told_by_address(void **state)
{
    (void)state;
    static pthread_mutex_t first, second, third = PTHREAD_MUTEX_INITIALIZER, fourth;
    static struct mutray__lock locks[] = {{"lock", "item.lock", "m item.lock c.h:4", NULL}};
    static struct mutray__site sites[] = {LOCK_AT(locks, "lock", 110), INIT_AT(locks, "lock", 111),
                                          INIT_AT(locks, "lock", 112), SITE(pthread_mutex_destroy, locks, "lock", 113)};
    static struct mutray__creation creations[] = {DEFINITION(locks, 11, third, 1)};
    UNIT(sites, locks, creations, 1);
    at_pthread_mutex_init(&first, NULL, &sites[1]);
    at_pthread_mutex_init(&second, NULL, &sites[2]);
    assert_string_equal(name_at(&first, &sites[0]), "test.c:111:lock");
    assert_string_equal(name_at(&second, &sites[0]), "test.c:112:lock");
    assert_string_equal(name_at(&third, &sites[0]), "def.c:11:lock");
    assert_string_equal(name_at(&fourth, &sites[0]), "unknown:0:lock");
    assert_string_equal(last_declaration, "item.lock");
    /* Destroyed and made anew elsewhere: a new lock. */
    at_pthread_mutex_destroy(&first, &sites[3]);
    pthread_mutex_init(&first, NULL);
    assert_string_equal(name_at(&first, &sites[0]), "unknown:0:lock");
    at_pthread_mutex_init(&first, NULL, &sites[2]);
    assert_string_equal(name_at(&first, &sites[0]), "test.c:112:lock");
}

static void header_seen_by_two_units_is_one_creation(void **state)
{
    (void)state;
    static pthread_mutex_t mutex;
    static struct mutray__lock locks[] = {{"lock", "shared.lock", "m shared.lock c.h:5", NULL},
                                          {"lock", "shared.lock", "m shared.lock c.h:5", NULL}};
    static struct mutray__site sites[] = {LOCK_AT(&locks[0], "lock", 120), INIT_AT(&locks[0], "lock", 121),
                                          INIT_AT(&locks[1], "lock", 121)};
    sites[2].file = "other/way/to/test.c";
    UNIT(sites, locks, NULL, 0);
    assert_string_equal(name_at(&mutex, &sites[0]), "test.c:121:lock");
}

static struct mutray__site *attach_later(void)
{
    static struct mutray__lock locks[] = {{"lock", "plug.lock", "m plug.lock c.h:6", NULL}};
    static struct mutray__site sites[] = {INIT_AT(locks, "lock", 132)};
    UNIT(sites, locks, NULL, 0);
    return sites;
}

static void unit_that_comes_later_does_not_rename(void **state)
{
    (void)state;
    static pthread_mutex_t early, late;
    static struct mutray__lock locks[] = {{"lock", "plug.lock", "m plug.lock c.h:6", NULL}};
    static struct mutray__site sites[] = {LOCK_AT(locks, "lock", 130), INIT_AT(locks, "lock", 131)};
    UNIT(sites, locks, NULL, 0);
    at_pthread_mutex_init(&early, NULL, &sites[1]);
    at_pthread_mutex_init(&late, NULL, attach_later());
    assert_string_equal(name_at(&late, &sites[0]), "test.c:132:lock");
    assert_string_equal(name_at(&early, &sites[0]), "test.c:131:lock");
}

struct element {
    long before;
    pthread_mutex_t lock;
    pthread_mutex_t other;
};

static void elements_of_an_array_share_a_name(void **state)
{
    (void)state;
    static struct element elements[4];
    static struct mutray__lock locks[] = {{"lock", "element.lock", "m element.lock c.h:7", NULL},
                                          {"other", "element.other", "m element.other c.h:8", NULL},
                                          {"lock", "x.lock", "m x.lock c.h:9", NULL}};
    static struct mutray__site sites[] = {SITE(pthread_mutex_lock, NULL, "m", 140)};
    static struct mutray__creation creations[] = {
        {.lock = &locks[0], .file = "def.c", .line = 14, .address = &elements[0].lock,
         .size = 3 * sizeof *elements + sizeof(pthread_mutex_t), .stride = sizeof *elements, .flags = 1},
        {.lock = &locks[1], .file = "def.c", .line = 15, .address = &elements[0].other,
         .size = 3 * sizeof *elements + sizeof(pthread_mutex_t), .stride = sizeof *elements, .flags = 1},
    };
    UNIT(sites, locks, creations, 2);
    for (int i = 0; i < 4; i++) {
        assert_string_equal(name_at(&elements[i].lock, &sites[0]), "def.c:14:lock");
        assert_string_equal(name_at(&elements[i].other, &sites[0]), "def.c:15:other");
    }
    mutray__detach(&unit); /* static objects go with their module */
    assert_string_equal(name_at(&elements[2].lock, &sites[0]), "unknown:0:m");
}

static void bare_pointers_are_told_by_address(void **state)
{
    (void)state;
    static pthread_mutex_t mutex, unseen = PTHREAD_MUTEX_INITIALIZER;
    static struct mutray__lock locks[] = {{"lock", "bare.lock", "m bare.lock c.h:10", NULL},
                                          {"p", "use.p", "s p test.c:15", NULL}};
    static struct mutray__site sites[] = {LOCK_AT(NULL, "m", 150), INIT_AT(&locks[0], "lock", 151),
                                          INIT_AT(NULL, "made", 152), LOCK_AT(NULL, "", 153), LOCK_AT(NULL, "__m", 154),
                                          LOCK_AT(&locks[1], "p", 155), LOCK_AT(&locks[0], "lock", 156)};
    sites[5].flags = MUTRAY__SITE_POINTER;
    UNIT(sites, locks, NULL, 0);
    at_pthread_mutex_init(&mutex, NULL, &sites[1]);
    assert_string_equal(name_at(&mutex, &sites[0]), "test.c:151:lock");
    assert_string_equal(last_declaration, "bare.lock");
    assert_string_equal(name_at(&mutex, &sites[5]), "test.c:151:lock");
    at_pthread_mutex_init(&mutex, NULL, &sites[2]);
    assert_string_equal(name_at(&mutex, &sites[0]), "test.c:152:made");
    assert_string_equal(last_declaration, "");
    assert_string_equal(name_at(&unseen, &sites[0]), "unknown:0:m");
    assert_string_equal(name_at(&unseen, &sites[3]), "unknown:0");
    assert_string_equal(name_at(&unseen, &sites[4]), "unknown:0");
    assert_string_equal(name_at(&unseen, &sites[5]), "unknown:0:p");
    /* Of the only creation, without it having been seen there. */
    assert_string_equal(name_at(&unseen, &sites[6]), "test.c:151:lock");
}

static void words_that_are_no_names(void **state)
{
    (void)state;
    static pthread_mutex_t mutex;
    static struct mutray__lock locks[] = {{"__lock", "x.__lock", "m x.__lock c.h:11", NULL},
                                          {"", "", "v nothing", NULL}};
    static struct mutray__site sites[] = {LOCK_AT(&locks[0], "__lock", 160), INIT_AT(&locks[0], "__lock", 161),
                                          LOCK_AT(&locks[1], "", 162), INIT_AT(&locks[1], "", 163)};
    UNIT(sites, locks, NULL, 0);
    assert_string_equal(name_at(&mutex, &sites[0]), "test.c:161");
    assert_string_equal(name_at(&mutex, &sites[2]), "test.c:163");
}

/* --- through the program's own functions --- */

static void wrapper_speaks_in_its_callers_name(void **state)
{
    (void)state;
    static pthread_mutex_t mutex, other = PTHREAD_MUTEX_INITIALIZER;
    static struct mutray__lock locks[] = {{"lock", "wrapped.lock", "m wrapped.lock c.h:12", NULL},
                                          {"m", "wrapper.m", "m wrapper.m c.h:13", NULL}};
    static struct mutray__site sites[] = {
        LOCK_AT(&locks[1], "m", 170), INIT_AT(&locks[1], "m", 171),
        {&locks[0], "lock", "dir/user.c", "g", .line = 172, .what = MUTRAY__HAND_OVER},
        {&locks[0], "lock", "dir/user.c", "g", .line = 173, .what = MUTRAY__HAND_OVER}};
    sites[0].flags = sites[1].flags = MUTRAY__SITE_PARAMETER;
    UNIT(sites, locks, NULL, 0);
    mutray__hand_over(&mutex, &sites[2]);
    at_pthread_mutex_init(&mutex, NULL, &sites[1]);
    mutray__hand_over(&mutex, &sites[3]);
    assert_string_equal(name_at(&mutex, &sites[0]), "user.c:172:lock");
    assert_string_equal(last_declaration, "wrapped.lock");
    assert_int_equal(last_line, 173);
    assert_true(find_sample(ACQUIRES(NULL))->handed_over);
    /* Handed over by nobody: the wrapper's own words. */
    assert_string_equal(name_at(&other, &sites[0]), "test.c:171:m");
    assert_int_equal(last_line, 170);
    assert_false(find_sample(ACQUIRES(NULL))->handed_over);
}

static void function_that_makes_locks_is_not_their_creation(void **state)
{
    (void)state;
    static pthread_mutex_t mutex;
    static struct mutray__lock locks[] = {{"lock", "owner.lock", "m owner.lock c.h:14", NULL}};
    static struct mutray__site sites[] = {
        LOCK_AT(locks, "lock", 180), INIT_AT(NULL, "new", 181),
        {.lock = locks, .variable = "lock", .file = "dir/user.c", .function = "g", .line = 182, .what = MUTRAY__MADE},
        {.lock = locks, .variable = "lock", .file = "dir/user.c", .function = "g", .line = 183, .what = MUTRAY__MADE}};
    UNIT(sites, locks, NULL, 0);
    at_pthread_mutex_init(&mutex, NULL, &sites[1]);
    mutray__made(&mutex, &sites[2]);
    assert_string_equal(name_at(&mutex, &sites[0]), "user.c:182:lock");
    /* Another function that only returns the lock does not make it. */
    mutray__made(&mutex, &sites[3]);
    mutray__made(NULL, &sites[3]);
    assert_string_equal(name_at(&mutex, &sites[0]), "user.c:182:lock");
}

/* --- left out --- */

static void start_without(const char *excluded)
{
    struct mutray__record_config config = {.capture_pct = 100, .upscale = true, .memory_bytes = 64 << 20};
    snprintf(config.excluded, sizeof config.excluded, "%s", excluded);
    start_with(&config);
}

static void entries_begin_and_end_with_names(void **state)
{
    (void)state;
    static const struct {
        const char *list, *path;
        bool excludes;
    } cases[] = {
        {"", "dir/test.c", false},
        {" , ,", "dir/test.c", false},
        {"test.c", "dir/test.c", true},
        {"test.c", "test.c", true},
        {"test", "dir/test.c", true},
        {"tes", "dir/test.c", false},
        {"est.c", "dir/test.c", false},
        {"dir", "/src/dir/test.c", true},
        {"dir/", "/src/dir/test.c", true},
        {"di", "/src/dir/test.c", false},
        {"src/dir", "/src/dir/test.c", true},
        {"src/dir/test", "../src/dir/test.c", true},
        {"src/test.c", "/src/dir/test.c", false},
        {"/src", "/src/dir/test.c", true},
        {"/src", "/other/src/dir/test.c", false},
        {"/", "/src/dir/test.c", false},
        {"one, \t two ,dir\t", "dir/test.c", true},
        {"one,two", "dir/one.c", true},
        {"one,two", "dir/two.c", true},
        {"one,two", "dir/onetwo.c", false},
        {"threading,asyncio", "", false},
    };
    stop();
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        start_without(cases[i].list);
        if (mutray__excludes(cases[i].path) != cases[i].excludes)
            fail_msg("'%s' and %s", cases[i].list, cases[i].path);
        stop();
    }
}

static double acquires_at(pthread_mutex_t *mutex, struct mutray__site *site)
{
    static struct mutray__site unlock = SITE(pthread_mutex_unlock, NULL, "", 1);
    at_pthread_mutex_lock(mutex, site);
    at_pthread_mutex_unlock(mutex, &unlock);
    collect();
    assert_int_equal(totals.lost.drops_region, 0);
    assert_true(count_of(ACQUIRES(NULL)) == count_of(RELEASES(NULL)));
    return count_of(ACQUIRES(NULL));
}

/* Definitions are in dir/def.c, init calls and locks in dir/test.c. Each start has a list of its own. */
static void excluded_by_where_they_are_made(void **state)
{
    (void)state;
    static pthread_mutex_t defined = PTHREAD_MUTEX_INITIALIZER, made, bare, unknown = PTHREAD_MUTEX_INITIALIZER;
    static struct mutray__lock locks[] = {{"defined", "defined", "v defined", NULL},
                                          {"made", "x.made", "m x.made c.h:20", NULL}};
    static struct mutray__site sites[] = {LOCK_AT(&locks[0], "defined", 190), LOCK_AT(&locks[1], "made", 191),
                                          INIT_AT(&locks[1], "made", 192), LOCK_AT(NULL, "bare", 193),
                                          INIT_AT(NULL, "bare", 194)};
    static struct mutray__creation creations[] = {DEFINITION(locks, 21, defined, 1)};
    static const struct {
        const char *list;
        double defined, made, bare, unknown;
    } starts[] = {{"", 1, 1, 1, 1}, {"def", 0, 1, 1, 1}, {"test", 1, 0, 0, 0}, {"dir", 0, 0, 0, 0}, {"else", 1, 1, 1, 1}};
    UNIT(sites, locks, creations, 1);
    for (size_t i = 0; i < COUNT_OF(starts); i++) {
        stop();
        start_without(starts[i].list);
        at_pthread_mutex_init(&made, NULL, &sites[2]);
        at_pthread_mutex_init(&bare, NULL, &sites[4]);
        for (int again = 0; again < 3; again++) { /* what is known of a site is remembered there */
            assert_true(acquires_at(&defined, &sites[0]) == starts[i].defined);
            assert_true(acquires_at(&made, &sites[1]) == starts[i].made);
            assert_true(acquires_at(&bare, &sites[3]) == starts[i].bare);
            assert_true(acquires_at(&unknown, &sites[3]) == starts[i].unknown);
        }
    }
}

static void other_versions_are_refused(void **state)
{
    (void)state;
    static struct mutray__unit unit = {.abi = MUTRAY__ABI + 1};
    collect();
    uint64_t refused = totals.lost.units_refused, units = totals.units;
    mutray__attach(&unit);
    mutray__detach(&unit);
    collect();
    assert_int_equal(totals.lost.units_refused, refused + 1);
    assert_int_equal(totals.units, units);
}

int main(void)
{
#define CASE(test) cmocka_unit_test_setup_teardown(test, start_all, stop_all)
    /* Cases with bare pointers come last: from then on all init calls are remembered. */
    const struct CMUnitTest tests[] = {
        CASE(static_initialiser),
        CASE(definition_without_initialiser),
        CASE(init_call_goes_before_a_definition_without_initialiser),
        CASE(one_init_call_names_all_its_objects),
        CASE(several_creations_are_told_by_address),
        CASE(header_seen_by_two_units_is_one_creation),
        CASE(unit_that_comes_later_does_not_rename),
        CASE(words_that_are_no_names),
        CASE(elements_of_an_array_share_a_name),
        CASE(bare_pointers_are_told_by_address),
        CASE(wrapper_speaks_in_its_callers_name),
        CASE(function_that_makes_locks_is_not_their_creation),
        CASE(entries_begin_and_end_with_names),
        CASE(excluded_by_where_they_are_made),
        CASE(other_versions_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
