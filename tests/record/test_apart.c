/* SPDX-License-Identifier: Apache-2.0 */
/* Events that are not added up: the timeline, and what happens inside spans. Totals are the same either way. */
#include "collect.h"
#include "instrumented.h"
#include "mutray/mutray.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#define BUDGET (4 << 20) /* room for an eighth of that: 128 blocks of 63 events */

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER, other = PTHREAD_MUTEX_INITIALIZER;
static struct mutray__lock locks[] = {{"mutex", "mutex", "v mutex", NULL}, {"other", "other", "v other", NULL}};
static struct mutray__creation creations[] = {
    {.lock = &locks[0], .file = "test.c", .line = 1, .address = &mutex, .size = sizeof mutex, .flags = 1},
    {.lock = &locks[1], .file = "test.c", .line = 2, .address = &other, .size = sizeof other, .flags = 1}};
static struct mutray__site at[] = {
    SITE(pthread_mutex_lock, &locks[0], "mutex", 10), SITE(pthread_mutex_unlock, &locks[0], "mutex", 11),
    SITE(pthread_mutex_lock, &locks[1], "other", 20), SITE(pthread_mutex_unlock, &locks[1], "other", 21)};
static struct mutray__unit unit = {.abi = MUTRAY__ABI, .site_count = 4, .lock_count = 2, .creation_count = 2,
                                   .sites = at, .locks = locks, .creations = creations, .ops = &module_ops};
static const char mutex_name[] = "test.c:1:mutex", other_name[] = "test.c:2:other";

static void begin(double capture_pct, bool timeline)
{
    start_with(&(struct mutray__record_config){
        .capture_pct = capture_pct, .upscale = true, .timeline = timeline, .memory_bytes = BUDGET});
}

static int end(void **state)
{
    (void)state;
    mutray_set_span(0, 0);
    stop();
    return 0;
}

static void acquire(void)
{
    at_pthread_mutex_lock(&mutex, &at[0]);
}

static void release(void)
{
    at_pthread_mutex_unlock(&mutex, &at[1]);
}

static void use(void)
{
    acquire();
    release();
}

static uint64_t wall_clock(void)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

/* How many such events are in the span. */
static int in_span(struct which which, uint64_t id, uint64_t root)
{
    double found = 0;
    for (size_t i = 0; i < collected_count; i++) {
        const struct mutray__sample *sample = &collected[i].sample;
        if (strcmp(sample->lock->name, which.name) == 0 && (int)sample->event == which.event &&
            sample->span_id == id && sample->local_root_span_id == root)
            found += sample->count;
    }
    return (int)found;
}

/* --- the timeline --- */

static void each_event_has_its_time(void **state)
{
    (void)state;
    begin(100, true);
    uint64_t times[21], held_at[20];
    for (int i = 0; i < 20; i++) {
        times[i] = wall_clock();
        acquire();
        held_at[i] = wall_clock();
        sleep_ms(1);
        release();
    }
    times[20] = wall_clock();
    collect();
    assert_int_equal(collected_count, 40);
    const uint64_t slack = 1000000; /* the two clocks are read one after the other */
    unsigned acquires = 0, releases = 0;
    for (size_t i = 0; i < 40; i++) { /* in the order in which they happened */
        const struct mutray__sample *sample = &collected[i].sample;
        assert_float_equal(sample->count, 1, 0);
        bool release = sample->event == MUTRAY__EVENT_RELEASE;
        unsigned round = release ? releases++ : acquires++;
        assert_in_range(sample->end_ns, (release ? held_at : times)[round] - slack,
                        (release ? times[round + 1] : held_at[round]) + slack);
    }
    assert_int_equal(acquires, 20);
}

static void without_it_no_event_has_a_time(void **state)
{
    (void)state;
    begin(100, false);
    for (int i = 0; i < 20; i++)
        use();
    collect();
    assert_float_equal(count_of(ACQUIRES(mutex_name)), 20, 0);
    for (size_t i = 0; i < collected_count; i++)
        assert_int_equal(collected[i].sample.end_ns, 0);
}

static void what_does_not_fit_is_counted_and_added_up(void **state)
{
    (void)state;
    enum { EVENTS = 20000 };
    uint64_t folded = totals.lost.apart_folded;
    begin(100, true);
    for (int i = 0; i < EVENTS; i++)
        use();
    collect();
    size_t timed = 0;
    for (size_t i = 0; i < collected_count; i++)
        timed += collected[i].sample.end_ns != 0;
    assert_int_equal(timed, BUDGET / 8 / 4096 * 63);
    assert_int_equal(timed + totals.lost.apart_folded - folded, 2 * EVENTS);
    assert_float_equal(count_of(ACQUIRES(mutex_name)), EVENTS, 0);
    assert_float_equal(count_of(RELEASES(mutex_name)), EVENTS, 0);
    /* The room is there again in the next period. */
    folded = totals.lost.apart_folded;
    use();
    collect();
    assert_int_equal(collected_count, 2);
    assert_true(collected[0].sample.end_ns != 0 && collected[1].sample.end_ns != 0);
    assert_int_equal(totals.lost.apart_folded, folded);
}

static void *use_often(void *often)
{
    for (int i = 0; i < *(int *)often; i++)
        use();
    return NULL;
}

static void threads_share_the_room_and_give_it_back(void **state)
{
    (void)state;
    int often = 10;
    uint64_t folded = totals.lost.apart_folded;
    begin(100, true);
    for (int round = 0; round < 3; round++) {
        for (int i = 0; i < 100; i++)
            in_thread(use_often, &often);
        if (round == 2)
            mutray__record_collect(); /* what is left of ended threads has its single events with it */
        collect();
        assert_int_equal(collected_count, 2 * 100 * often);
    }
    assert_int_equal(totals.lost.apart_folded, folded);
}

