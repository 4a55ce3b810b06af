/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Estimates are held against theory, over twenty seeds: of N events, each kept with probability p and counted 1/p, the
 * estimate has the variance N (1-p)/p. Errors must not be larger than chance allows, and not much smaller either, which
 * would mean that something other than chance chooses.
 */
#include "collect.h"
#include "instrumented.h"
#include "random.h"
#include "thread.h"

#include <math.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#define SEEDS 20
#define ROUNDS 20000

static pthread_mutex_t mutexes[3] = {PTHREAD_MUTEX_INITIALIZER, PTHREAD_MUTEX_INITIALIZER, PTHREAD_MUTEX_INITIALIZER};
static struct mutray__lock locks[] = {
    {"a", "a", "v a", NULL}, {"b", "b", "v b", NULL}, {"c", "c", "v c", NULL}};
static struct mutray__creation creations[] = {
    {.lock = &locks[0], .file = "test.c", .line = 1, .flags = 1},
    {.lock = &locks[1], .file = "test.c", .line = 2, .flags = 1},
    {.lock = &locks[2], .file = "test.c", .line = 3, .flags = 1}};
static struct mutray__site lock_sites[] = {SITE(pthread_mutex_lock, &locks[0], "a", 10),
                                           SITE(pthread_mutex_lock, &locks[1], "b", 20),
                                           SITE(pthread_mutex_lock, &locks[2], "c", 30)};
static struct mutray__site unlock_sites[] = {SITE(pthread_mutex_unlock, &locks[0], "a", 11),
                                             SITE(pthread_mutex_unlock, &locks[1], "b", 21),
                                             SITE(pthread_mutex_unlock, &locks[2], "c", 31)};
static struct mutray__unit unit = {.abi = MUTRAY__ABI, .lock_count = 3, .creation_count = 3, .locks = locks,
                                   .creations = creations, .ops = &module_ops};
static const char *const names[] = {"test.c:1:a", "test.c:2:b", "test.c:3:c"};

static void use(int which)
{
    at_pthread_mutex_lock(&mutexes[which], &lock_sites[which]);
    at_pthread_mutex_unlock(&mutexes[which], &unlock_sites[which]);
}

/* In a fixed order, to which a fixed period would be blind; `c` inside `b`. */
static void *work(void *argument)
{
    (void)argument;
    for (int i = 0; i < ROUNDS; i++) {
        use(0);
        at_pthread_mutex_lock(&mutexes[1], &lock_sites[1]);
        use(2);
        at_pthread_mutex_unlock(&mutexes[1], &unlock_sites[1]);
        use(0);
    }
    return NULL;
}

static void check_estimates(double pct)
{
    static const double truth[] = {2 * ROUNDS, ROUNDS, ROUNDS};
    double p = pct / 100, sum[3] = {0}, squares[3] = {0};
    for (int seed = 1; seed <= SEEDS; seed++) {
        mutray__threads_seed((uint64_t)seed);
        start(pct, 0);
        in_thread(work, NULL);
        collect();
        for (int i = 0; i < 3; i++) {
            double error = count_of(ACQUIRES(names[i])) - truth[i], deviation = sqrt(truth[i] * (1 - p) / p);
            assert_true(fabs(error) < 5 * deviation);
            sum[i] += error / deviation;
            squares[i] += error * error / (deviation * deviation);
            assert_float_equal(count_of(ACQUIRES(names[i])), count_of(RELEASES(names[i])), 1e-6);
        }
        stop();
    }
    for (int i = 0; i < 3; i++) {
        assert_true(fabs(sum[i]) / sqrt(SEEDS) < 4);
        assert_true(squares[i] / SEEDS > 0.25 && squares[i] / SEEDS < 3);
    }
    mutray__threads_seed(0);
}

static void at_ten_percent(void **state)
{
    (void)state;
    check_estimates(10);
}

static void at_one_percent(void **state)
{
    (void)state;
    check_estimates(1);
}

static void at_hundred_percent_exactly(void **state)
{
    (void)state;
    start(100, 100000);
    in_thread(work, NULL);
    collect();
    assert_float_equal(count_of(ACQUIRES(NULL)), 4.0 * ROUNDS, 0);
    assert_float_equal(count_of(RELEASES(NULL)), 4.0 * ROUNDS, 0);
    stop();
}

static void without_upscaling_events_count_one(void **state)
{
    (void)state;
    mutray__threads_seed(1);
    start_with(&(struct mutray__record_config){.capture_pct = 10, .memory_bytes = 64 << 20});
    in_thread(work, NULL);
    collect();
    double p = 0.1, expected = 4 * ROUNDS * p, deviation = sqrt(expected * (1 - p));
    assert_true(fabs(count_of(ACQUIRES(NULL)) - expected) < 5 * deviation);
    for (size_t i = 0; i < collected_count; i++)
        assert_true(collected[i].sample.count == floor(collected[i].sample.count));
    stop();
    mutray__threads_seed(0);
}

