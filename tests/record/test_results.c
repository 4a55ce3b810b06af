/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Every function must return what the plain one returns, in every state a lock can be in. A script of steps is run on a
 * fresh lock through the plain functions, and again through the recorder at several rates; all results must be equal.
 */
#include "collect.h"
#include "instrumented.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static struct mutray__site sites[MUTRAY__FUNCTIONS];
static struct mutray__unit unit = {.abi = MUTRAY__ABI, .site_count = MUTRAY__FUNCTIONS, .sites = sites,
                                   .ops = &module_ops};

/* Calls a function on the lock through its site, whatever the state of recording. */
#define AT(function, ...) at_##function(__VA_ARGS__, &sites[MUTRAY__FN_##function])
#define MOST_STEPS 64

struct results {
    int count, values[MOST_STEPS];
};

static void note(struct results *results, int value)
{
    assert_true(results->count < MOST_STEPS);
    results->values[results->count++] = value;
}

static const struct timespec past = {1, 0}, malformed = {1, -1}, distant = {(time_t)1 << 40, 0};

static void *lock_and_die(void *mutex)
{
    pthread_mutex_lock(mutex);
    return NULL;
}

static void mutex_steps(struct results *results, pthread_mutex_t *mutex)
{
    note(results, AT(pthread_mutex_lock, mutex));
    note(results, AT(pthread_mutex_trylock, mutex));
    note(results, AT(pthread_mutex_timedlock, mutex, &past));
    note(results, AT(pthread_mutex_clocklock, mutex, CLOCK_MONOTONIC, &past));
    note(results, AT(pthread_mutex_timedlock, mutex, &malformed));
    for (int i = 0; i < 6; i++) /* one more than there are levels */
        note(results, AT(pthread_mutex_unlock, mutex));
}

static void free_mutex_steps(struct results *results, pthread_mutex_t *mutex)
{
    note(results, AT(pthread_mutex_timedlock, mutex, &distant));
    note(results, AT(pthread_mutex_unlock, mutex));
    note(results, AT(pthread_mutex_timedlock, mutex, &malformed));
    note(results, AT(pthread_mutex_unlock, mutex));
    note(results, AT(pthread_mutex_clocklock, mutex, CLOCK_MONOTONIC, &past));
    note(results, AT(pthread_mutex_unlock, mutex));
    note(results, AT(pthread_mutex_clocklock, mutex, CLOCK_PROCESS_CPUTIME_ID, &distant));
}

static void try_steps(struct results *results, pthread_mutex_t *mutex)
{
    note(results, AT(pthread_mutex_lock, mutex));
    note(results, AT(pthread_mutex_trylock, mutex));
    note(results, AT(pthread_mutex_unlock, mutex));
}

static void errorcheck_steps(struct results *results, pthread_mutex_t *mutex)
{
    note(results, AT(pthread_mutex_unlock, mutex));
    note(results, AT(pthread_mutex_lock, mutex));
    note(results, AT(pthread_mutex_lock, mutex));
    note(results, AT(pthread_mutex_unlock, mutex));
    note(results, AT(pthread_mutex_unlock, mutex));
}

static void robust_steps(struct results *results, pthread_mutex_t *mutex)
{
    in_thread(lock_and_die, mutex);
    note(results, AT(pthread_mutex_lock, mutex));
    note(results, pthread_mutex_consistent(mutex));
    note(results, AT(pthread_mutex_unlock, mutex));
    in_thread(lock_and_die, mutex);
    note(results, AT(pthread_mutex_trylock, mutex));
    note(results, AT(pthread_mutex_unlock, mutex));
    note(results, AT(pthread_mutex_lock, mutex));
    note(results, AT(pthread_mutex_trylock, mutex));
}

static void run_mutexes(struct results *results)
{
    static const int types[] = {PTHREAD_MUTEX_NORMAL, PTHREAD_MUTEX_ERRORCHECK, PTHREAD_MUTEX_RECURSIVE};
    static const int protocols[] = {PTHREAD_PRIO_NONE, PTHREAD_PRIO_INHERIT};
    for (int i = 0; i < 6; i++) {
        pthread_mutexattr_t attributes;
        pthread_mutex_t mutex;
        pthread_mutexattr_init(&attributes);
        pthread_mutexattr_settype(&attributes, types[i % 3]);
        pthread_mutexattr_setprotocol(&attributes, protocols[i / 3]);
        AT(pthread_mutex_init, &mutex, &attributes);
        if (types[i % 3] == PTHREAD_MUTEX_ERRORCHECK)
            errorcheck_steps(results, &mutex);
        else
            try_steps(results, &mutex);
        note(results, AT(pthread_mutex_destroy, &mutex));
    }
}

static void run_free_mutexes(struct results *results)
{
    pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
    free_mutex_steps(results, &mutex);
    note(results, AT(pthread_mutex_destroy, &mutex));
    note(results, AT(pthread_mutex_lock, &mutex));
    note(results, AT(pthread_mutex_trylock, &mutex));
}