/* An estimate's weight is rarely whole, a sample's count always: what rounding takes from one goes to the next. */
static void counts_add_up_to_the_estimate(void **state)
{
    (void)state;
    const double pct = 30; /* 3.33 acquires for each one seen */
    begin(pct, true);
    for (int i = 0; i < 3000; i++)
        use();
    collect();
    double sum = 0;
    for (size_t i = 0; i < collected_count; i++) {
        double count = collected[i].sample.count;
        assert_true(count == 3 || count == 4);
        sum += count;
    }
    assert_true(collected_count > 100);
    assert_float_equal(sum, 100 / pct * (double)collected_count, 1);
}

/* --- spans --- */

static void only_events_inside_a_span_have_it(void **state)
{
    (void)state;
    begin(100, false);
    acquire();
    mutray_set_span(7, 5);
    release(); /* the release alone is inside */
    use();
    acquire();
    mutray_set_span(0, 0);
    release(); /* the acquire alone was inside */
    use();
    collect();
    assert_int_equal(in_span(ACQUIRES(mutex_name), 7, 5), 2);
    assert_int_equal(in_span(RELEASES(mutex_name), 7, 5), 2);
    assert_int_equal(in_span(ACQUIRES(mutex_name), 0, 0), 2);
    assert_int_equal(in_span(RELEASES(mutex_name), 0, 0), 2);
    /* Two alike in one span are one sample, as there is no time to tell them apart. */
    for (size_t i = 0; i < collected_count; i++)
        if (collected[i].sample.span_id != 0 && collected[i].sample.event == MUTRAY__EVENT_ACQUIRE)
            assert_float_equal(collected[i].sample.count, 2, 0);
}

static void spans_are_the_threads_own(void **state)
{
    (void)state;
    int often = 3;
    begin(100, false);
    mutray_set_span(UINT64_MAX, 1);
    in_thread(use_often, &often);
    use();
    collect();
    assert_int_equal(in_span(ACQUIRES(mutex_name), 0, 0), often);
    assert_int_equal(in_span(ACQUIRES(mutex_name), UINT64_MAX, 1), 1);
}

static void a_span_from_before_the_start_counts(void **state)
{
    (void)state;
    mutray_set_span(3, 2);
    begin(100, false);
    use();
    collect();
    assert_int_equal(in_span(RELEASES(mutex_name), 3, 2), 1);
    assert_int_equal(collected_count, 2);
}

static void spans_beyond_the_room_are_counted_and_added_up(void **state)
{
    (void)state;
    enum { SPANS = 10000 };
    uint64_t folded = totals.lost.apart_folded;
    begin(100, false);
    for (uint64_t i = 1; i <= SPANS; i++) {
        mutray_set_span(i, i);
        use();
        use();
    }
    collect();
    assert_float_equal(count_of(ACQUIRES(mutex_name)), 2 * SPANS, 0);
    assert_float_equal(count_of(RELEASES(mutex_name)), 2 * SPANS, 0);
    assert_true(collected_count >= BUDGET / 8 / 4096 * 63);
    assert_true(totals.lost.apart_folded > folded);
}

static void both_at_once(void **state)
{
    (void)state;
    begin(100, true);
    mutray_set_span(8, 6);
    use();
    use();
    collect();
    assert_int_equal(in_span(ACQUIRES(mutex_name), 8, 6), 2);
    for (size_t i = 0; i < collected_count; i++)
        assert_true(collected[i].sample.end_ns != 0);
}

static void in_a_handler(int signal)
{
    (void)signal;
    mutray_set_span(2, 1);
    at_pthread_mutex_lock(&other, &at[2]);
    at_pthread_mutex_unlock(&other, &at[3]);
    mutray_set_span(4, 4);
}

/* The handler interrupts the program while it holds a lock: what belongs to the handler's span is its own. */
static void signal_handlers_may_have_spans(void **state)
{
    (void)state;
    begin(100, false);
    signal(SIGUSR1, in_a_handler);
    mutray_set_span(4, 4);
    acquire();
    raise(SIGUSR1);
    release();
    collect();
    assert_int_equal(in_span(ACQUIRES(other_name), 2, 1), 1);
    assert_int_equal(in_span(ACQUIRES(mutex_name), 4, 4), 1);
    assert_int_equal(in_span(RELEASES(mutex_name), 4, 4), 1);
    assert_int_equal(collected_count, 4);
}

static void a_forked_child_goes_on_in_the_span(void **state)
{
    (void)state;
    begin(100, true);
    mutray_set_span(9, 9);
    use();
    pid_t child = fork();
    if (child == 0) {
        mutray__record_after_fork();
        use();
        collect();
        _exit(collected_count == 2 && in_span(ACQUIRES(mutex_name), 9, 9) == 1 && totals.lost.apart_folded == 0 ? 0 : 1);
    }
    int status;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
    collect();
    assert_int_equal(in_span(ACQUIRES(mutex_name), 9, 9), 1);
}

int main(void)
{
#define CASE(test) cmocka_unit_test_teardown(test, end)
    const struct CMUnitTest tests[] = {
        CASE(each_event_has_its_time),
        CASE(without_it_no_event_has_a_time),
        CASE(what_does_not_fit_is_counted_and_added_up),
        CASE(threads_share_the_room_and_give_it_back),
        CASE(counts_add_up_to_the_estimate),
        CASE(only_events_inside_a_span_have_it),
        CASE(spans_are_the_threads_own),
        CASE(a_span_from_before_the_start_counts),
        CASE(spans_beyond_the_room_are_counted_and_added_up),
        CASE(both_at_once),
        CASE(signal_handlers_may_have_spans),
        CASE(a_forked_child_goes_on_in_the_span),
    };
    mutray__attach(&unit);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
