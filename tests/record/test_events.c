/* SPDX-License-Identifier: Apache-2.0 */
/* What is recorded of each kind of operation, when everything is recorded: exact counts, and times within bounds. */
#include "collect.h"
#include "instrumented.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER, recursive, other = PTHREAD_MUTEX_INITIALIZER;
static pthread_rwlock_t rwlock = PTHREAD_RWLOCK_INITIALIZER;
static pthread_spinlock_t spin;
static mtx_t mtx;
static pthread_cond_t condition = PTHREAD_COND_INITIALIZER;
static cnd_t cnd;

static struct mutray__lock locks[] = {
    {"mutex", "mutex", "v mutex", NULL},    {"recursive", "recursive", "v recursive", NULL},
    {"rwlock", "rwlock", "v rwlock", NULL}, {"spin", "spin", "v spin", NULL},
    {"mtx", "mtx", "v mtx", NULL},          {"other", "other", "v other", NULL},
};
#define MUTEX (&locks[0])
#define RECURSIVE (&locks[1])
#define RWLOCK (&locks[2])
#define SPIN (&locks[3])
#define MTX (&locks[4])
#define OTHER (&locks[5])

static struct mutray__creation creations[] = {
    {.lock = MUTEX, .file = "dir/test.c", .line = 1, .address = &mutex, .size = sizeof mutex, .flags = 1},
    {.lock = RWLOCK, .file = "dir/test.c", .line = 3, .address = &rwlock, .size = sizeof rwlock, .flags = 1},
    {.lock = OTHER, .file = "dir/test.c", .line = 6, .address = &other, .size = sizeof other, .flags = 1},
};

enum {
    LOCK, TRY, TIMED, CLOCKED, UNLOCK, WAIT, TIMED_WAIT, CLOCK_WAIT,
    RECURSIVE_INIT, RECURSIVE_LOCK, RECURSIVE_UNLOCK, RECURSIVE_DESTROY,
    READ, TRY_READ, TIMED_READ, CLOCK_READ, WRITE, TRY_WRITE, TIMED_WRITE, CLOCK_WRITE, RW_UNLOCK,
    SPIN_INIT, SPIN_LOCK, SPIN_TRY, SPIN_UNLOCK, SPIN_DESTROY,
    MTX_INIT, MTX_LOCK, MTX_TRY, MTX_TIMED, MTX_UNLOCK, MTX_DESTROY, CND_WAIT, CND_TIMED_WAIT,
    OTHER_LOCK, OTHER_UNLOCK, SITES
};

