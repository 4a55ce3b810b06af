/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Estimates are held against theory, over twenty seeds: of events of the sizes x (1, if they are counted; a time), each
 * kept with probability p and weighing 1/p, the estimate of the sum has the variance sum of x^2 (1-p)/p. Errors must not
 * be larger than chance allows, and not much smaller either, which would mean that something other than chance chooses.
 *
 * Times are those of a schedule, whatever the machine does meanwhile: the clock is ours, and goes on when the schedule
 * says so.
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
#include <sys/syscall.h>
#include <unistd.h>

#include <cmocka.h>

#define SEEDS 20
#define ROUNDS 20000
#define US 1000.0

/* --- the clock --- */

static _Atomic uint64_t schedule_ns; /* 0: the clock is the machine's */

int clock_gettime(clockid_t clock, struct timespec *ret)
{
    uint64_t now = schedule_ns;
    if (now == 0)
        return (int)syscall(SYS_clock_gettime, clock, ret);
    *ret = (struct timespec){(time_t)(now / 1000000000), (long)(now % 1000000000)};
    return 0;
}

static void pass_time(double ns)
{
    schedule_ns += (uint64_t)ns;
}

static void start_by_schedule(double pct, double wait_period_ns)
{
    schedule_ns = 0;
    start(pct, (uint64_t)wait_period_ns);
    mutray__clock.is_counter = false;
    mutray__clock.ns_per_tick = (uint64_t)1 << 32;
    schedule_ns = 1000000000;
}

/* --- errors, in standard deviations, over the seeds --- */

struct errors {
    int count; /* of those that could have been */
    double sum, squares;
};

static void note_error(struct errors *errors, double estimate, double truth, double variance)
{
    double deviation = sqrt(variance);
    if (variance == 0) {
        assert_float_equal(estimate, truth, truth * 1e-12);
        return;
    }
    assert_true(fabs(estimate - truth) < 5 * deviation);
    errors->count++;
    errors->sum += (estimate - truth) / deviation;
    errors->squares += (estimate - truth) * (estimate - truth) / variance;
}

static void check_errors(const struct errors *errors)
{
    if (errors->count == 0)
        return; /* all is exact */
    assert_true(fabs(errors->sum) / sqrt(SEEDS) < 4);
    assert_true(errors->squares / SEEDS > 0.25 && errors->squares / SEEDS < 3);
}

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

static void use(int which, double hold_ns)
{
    at_pthread_mutex_lock(&mutexes[which], &lock_sites[which]);
    pass_time(hold_ns);
    at_pthread_mutex_unlock(&mutexes[which], &unlock_sites[which]);
}

/* In a fixed order, to which a fixed period would be blind; `c` inside `b`. */
static void *work(void *argument)
{
    (void)argument;
    for (int i = 0; i < ROUNDS; i++) {
        use(0, 3 * US);
        at_pthread_mutex_lock(&mutexes[1], &lock_sites[1]);
        pass_time(4 * US);
        use(2, 2 * US);
        at_pthread_mutex_unlock(&mutexes[1], &unlock_sites[1]);
        use(0, 40 * US);
    }
    return NULL;
}

static void check_estimates(double pct)
{
    static const double counts[] = {2 * ROUNDS, ROUNDS, ROUNDS};
    static const double holds[] = {43 * US * ROUNDS, 6 * US * ROUNDS, 2 * US * ROUNDS};
    static const double squares[] = {(9 + 1600) * US * US * ROUNDS, 36 * US * US * ROUNDS, 4 * US * US * ROUNDS};
    double spread = 100 / pct - 1; /* (1-p)/p */
    struct errors count_errors[3] = {{0, 0, 0}}, hold_errors[3] = {{0, 0, 0}};
    for (int seed = 1; seed <= SEEDS; seed++) {
        mutray__threads_seed((uint64_t)seed);
        start_by_schedule(pct, 0);
        in_thread(work, NULL);
        collect();
        for (int i = 0; i < 3; i++) {
            note_error(&count_errors[i], count_of(ACQUIRES(names[i])), counts[i], counts[i] * spread);
            note_error(&hold_errors[i], time_of(RELEASES(names[i])), holds[i], squares[i] * spread);
            assert_float_equal(count_of(ACQUIRES(names[i])), count_of(RELEASES(names[i])), 1e-6);
            assert_float_equal(time_of(ACQUIRES(names[i])), 0, 0);
        }
        stop();
    }
    for (int i = 0; i < 3; i++) {
        check_errors(&count_errors[i]);
        check_errors(&hold_errors[i]);
    }
    mutray__threads_seed(0);
}