static void run_held_mutexes(struct results *results)
{
    pthread_mutex_t mutex = PTHREAD_RECURSIVE_MUTEX_INITIALIZER_NP;
    mutex_steps(results, &mutex);
}

static void run_robust_mutexes(struct results *results)
{
    pthread_mutexattr_t attributes;
    pthread_mutex_t mutex;
    pthread_mutexattr_init(&attributes);
    pthread_mutexattr_setrobust(&attributes, PTHREAD_MUTEX_ROBUST);
    pthread_mutex_init(&mutex, &attributes);
    robust_steps(results, &mutex);
}

static void run_rwlocks(struct results *results)
{
    pthread_rwlock_t rwlock;
    note(results, AT(pthread_rwlock_init, &rwlock, NULL));
    note(results, AT(pthread_rwlock_timedrdlock, &rwlock, &malformed));
    note(results, AT(pthread_rwlock_timedwrlock, &rwlock, &malformed));
    note(results, AT(pthread_rwlock_clockrdlock, &rwlock, CLOCK_PROCESS_CPUTIME_ID, &distant));
    note(results, AT(pthread_rwlock_rdlock, &rwlock));
    note(results, AT(pthread_rwlock_tryrdlock, &rwlock));
    note(results, AT(pthread_rwlock_trywrlock, &rwlock));
    note(results, AT(pthread_rwlock_timedwrlock, &rwlock, &past));
    note(results, AT(pthread_rwlock_unlock, &rwlock));
    note(results, AT(pthread_rwlock_unlock, &rwlock));
    note(results, AT(pthread_rwlock_wrlock, &rwlock));
    note(results, AT(pthread_rwlock_wrlock, &rwlock));
    note(results, AT(pthread_rwlock_rdlock, &rwlock));
    note(results, AT(pthread_rwlock_tryrdlock, &rwlock));
    note(results, AT(pthread_rwlock_clockwrlock, &rwlock, CLOCK_REALTIME, &past));
    note(results, AT(pthread_rwlock_unlock, &rwlock));
    note(results, AT(pthread_rwlock_destroy, &rwlock));
}

static void run_spin_and_mtx(struct results *results)
{
    pthread_spinlock_t spin;
    mtx_t mtx;
    note(results, AT(pthread_spin_init, &spin, 0));
    note(results, AT(pthread_spin_lock, &spin));
    note(results, AT(pthread_spin_trylock, &spin));
    note(results, AT(pthread_spin_unlock, &spin));
    note(results, AT(pthread_spin_destroy, &spin));
    note(results, AT(mtx_init, &mtx, mtx_timed));
    note(results, AT(mtx_lock, &mtx));
    note(results, AT(mtx_trylock, &mtx));
    note(results, AT(mtx_timedlock, &mtx, &past));
    note(results, AT(mtx_timedlock, &mtx, &malformed));
    note(results, AT(mtx_unlock, &mtx));
    AT(mtx_destroy, &mtx);
}

static void run_conditions(struct results *results)
{
    pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
    pthread_cond_t condition = PTHREAD_COND_INITIALIZER;
    note(results, AT(pthread_mutex_lock, &mutex));
    note(results, AT(pthread_cond_timedwait, &condition, &mutex, &past));
    note(results, AT(pthread_cond_timedwait, &condition, &mutex, &malformed));
    note(results, AT(pthread_cond_clockwait, &condition, &mutex, CLOCK_MONOTONIC, &past));
    note(results, AT(pthread_cond_clockwait, &condition, &mutex, CLOCK_PROCESS_CPUTIME_ID, &past));
    note(results, AT(pthread_mutex_unlock, &mutex));
}

static void results_are_those_of_the_plain_functions(void **state)
{
    static void (*const scripts[])(struct results *) = {run_mutexes, run_free_mutexes, run_held_mutexes,
                                                        run_robust_mutexes, run_rwlocks, run_spin_and_mtx,
                                                        run_conditions};
    static const double rates[] = {100, 50, 0.001};
    (void)state;
    for (size_t i = 0; i < COUNT_OF(scripts); i++) {
        struct results plain = {0};
        assert_null(module_ops);
        scripts[i](&plain);
        assert_true(plain.count > 0);
        for (size_t j = 0; j < COUNT_OF(rates); j++) {
            start(rates[j], 0);
            for (int repeat = 0; repeat < 20; repeat++) {
                struct results recorded = {0};
                scripts[i](&recorded);
                assert_memory_equal(&recorded, &plain, sizeof plain);
            }
            stop();
        }
    }
}

static void *nothing(void *argument)
{
    return argument;
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(results_are_those_of_the_plain_functions)};
    for (unsigned i = 0; i < MUTRAY__FUNCTIONS; i++)
        sites[i] = (struct mutray__site){.variable = "m", .file = "test.c", .function = "f", .line = i + 1,
                                         .what = (unsigned short)i};
    in_thread(nothing, NULL); /* from here on there has been a second thread, and trying first is worth it */
    mutray__attach(&unit);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