static struct mutray__site at[SITES] = {
    [LOCK] = SITE(pthread_mutex_lock, MUTEX, "mutex", 10),
    [TRY] = SITE(pthread_mutex_trylock, MUTEX, "mutex", 11),
    [TIMED] = SITE(pthread_mutex_timedlock, MUTEX, "mutex", 12),
    [CLOCKED] = SITE(pthread_mutex_clocklock, MUTEX, "mutex", 13),
    [UNLOCK] = SITE(pthread_mutex_unlock, MUTEX, "mutex", 14),
    [WAIT] = SITE(pthread_cond_wait, MUTEX, "mutex", 15),
    [TIMED_WAIT] = SITE(pthread_cond_timedwait, MUTEX, "mutex", 16),
    [CLOCK_WAIT] = SITE(pthread_cond_clockwait, MUTEX, "mutex", 17),
    [RECURSIVE_INIT] = SITE(pthread_mutex_init, RECURSIVE, "recursive", 2),
    [RECURSIVE_LOCK] = SITE(pthread_mutex_lock, RECURSIVE, "recursive", 20),
    [RECURSIVE_UNLOCK] = SITE(pthread_mutex_unlock, RECURSIVE, "recursive", 21),
    [RECURSIVE_DESTROY] = SITE(pthread_mutex_destroy, RECURSIVE, "recursive", 22),
    [READ] = SITE(pthread_rwlock_rdlock, RWLOCK, "rwlock", 30),
    [TRY_READ] = SITE(pthread_rwlock_tryrdlock, RWLOCK, "rwlock", 31),
    [TIMED_READ] = SITE(pthread_rwlock_timedrdlock, RWLOCK, "rwlock", 32),
    [CLOCK_READ] = SITE(pthread_rwlock_clockrdlock, RWLOCK, "rwlock", 33),
    [WRITE] = SITE(pthread_rwlock_wrlock, RWLOCK, "rwlock", 34),
    [TRY_WRITE] = SITE(pthread_rwlock_trywrlock, RWLOCK, "rwlock", 35),
    [TIMED_WRITE] = SITE(pthread_rwlock_timedwrlock, RWLOCK, "rwlock", 36),
    [CLOCK_WRITE] = SITE(pthread_rwlock_clockwrlock, RWLOCK, "rwlock", 37),
    [RW_UNLOCK] = SITE(pthread_rwlock_unlock, RWLOCK, "rwlock", 38),
    [SPIN_INIT] = SITE(pthread_spin_init, SPIN, "spin", 4),
    [SPIN_LOCK] = SITE(pthread_spin_lock, SPIN, "spin", 40),
    [SPIN_TRY] = SITE(pthread_spin_trylock, SPIN, "spin", 41),
    [SPIN_UNLOCK] = SITE(pthread_spin_unlock, SPIN, "spin", 42),
    [SPIN_DESTROY] = SITE(pthread_spin_destroy, SPIN, "spin", 43),
    [MTX_INIT] = SITE(mtx_init, MTX, "mtx", 5),
    [MTX_LOCK] = SITE(mtx_lock, MTX, "mtx", 50),
    [MTX_TRY] = SITE(mtx_trylock, MTX, "mtx", 51),
    [MTX_TIMED] = SITE(mtx_timedlock, MTX, "mtx", 52),
    [MTX_UNLOCK] = SITE(mtx_unlock, MTX, "mtx", 53),
    [MTX_DESTROY] = SITE(mtx_destroy, MTX, "mtx", 54),
    [CND_WAIT] = SITE(cnd_wait, MTX, "mtx", 55),
    [CND_TIMED_WAIT] = SITE(cnd_timedwait, MTX, "mtx", 56),
    [OTHER_LOCK] = SITE(pthread_mutex_lock, OTHER, "other", 60),
    [OTHER_UNLOCK] = SITE(pthread_mutex_unlock, OTHER, "other", 61),
};

static struct mutray__unit unit = {.abi = MUTRAY__ABI,
                                   .site_count = SITES,
                                   .lock_count = COUNT_OF(locks),
                                   .creation_count = COUNT_OF(creations),
                                   .sites = at,
                                   .locks = locks,
                                   .creations = creations,
                                   .ops = &module_ops,
                                   .source = "dir/test.c"};

static const char mutex_name[] = "test.c:1:mutex", recursive_name[] = "test.c:2:recursive",
                  rwlock_name[] = "test.c:3:rwlock", spin_name[] = "test.c:4:spin", mtx_name[] = "test.c:5:mtx";
#define MS 1e6

static int start_all(void **state)
{
    (void)state;
    start(100, 100000);
    return 0;
}

static int stop_all(void **state)
{
    (void)state;
    stop();
    return 0;
}

static struct timespec in_ms(clockid_t clock, long ms)
{
    struct timespec time;
    clock_gettime(clock, &time);
    time.tv_nsec += ms * 1000000;
    time.tv_sec += time.tv_nsec / 1000000000;
    time.tv_nsec %= 1000000000;
    return time;
}

/* --- one thread --- */