static void at_hundred_percent_exactly(void **state)
{
    (void)state;
    check_estimates(100);
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

static double wait_ns(int i)
{
    return (200 + i % 10 * 100) * US;
}

static double hold_ns(int i)
{
    return (10 + i % 7 * 20) * US;
}

static bool somebody_waits(const pthread_mutex_t *mutex)
{
#ifdef __GLIBC__
    return __atomic_load_n(&mutex->__data.__lock, __ATOMIC_ACQUIRE) == 2;
#else
    return ((const volatile int *)mutex)[2] != 0; /* musl: waiters */
#endif
}

static void wait_for_turn(int which)
{
    while (__atomic_load_n(&turn, __ATOMIC_ACQUIRE) != which)
        sched_yield();
}

/* Holds the lock for a while after it is waited for: that each of these acquires is contended does not hang on luck. */
static void *hold_by_turns(void *argument)
{
    for (int i = 0; i < WAITS; i++) {
        wait_for_turn(2 * i);
        pthread_mutex_lock(&mutexes[0]);
        __atomic_store_n(&turn, 2 * i + 1, __ATOMIC_RELEASE);
        while (!somebody_waits(&mutexes[0]))
            sched_yield();
        pass_time(wait_ns(i));
        pthread_mutex_unlock(&mutexes[0]);
    }
    return argument;
}

static void *wait_by_turns(void *argument)
{
    for (int i = 0; i < WAITS; i++) {
        wait_for_turn(2 * i + 1);
        use(0, hold_ns(i));
        __atomic_store_n(&turn, 2 * i + 2, __ATOMIC_RELEASE);
    }
    return argument;
}

struct wait_sums {
    double wait, hold, count_variance, wait_variance, hold_variance;
};

/* A wait w is kept with w/R and weighs R/w: the variance of x is sum of x^2 (R/w - 1). So is that of its hold. */
static struct wait_sums sum_up(double period)
{
    struct wait_sums sums = {0};
    for (int i = 0; i < WAITS; i++) {
        double wait = wait_ns(i), hold = hold_ns(i), spread = wait < period ? period / wait - 1 : 0;
        sums.wait += wait;
        sums.hold += hold;
        sums.count_variance += spread;
        sums.wait_variance += wait * wait * spread;
        sums.hold_variance += hold * hold * spread;
    }
    return sums;
}

/* A wait below R that is kept stands for R. */
static void check_weights(double period)
{
    for (size_t i = 0; i < collected_count; i++) {
        const struct mutray__sample *sample = &collected[i].sample;
        if (sample->contended && (double)sample->bucket_ns * 2 < period)
            assert_float_equal(fmod(sample->time_ns + period / 2, period), period / 2, 1);
    }
}

static void check_waits(double pct, double period)
{
    struct wait_sums truth = sum_up(pct == 100 ? 0 : period);
    struct errors count_errors = {0, 0, 0}, wait_errors = {0, 0, 0}, hold_errors = {0, 0, 0};
    for (int seed = 1; seed <= SEEDS; seed++) {
        pthread_t holder;
        turn = 0;
        mutray__threads_seed((uint64_t)seed);
        start_by_schedule(pct, period);
        pthread_create(&holder, NULL, hold_by_turns, NULL);
        in_thread(wait_by_turns, NULL);
        pthread_join(holder, NULL);
        collect();
        struct which contended = ACQUIRES(names[0]);
        contended.contended = 1;
        note_error(&count_errors, count_of(contended), WAITS, truth.count_variance);
        note_error(&wait_errors, time_of(contended), truth.wait, truth.wait_variance);
        note_error(&hold_errors, time_of(RELEASES(names[0])), truth.hold, truth.hold_variance);
        assert_float_equal(count_of(ACQUIRES(names[0])), count_of(contended), 0);
        assert_float_equal(count_of(RELEASES(names[0])), count_of(contended), 1e-6);
        if (pct < 100)
            check_weights(period);
        stop();
    }
    check_errors(&count_errors);
    check_errors(&wait_errors);
    check_errors(&hold_errors);
    mutray__threads_seed(0);
}

static void waits_at_hundred_percent_exactly(void **state)
{
    (void)state;
    check_waits(100, 5e6);
}

static void waits_at_ten_percent(void **state)
{
    (void)state;
    check_waits(10, 2e6);
}

static void waits_at_one_percent(void **state)
{
    (void)state;
    check_waits(1, 5e6);
}

static void waits_longer_than_the_period_exactly(void **state)
{
    (void)state;
    check_waits(1, 1e5);
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
        cmocka_unit_test(waits_at_hundred_percent_exactly),
        cmocka_unit_test(waits_at_ten_percent),
        cmocka_unit_test(waits_at_one_percent),
        cmocka_unit_test(waits_longer_than_the_period_exactly),
        cmocka_unit_test(gaps_are_geometric),
    };
    mutray__attach(&unit);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