/* --- contended acquires --- */

#define WAITS 300
static int turn; /* odd: the holder has the lock */

static long hold_ns(int i)
{
    return 200000 + i % 10 * 100000;
}

static bool somebody_waits(const pthread_mutex_t *mutex)
{
#ifdef __GLIBC__
    return __atomic_load_n(&mutex->__data.__lock, __ATOMIC_ACQUIRE) == 2;
#else
    return ((const volatile int *)mutex)[2] != 0; /* musl: waiters */
#endif
}

/* Holds the lock for a while after it is waited for: that each of these acquires is contended does not hang on luck. */
static void *hold_by_turns(void *argument)
{
    (void)argument;
    for (int i = 0; i < WAITS; i++) {
        while (__atomic_load_n(&turn, __ATOMIC_ACQUIRE) != 2 * i)
            sched_yield();
        pthread_mutex_lock(&mutexes[0]);
        __atomic_store_n(&turn, 2 * i + 1, __ATOMIC_RELEASE);
        while (!somebody_waits(&mutexes[0]))
            sched_yield();
        nanosleep(&(struct timespec){.tv_nsec = hold_ns(i)}, NULL);
        pthread_mutex_unlock(&mutexes[0]);
    }
    return NULL;
}

/*
 * Each wait is w, kept with w/R and counted R/w: the number has the variance sum of R/w - 1, the total that of w (R -
 * w). On a busy machine waits are longer than the holds that cause them, which makes the first smaller; the second is
 * R^2/4 at most.
 */
static void waits_are_estimated_by_their_length(void **state)
{
    (void)state;
    const double period = 5e6;
    pthread_t holder;
    double most = 0, least = 0, count_variance = 0;
    mutray__threads_seed(7);
    start(1, (uint64_t)period);
    pthread_create(&holder, NULL, hold_by_turns, NULL);
    for (int i = 0; i < WAITS; i++) {
        while (__atomic_load_n(&turn, __ATOMIC_ACQUIRE) != 2 * i + 1)
            sched_yield();
        uint64_t before = mutray__now();
        at_pthread_mutex_lock(&mutexes[0], &lock_sites[0]);
        most += (double)(mutray__now() - before);
        at_pthread_mutex_unlock(&mutexes[0], &unlock_sites[0]);
        __atomic_store_n(&turn, 2 * i + 2, __ATOMIC_RELEASE);
        least += (double)hold_ns(i);
        count_variance += period / (double)hold_ns(i) - 1;
    }
    pthread_join(holder, NULL);
    collect();
    struct which contended = ACQUIRES(names[0]);
    contended.contended = 1;
    double deviation = sqrt(WAITS * period * period / 4);
    assert_true(time_of(contended) > least - 5 * deviation && time_of(contended) < most + 5 * deviation);
    assert_true(fabs(count_of(contended) - WAITS) < 5 * sqrt(count_variance));
    assert_true(count_of(contended) > 0);
    for (size_t i = 0; i < collected_count; i++) { /* a wait below R that is kept stands for R */
        const struct mutray__sample *sample = &collected[i].sample;
        if (sample->contended && sample->bucket_ns * 2 < period)
            assert_float_equal(fmod(sample->time_ns + period / 2, period), period / 2, 1);
    }
    /* The hold of a contended acquire weighs what the acquire weighs. */
    assert_true(count_of(RELEASES(names[0])) >= count_of(contended) - 1e-6);
    stop();
    mutray__threads_seed(0);
}

/* --- the numbers behind it --- */

static void gaps_are_geometric(void **state)
{
    (void)state;
    static const double probabilities[] = {0.5, 0.333, 0.1, 0.01, 0.0001};
    uint64_t random = mutray__random_seed(3);
    mutray__random_init();
    for (size_t i = 0; i < COUNT_OF(probabilities); i++) {
        double p = probabilities[i], log2_miss = mutray__random_log2_miss(p), sum = 0, ones = 0;
        const int draws = 200000;
        assert_float_equal(log2_miss, log2(1 - p), 1e-12);
        for (int j = 0; j < draws; j++) {
            int64_t gap = mutray__random_gap(&random, log2_miss);
            assert_true(gap >= 1);
            sum += (double)gap;
            ones += gap == 1;
        }
        assert_true(fabs(sum / draws - 1 / p) < 5 * sqrt((1 - p) / draws) / p);
        assert_true(fabs(ones / draws - p) < 5 * sqrt(p * (1 - p) / draws));
    }
    assert_int_equal(mutray__random_gap(&random, 0), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(at_hundred_percent_exactly),
        cmocka_unit_test(at_ten_percent),
        cmocka_unit_test(at_one_percent),
        cmocka_unit_test(without_upscaling_events_count_one),
        cmocka_unit_test(waits_are_estimated_by_their_length),
        cmocka_unit_test(gaps_are_geometric),
    };
    mutray__attach(&unit);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