static void mutex_is_counted_exactly(void **state)
{
    (void)state;
    struct timespec real = in_ms(CLOCK_REALTIME, 1000), monotonic = in_ms(CLOCK_MONOTONIC, 1000);
    for (int i = 0; i < 1000; i++) {
        assert_int_equal(at_pthread_mutex_lock(&mutex, &at[LOCK]), 0);
        assert_int_equal(at_pthread_mutex_unlock(&mutex, &at[UNLOCK]), 0);
    }
    for (int i = 0; i < 10; i++) {
        assert_int_equal(at_pthread_mutex_trylock(&mutex, &at[TRY]), 0);
        assert_int_equal(at_pthread_mutex_unlock(&mutex, &at[UNLOCK]), 0);
        assert_int_equal(at_pthread_mutex_timedlock(&mutex, &real, &at[TIMED]), 0);
        assert_int_equal(at_pthread_mutex_unlock(&mutex, &at[UNLOCK]), 0);
        assert_int_equal(at_pthread_mutex_clocklock(&mutex, CLOCK_MONOTONIC, &monotonic, &at[CLOCKED]), 0);
        assert_int_equal(at_pthread_mutex_unlock(&mutex, &at[UNLOCK]), 0);
    }
    collect();
    assert_float_equal(count_of(ACQUIRES(mutex_name)), 1030, 0);
    assert_float_equal(count_of(RELEASES(mutex_name)), 1030, 0);
    assert_float_equal(time_of(ACQUIRES(mutex_name)), 0, 0);
    struct which which = ACQUIRES(mutex_name);
    which.line = 13;
    assert_float_equal(count_of(which), 10, 0);
    const struct mutray__sample *sample = find_sample(which);
    assert_string_equal(sample->leaf->file, "dir/test.c");
    assert_string_equal(sample->leaf->function, "f");
    assert_string_equal(sample->lock->declaration, "mutex");
    assert_string_equal(sample->lock->kind, "mutex");
    assert_string_equal(sample->mode, "");
    assert_false(sample->contended);
    assert_int_equal(sample->thread.id, (uint64_t)pthread_self());
    collect();
    assert_int_equal(collected_count, 0);
}

static void holds_are_timed(void **state)
{
    (void)state;
    at_pthread_mutex_lock(&mutex, &at[LOCK]);
    sleep_ms(20);
    at_pthread_mutex_unlock(&mutex, &at[UNLOCK]);
    collect();
    const struct mutray__sample *sample = find_sample(RELEASES(mutex_name));
    assert_non_null(sample);
    assert_true(sample->time_ns >= 20 * MS);
    assert_true((double)sample->bucket_ns <= sample->time_ns && sample->time_ns < 2 * (double)sample->bucket_ns);
    assert_int_equal(sample->leaf->line, 14);
}

static void holds_of_nested_locks_are_apart(void **state)
{
    (void)state;
    at_pthread_mutex_lock(&mutex, &at[LOCK]);
    sleep_ms(10);
    at_pthread_mutex_lock(&other, &at[OTHER_LOCK]);
    sleep_ms(10);
    at_pthread_mutex_unlock(&mutex, &at[UNLOCK]); /* not in the order of nesting */
    sleep_ms(10);
    at_pthread_mutex_unlock(&other, &at[OTHER_UNLOCK]);
    collect();
    assert_true(time_of(RELEASES(mutex_name)) >= 20 * MS);
    assert_true(time_of(RELEASES("test.c:6:other")) >= 20 * MS);
    assert_float_equal(count_of(RELEASES(NULL)), 2, 0);
}

static void recursive_hold_ends_with_the_last_level(void **state)
{
    (void)state;
    pthread_mutexattr_t attributes;
    pthread_mutexattr_init(&attributes);
    pthread_mutexattr_settype(&attributes, PTHREAD_MUTEX_RECURSIVE);
    assert_int_equal(at_pthread_mutex_init(&recursive, &attributes, &at[RECURSIVE_INIT]), 0);
    for (int level = 0; level < 3; level++)
        assert_int_equal(at_pthread_mutex_lock(&recursive, &at[RECURSIVE_LOCK]), 0);
    for (int level = 0; level < 3; level++) {
        sleep_ms(10);
        assert_int_equal(at_pthread_mutex_unlock(&recursive, &at[RECURSIVE_UNLOCK]), 0);
    }
    assert_int_equal(at_pthread_mutex_destroy(&recursive, &at[RECURSIVE_DESTROY]), 0);
    collect();
    assert_float_equal(count_of(ACQUIRES(recursive_name)), 3, 0);
    assert_float_equal(count_of(RELEASES(recursive_name)), 1, 0);
    assert_true(time_of(RELEASES(recursive_name)) >= 30 * MS);
}

static void rwlock_modes_are_told_apart(void **state)
{
    (void)state;
    struct timespec real = in_ms(CLOCK_REALTIME, 1000), monotonic = in_ms(CLOCK_MONOTONIC, 1000);
    assert_int_equal(at_pthread_rwlock_rdlock(&rwlock, &at[READ]), 0);
    assert_int_equal(at_pthread_rwlock_tryrdlock(&rwlock, &at[TRY_READ]), 0);
    assert_int_equal(at_pthread_rwlock_timedrdlock(&rwlock, &real, &at[TIMED_READ]), 0);
    assert_int_equal(at_pthread_rwlock_clockrdlock(&rwlock, CLOCK_MONOTONIC, &monotonic, &at[CLOCK_READ]), 0);
    assert_int_equal(at_pthread_rwlock_trywrlock(&rwlock, &at[TRY_WRITE]), EBUSY);
    for (int i = 0; i < 4; i++)
        assert_int_equal(at_pthread_rwlock_unlock(&rwlock, &at[RW_UNLOCK]), 0);
    assert_int_equal(at_pthread_rwlock_wrlock(&rwlock, &at[WRITE]), 0);
    assert_int_equal(at_pthread_rwlock_wrlock(&rwlock, &at[WRITE]), EDEADLK);
    assert_int_equal(at_pthread_rwlock_tryrdlock(&rwlock, &at[TRY_READ]), EBUSY);
    assert_int_equal(at_pthread_rwlock_unlock(&rwlock, &at[RW_UNLOCK]), 0);
    assert_int_equal(at_pthread_rwlock_trywrlock(&rwlock, &at[TRY_WRITE]), 0);
    assert_int_equal(at_pthread_rwlock_unlock(&rwlock, &at[RW_UNLOCK]), 0);
    assert_int_equal(at_pthread_rwlock_timedwrlock(&rwlock, &real, &at[TIMED_WRITE]), 0);
    assert_int_equal(at_pthread_rwlock_unlock(&rwlock, &at[RW_UNLOCK]), 0);
    assert_int_equal(at_pthread_rwlock_clockwrlock(&rwlock, CLOCK_MONOTONIC, &monotonic, &at[CLOCK_WRITE]), 0);
    assert_int_equal(at_pthread_rwlock_unlock(&rwlock, &at[RW_UNLOCK]), 0);
    collect();
    struct which reads = ACQUIRES(rwlock_name), writes = ACQUIRES(rwlock_name);
    reads.mode = "read";
    writes.mode = "write";
    assert_float_equal(count_of(reads), 4, 0);
    assert_float_equal(count_of(writes), 4, 0);
    reads.event = writes.event = MUTRAY__EVENT_RELEASE;
    assert_float_equal(count_of(reads), 1, 0); /* levels of one hold, as for a recursive mutex */
    assert_float_equal(count_of(writes), 4, 0);
    assert_string_equal(find_sample(reads)->lock->kind, "rwlock");
}

static void spin_and_mtx_are_recorded(void **state)
{
    (void)state;
    struct timespec real = in_ms(CLOCK_REALTIME, 1000);
    assert_int_equal(at_pthread_spin_init(&spin, 0, &at[SPIN_INIT]), 0);
    assert_int_equal(at_pthread_spin_lock(&spin, &at[SPIN_LOCK]), 0);
    assert_int_equal(at_pthread_spin_trylock(&spin, &at[SPIN_TRY]), EBUSY);
    assert_int_equal(at_pthread_spin_unlock(&spin, &at[SPIN_UNLOCK]), 0);
    assert_int_equal(at_pthread_spin_trylock(&spin, &at[SPIN_TRY]), 0);
    assert_int_equal(at_pthread_spin_unlock(&spin, &at[SPIN_UNLOCK]), 0);
    assert_int_equal(at_pthread_spin_destroy(&spin, &at[SPIN_DESTROY]), 0);
    assert_int_equal(at_mtx_init(&mtx, mtx_timed, &at[MTX_INIT]), thrd_success);
    assert_int_equal(at_mtx_lock(&mtx, &at[MTX_LOCK]), thrd_success);
    assert_int_equal(at_mtx_trylock(&mtx, &at[MTX_TRY]), thrd_busy);
    assert_int_equal(at_mtx_unlock(&mtx, &at[MTX_UNLOCK]), thrd_success);
    assert_int_equal(at_mtx_timedlock(&mtx, &real, &at[MTX_TIMED]), thrd_success);
    assert_int_equal(at_mtx_unlock(&mtx, &at[MTX_UNLOCK]), thrd_success);
    at_mtx_destroy(&mtx, &at[MTX_DESTROY]);
    collect();
    assert_float_equal(count_of(ACQUIRES(spin_name)), 2, 0);
    assert_float_equal(count_of(RELEASES(spin_name)), 2, 0);
    assert_string_equal(find_sample(ACQUIRES(spin_name))->lock->kind, "spin");
    assert_float_equal(count_of(ACQUIRES(mtx_name)), 2, 0);
    assert_float_equal(count_of(RELEASES(mtx_name)), 2, 0);
    assert_string_equal(find_sample(ACQUIRES(mtx_name))->lock->kind, "mtx");
}

static void failed_attempts_are_not_recorded(void **state)
{
    (void)state;
    struct timespec real = in_ms(CLOCK_REALTIME, 5);
    pthread_mutex_lock(&mutex);
    assert_int_equal(at_pthread_mutex_trylock(&mutex, &at[TRY]), EBUSY);
    assert_int_equal(at_pthread_mutex_timedlock(&mutex, &real, &at[TIMED]), ETIMEDOUT);
    pthread_mutex_unlock(&mutex);
    collect();
    assert_int_equal(collected_count, 0);
    /* A failed attempt leaves no start of a hold behind. */
    pthread_mutex_lock(&mutex);
    assert_int_equal(at_pthread_mutex_unlock(&mutex, &at[UNLOCK]), 0);
    collect();
    assert_int_equal(collected_count, 0);
}

static void failed_release_keeps_the_hold(void **state)
{
    (void)state;
    pthread_mutexattr_t attributes;
    pthread_mutexattr_init(&attributes);
    pthread_mutexattr_settype(&attributes, PTHREAD_MUTEX_ERRORCHECK);
    pthread_mutex_t checked;
    pthread_mutex_init(&checked, &attributes);
    assert_int_equal(at_pthread_mutex_unlock(&checked, &at[UNLOCK]), EPERM);
    assert_int_equal(at_pthread_mutex_lock(&checked, &at[LOCK]), 0);
    assert_int_equal(at_pthread_mutex_lock(&checked, &at[LOCK]), EDEADLK);
    assert_int_equal(at_pthread_mutex_unlock(&checked, &at[UNLOCK]), 0);
    assert_int_equal(at_pthread_mutex_unlock(&checked, &at[UNLOCK]), EPERM);
    collect();
    assert_float_equal(count_of(ACQUIRES(NULL)), 1, 0);
    assert_float_equal(count_of(RELEASES(NULL)), 1, 0);
    pthread_mutex_destroy(&checked);
}

static void robust_mutexes_are_recorded(void **state)
{
    (void)state;
    pthread_mutexattr_t attributes;
    pthread_mutex_t robust;
    pthread_mutexattr_init(&attributes);
    pthread_mutexattr_setrobust(&attributes, PTHREAD_MUTEX_ROBUST);
    pthread_mutex_init(&robust, &attributes);
    for (int i = 0; i < 10; i++) {
        assert_int_equal(at_pthread_mutex_lock(&robust, &at[LOCK]), 0);
        assert_int_equal(at_pthread_mutex_unlock(&robust, &at[UNLOCK]), 0);
    }
    collect();
    assert_float_equal(count_of(ACQUIRES(mutex_name)), 10, 0);
    assert_float_equal(count_of(RELEASES(mutex_name)), 10, 0);
    pthread_mutex_destroy(&robust);
}

static void errno_is_left_alone(void **state)
{
    (void)state;
    errno = 4711;
    at_pthread_mutex_lock(&mutex, &at[LOCK]);
    at_pthread_mutex_unlock(&mutex, &at[UNLOCK]);
    at_pthread_mutex_trylock(&mutex, &at[TRY]);
    at_pthread_mutex_unlock(&mutex, &at[UNLOCK]);
    assert_int_equal(errno, 4711);
    collect();
    assert_int_equal(errno, 4711);
}

/* --- with other threads --- */

static void *hold_for_20_ms(void *argument)
{
    int *stage = argument;
    at_pthread_mutex_lock(&mutex, &at[LOCK]);
    __atomic_store_n(stage, 1, __ATOMIC_RELEASE);
    sleep_ms(20);
    at_pthread_mutex_unlock(&mutex, &at[UNLOCK]);
    return NULL;
}

static void waits_are_timed_and_say_who_held(void **state)
{
    (void)state;
    int stage = 0;
    pthread_t holder;
    pthread_create(&holder, NULL, hold_for_20_ms, &stage);
    while (__atomic_load_n(&stage, __ATOMIC_ACQUIRE) == 0)
        sleep_ms(1);
    at_pthread_mutex_trylock(&mutex, &at[TRY]);
    at_pthread_mutex_lock(&mutex, &at[LOCK]);
    at_pthread_mutex_unlock(&mutex, &at[UNLOCK]);
    collect();
    struct which which = ACQUIRES(mutex_name);
    which.contended = 1;
    assert_float_equal(count_of(which), 1, 0);
    const struct mutray__sample *sample = find_sample(which);
    assert_true(sample->time_ns >= 5 * MS);
    assert_true((double)sample->bucket_ns <= sample->time_ns && sample->time_ns < 2 * (double)sample->bucket_ns);
#ifdef __GLIBC__
    assert_non_null(sample->holder);
    assert_int_equal(sample->holder->line, 10);
    assert_int_equal(sample->holder_thread.id, (uint64_t)holder);
#endif
    pthread_join(holder, NULL);
    collect_more();
    assert_float_equal(count_of(ACQUIRES(mutex_name)), 2, 0);
    assert_float_equal(count_of(RELEASES(mutex_name)), 2, 0);
}

static bool waits, go;

static double now_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec * 1e9 + (double)now.tv_nsec;
}

/* Tells how long it all took. */
static void *wait_for_go(void *elapsed)
{
    struct timespec limit = in_ms(CLOCK_MONOTONIC, 60000);
    double begin = now_ns();
    at_pthread_mutex_lock(&mutex, &at[LOCK]);
    sleep_ms(10);
    waits = true;
    while (!go)
        at_pthread_cond_clockwait(&condition, &mutex, CLOCK_MONOTONIC, &limit, &at[CLOCK_WAIT]);
    sleep_ms(10);
    at_pthread_mutex_unlock(&mutex, &at[UNLOCK]);
    *(double *)elapsed = now_ns() - begin;
    return NULL;
}

/* Since when it surely waits. */
static double until_it_waits(void)
{
    for (bool is_so = false; !is_so; sleep_ms(1)) {
        pthread_mutex_lock(&mutex);
        is_so = waits;
        pthread_mutex_unlock(&mutex);
    }
    return now_ns();
}

static void condition_wait_splits_the_hold(void **state)
{
    (void)state;
    pthread_t waiter;
    double elapsed;
    waits = go = false;
    pthread_create(&waiter, NULL, wait_for_go, &elapsed);
    double inside = -until_it_waits();
    sleep_ms(50);
    inside += now_ns();
    pthread_mutex_lock(&mutex);
    go = true;
    pthread_cond_broadcast(&condition);
    pthread_mutex_unlock(&mutex);
    pthread_join(waiter, NULL);
    collect();
    double acquires = count_of(ACQUIRES(mutex_name)), releases = count_of(RELEASES(mutex_name));
    assert_true(acquires >= 2); /* more, if a wait ended for no reason */
    assert_float_equal(acquires, releases, 0);
    struct which at_wait = RELEASES(mutex_name), at_unlock = RELEASES(mutex_name);
    at_wait.line = 17;
    at_unlock.line = 14;
    assert_true(time_of(at_wait) >= 10 * MS && time_of(at_unlock) >= 10 * MS);
    if (acquires == 2) /* no hold was inside the wait */
        assert_true(time_of(RELEASES(mutex_name)) <= elapsed - inside);
    at_wait.event = MUTRAY__EVENT_ACQUIRE;
    assert_float_equal(count_of(at_wait), acquires - 1, 0);
    assert_float_equal(time_of(ACQUIRES(mutex_name)), 0, 0);
}

static void condition_wait_that_times_out_holds_again(void **state)
{
    (void)state;
    struct timespec real = in_ms(CLOCK_REALTIME, 10);
    at_pthread_mutex_lock(&mutex, &at[LOCK]);
    assert_int_equal(at_pthread_cond_timedwait(&condition, &mutex, &real, &at[TIMED_WAIT]), ETIMEDOUT);
    at_pthread_mutex_unlock(&mutex, &at[UNLOCK]);
    real.tv_nsec = -1;
    at_pthread_mutex_lock(&mutex, &at[LOCK]);
    assert_int_equal(at_pthread_cond_timedwait(&condition, &mutex, &real, &at[TIMED_WAIT]), EINVAL);
    at_pthread_mutex_unlock(&mutex, &at[UNLOCK]);
    cnd_init(&cnd);
    at_mtx_init(&mtx, mtx_plain, &at[MTX_INIT]);
    at_mtx_lock(&mtx, &at[MTX_LOCK]);
    real = in_ms(CLOCK_REALTIME, 10);
    assert_int_equal(at_cnd_timedwait(&cnd, &mtx, &real, &at[CND_TIMED_WAIT]), thrd_timedout);
    at_mtx_unlock(&mtx, &at[MTX_UNLOCK]);
    collect();
    assert_float_equal(count_of(ACQUIRES(mutex_name)), 3, 0);
    assert_float_equal(count_of(RELEASES(mutex_name)), 3, 0);
    assert_float_equal(count_of(ACQUIRES(mtx_name)), 2, 0);
    assert_float_equal(count_of(RELEASES(mtx_name)), 2, 0);
    cnd_destroy(&cnd);
}

static void *unlock_other(void *argument)
{
    (void)argument;
    at_pthread_mutex_unlock(&other, &at[OTHER_UNLOCK]);
    return NULL;
}

static void release_by_another_thread_is_never_timed(void **state)
{
    (void)state;
    collect();
    uint64_t orphaned = totals.lost.holds_orphaned;
    at_pthread_mutex_lock(&other, &at[OTHER_LOCK]);
    in_thread(unlock_other, NULL);
    /* The next acquire notices. */
    at_pthread_mutex_lock(&other, &at[OTHER_LOCK]);
    at_pthread_mutex_unlock(&other, &at[OTHER_UNLOCK]);
    collect();
    assert_float_equal(count_of(ACQUIRES("test.c:6:other")), 2, 0);
    assert_float_equal(count_of(RELEASES("test.c:6:other")), 1, 0);
    assert_int_equal(totals.lost.holds_orphaned, orphaned + 1);
}

static void lock_that_ends_while_tracked_is_forgotten(void **state)
{
    (void)state;
    collect();
    uint64_t orphaned = totals.lost.holds_orphaned;
    at_pthread_mutex_init(&recursive, NULL, &at[RECURSIVE_INIT]);
    at_pthread_mutex_lock(&recursive, &at[RECURSIVE_LOCK]);
    memset(&recursive, 0, sizeof recursive);
    at_pthread_mutex_init(&recursive, NULL, &at[RECURSIVE_INIT]);
    at_pthread_mutex_lock(&recursive, &at[RECURSIVE_LOCK]);
    at_pthread_mutex_unlock(&recursive, &at[RECURSIVE_UNLOCK]);
    collect();
    assert_float_equal(count_of(ACQUIRES(recursive_name)), 2, 0);
    assert_float_equal(count_of(RELEASES(recursive_name)), 1, 0);
    assert_int_equal(totals.lost.holds_orphaned, orphaned + 1);
}

static void nothing_is_recorded_at_zero(void **state)
{
    (void)state;
    start(0, 0);
    assert_null(module_ops);
    at_pthread_mutex_lock(&mutex, &at[LOCK]);
    at_pthread_mutex_unlock(&mutex, &at[UNLOCK]);
    collect();
    assert_int_equal(collected_count, 0);
}

static void nothing_is_recorded_after_stop(void **state)
{
    (void)state;
    start(100, 0);
    at_pthread_mutex_lock(&mutex, &at[LOCK]);
    mutray__record_stop();
    assert_null(module_ops);
    at_pthread_mutex_unlock(&mutex, &at[UNLOCK]);
    collect();
    assert_float_equal(count_of(RELEASES(NULL)), 0, 0);
    /* What was left open has no part in the next start. */
    start(100, 0);
    at_pthread_mutex_unlock(&mutex, &at[UNLOCK]);
    collect();
    assert_int_equal(collected_count, 0);
    stop();
}

int main(void)
{
#define WHILE_RECORDING(test) cmocka_unit_test_setup_teardown(test, start_all, stop_all)
    const struct CMUnitTest tests[] = {
        WHILE_RECORDING(mutex_is_counted_exactly),
        WHILE_RECORDING(holds_are_timed),
        WHILE_RECORDING(holds_of_nested_locks_are_apart),
        WHILE_RECORDING(recursive_hold_ends_with_the_last_level),
        WHILE_RECORDING(rwlock_modes_are_told_apart),
        WHILE_RECORDING(spin_and_mtx_are_recorded),
        WHILE_RECORDING(failed_attempts_are_not_recorded),
        WHILE_RECORDING(failed_release_keeps_the_hold),
        WHILE_RECORDING(robust_mutexes_are_recorded),
        WHILE_RECORDING(errno_is_left_alone),
        WHILE_RECORDING(waits_are_timed_and_say_who_held),
        WHILE_RECORDING(condition_wait_splits_the_hold),
        WHILE_RECORDING(condition_wait_that_times_out_holds_again),
        WHILE_RECORDING(release_by_another_thread_is_never_timed),
        WHILE_RECORDING(lock_that_ends_while_tracked_is_forgotten),
        cmocka_unit_test(nothing_is_recorded_at_zero),
        cmocka_unit_test(nothing_is_recorded_after_stop),
    };
    mutray__attach(&unit);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
