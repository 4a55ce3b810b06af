/* SPDX-License-Identifier: Apache-2.0 */
/* Threads that come, go, fork, are interrupted, and are drained while they work; and the stacks they are seen on. */
#include "collect.h"
#include "events.h"
#include "instrumented.h"

#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <ucontext.h>
#include <unistd.h>

#include <cmocka.h>

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER, other = PTHREAD_MUTEX_INITIALIZER;
static struct mutray__lock locks[] = {{"mutex", "mutex", "v mutex", NULL}, {"other", "other", "v other", NULL}};
static struct mutray__creation creations[] = {
    {.lock = &locks[0], .file = "test.c", .line = 1, .address = &mutex, .size = sizeof mutex, .flags = 1},
    {.lock = &locks[1], .file = "test.c", .line = 2, .address = &other, .size = sizeof other, .flags = 1}};
enum { LOCK, UNLOCK, OTHER_LOCK, OTHER_UNLOCK, TRY, SITES };
static struct mutray__site at[] = {[LOCK] = SITE(pthread_mutex_lock, &locks[0], "mutex", 10),
                                   [UNLOCK] = SITE(pthread_mutex_unlock, &locks[0], "mutex", 11),
                                   [OTHER_LOCK] = SITE(pthread_mutex_lock, &locks[1], "other", 20),
                                   [OTHER_UNLOCK] = SITE(pthread_mutex_unlock, &locks[1], "other", 21),
                                   [TRY] = SITE(pthread_mutex_trylock, &locks[1], "other", 22)};
static struct mutray__unit unit = {.abi = MUTRAY__ABI, .site_count = SITES, .lock_count = 2, .creation_count = 2,
                                   .sites = at, .locks = locks, .creations = creations, .ops = &module_ops};
static const char mutex_name[] = "test.c:1:mutex", other_name[] = "test.c:2:other";

static int start_all(void **state)
{
    (void)state;
    start_with(&(struct mutray__record_config){
        .capture_pct = 100, .upscale = true, .max_frames = 8, .memory_bytes = 64 << 20});
    return 0;
}

static int stop_all(void **state)
{
    (void)state;
    stop();
    return 0;
}

__attribute__((always_inline)) static inline void use(pthread_mutex_t *lock, int site)
{
    at_pthread_mutex_lock(lock, &at[site]);
    at_pthread_mutex_unlock(lock, &at[site + 1]);
}

/* --- ends --- */

static void *live_and_die(void *argument)
{
    pthread_setname_np(pthread_self(), "short lived");
    use(&mutex, LOCK);
    at_pthread_mutex_lock(&other, &at[OTHER_LOCK]); /* and dies with it */
    *(uint64_t *)argument = (uint64_t)pthread_self();
    return NULL;
}

static void data_of_ended_threads_is_kept(void **state)
{
    (void)state;
    uint64_t id;
    collect();
    uint64_t orphaned = totals.lost.holds_orphaned, threads = totals.threads;
    in_thread(live_and_die, &id);
    collect();
    assert_float_equal(count_of(ACQUIRES(mutex_name)), 1, 0);
    assert_float_equal(count_of(RELEASES(mutex_name)), 1, 0);
    assert_float_equal(count_of(ACQUIRES(other_name)), 1, 0);
    assert_float_equal(count_of(RELEASES(other_name)), 0, 0);
    assert_int_equal(totals.lost.holds_orphaned, orphaned + 1);
    assert_int_equal(totals.threads, threads + 1);
    const struct mutray__sample *sample = find_sample(ACQUIRES(mutex_name));
    assert_string_equal(sample->thread.name, "short lived");
    assert_int_equal(sample->thread.id, id);
    assert_int_not_equal(sample->thread.native_id, getpid());
    pthread_mutex_init(&other, NULL);
}

static void living_threads_are_named(void **state)
{
    (void)state;
    char before[16];
    pthread_getname_np(pthread_self(), before, sizeof before);
    pthread_setname_np(pthread_self(), "the \\main\n one");
    use(&mutex, LOCK);
    collect();
    assert_string_equal(find_sample(ACQUIRES(mutex_name))->thread.name, "the \\main\n one");
    assert_int_equal(find_sample(ACQUIRES(mutex_name))->thread.native_id, getpid());
    pthread_setname_np(pthread_self(), before);
}

static pthread_key_t key;

static void lock_at_exit(void *argument)
{
    (void)argument;
    use(&mutex, LOCK);
}

static void *lock_in_destructor(void *argument)
{
    pthread_setspecific(key, argument);
    use(&other, OTHER_LOCK);
    return NULL;
}

static void locks_in_destructors_are_recorded(void **state)
{
    (void)state;
    pthread_key_create(&key, lock_at_exit);
    in_thread(lock_in_destructor, &key);
    collect();
    assert_float_equal(count_of(ACQUIRES(mutex_name)), 1, 0);
    assert_float_equal(count_of(RELEASES(mutex_name)), 1, 0);
    pthread_key_delete(key);
}

static void *use_once(void *argument)
{
    (void)argument;
    use(&mutex, LOCK);
    return NULL;
}

static void blocks_are_reused(void **state)
{
    (void)state;
    double sum = 0;
    for (int i = 0; i < 3000; i++) {
        in_thread(use_once, NULL);
        if (i % 100 == 99) {
            collect();
            sum += count_of(ACQUIRES(mutex_name));
        }
    }
    assert_float_equal(sum, 3000, 0);
    unsigned blocks = 0;
    for (struct mutray__thread *thread = mutray__threads; thread != NULL; thread = thread->next)
        blocks++;
    assert_true(blocks < 10);
    assert_int_equal(totals.lost.threads_unprofiled, 0);
}

static void count_thread(const struct mutray__sample *sample, void *count)
{
    if (strcmp(sample->thread.name, "short lived") == 0 && sample->event == MUTRAY__EVENT_ACQUIRE)
        *(unsigned *)count += (unsigned)sample->count;
}

/* Between drains there is room for no more than some 3,000 blocks; what ended threads leave takes less. */
static void ten_thousand_threads_between_drains(void **state)
{
    (void)state;
    unsigned count = 0, wanted = 0;
    uint64_t id;
    collect();
    uint64_t unprofiled = totals.lost.threads_unprofiled;
    for (int i = 0; i < 10000; i++) {
        in_thread(live_and_die, &id);
        if (mutray__record_wants_collecting()) {
            mutray__record_collect();
            wanted++;
        }
        pthread_mutex_init(&other, NULL);
    }
    assert_false(mutray__record_wants_collecting());
    mutray__record_drain(count_thread, &count, &totals);
    assert_int_equal(count, 2 * 10000);
    assert_int_equal(totals.lost.threads_unprofiled, unprofiled);
    assert_in_range(wanted, 10, 100);
}

/* --- drains --- */

#define WORKERS 3
#define USES 30000

static void *use_often(void *argument)
{
    (void)argument;
    for (int i = 0; i < USES; i++) {
        use(&mutex, LOCK);
        use(&other, OTHER_LOCK);
    }
    return NULL;
}

static void nothing_is_lost_by_draining(void **state)
{
    (void)state;
    pthread_t workers[WORKERS];
    uint64_t busy = totals.lost.drops_busy;
    for (int i = 0; i < WORKERS; i++)
        pthread_create(&workers[i], NULL, use_often, NULL);
    collect();
    for (int i = 0; i < 50; i++) {
        sleep_ms(1);
        collect_more();
    }
    for (int i = 0; i < WORKERS; i++)
        pthread_join(workers[i], NULL);
    collect_more();
    collect_more();
    assert_int_equal(totals.lost.drops_busy, busy);
    assert_float_equal(count_of(ACQUIRES(NULL)), 2.0 * WORKERS * USES, 0);
    assert_float_equal(count_of(RELEASES(NULL)), 2.0 * WORKERS * USES, 0);
}

static atomic_uint stage;

static void reach(unsigned next)
{
    atomic_store(&stage, next);
}

static void wait_for(unsigned which)
{
    while (atomic_load(&stage) != which)
        sleep_ms(1);
}

/* Is preempted in the middle of recording, for longer than a drain waits. */
static void *be_stopped(void *argument)
{
    use(&mutex, LOCK);
    atomic_fetch_add(&mutray__tls.thread->sequence, 1);
    reach(1);
    wait_for(2);
    atomic_fetch_add(&mutray__tls.thread->sequence, 1);
    for (int i = 0; i < 5; i++)
        use(&mutex, LOCK);
    reach(3);
    wait_for(4);
    return argument;
}

static void check_stopped(bool ends_before)
{
    pthread_t thread;
    collect();
    reach(0);
    pthread_create(&thread, NULL, be_stopped, NULL);
    wait_for(1);
    collect();
    assert_float_equal(count_of(ACQUIRES(mutex_name)), 0, 0); /* it cannot be read yet */
    reach(2);
    wait_for(3);
    if (ends_before) {
        reach(4);
        pthread_join(thread, NULL);
    }
    collect_more();
    assert_float_equal(count_of(ACQUIRES(mutex_name)), 6, 0);
    assert_float_equal(count_of(RELEASES(mutex_name)), 6, 0);
    if (!ends_before) {
        reach(4);
        pthread_join(thread, NULL);
    }
    collect_more();
    assert_float_equal(count_of(ACQUIRES(mutex_name)), 6, 0);
}

static void what_a_drain_could_not_read_the_next_one_shows(void **state)
{
    (void)state;
    check_stopped(false);
    check_stopped(true);
}

/* --- forks --- */

static void *fork_now(void *argument)
{
    (void)argument;
    pid_t child = fork();
    if (child == 0) {
        mutray__record_after_fork();
        collect();
        int failed = collected_count != 0 || totals.threads != 0 || totals.lost.holds_orphaned != 0;
        for (int i = 0; i < 100; i++)
            use(&other, OTHER_LOCK);
        collect();
        failed |= count_of(ACQUIRES(other_name)) != 100 || count_of(ACQUIRES(NULL)) != 100;
        failed |= find_sample(ACQUIRES(NULL))->thread.native_id != (uint64_t)getpid();
        failed |= totals.threads != 1;
        _exit(failed);
    }
    int status = -1;
    waitpid(child, &status, 0);
    assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    return NULL;
}

static bool done;

static void *use_until_done(void *argument)
{
    long *count = argument;
    while (!__atomic_load_n(&done, __ATOMIC_RELAXED)) {
        use(&mutex, LOCK);
        ++*count;
    }
    return NULL;
}

static void child_begins_anew(void **state)
{
    (void)state;
    pthread_t worker;
    long count = 0;
    done = false;
    use(&other, OTHER_LOCK);
    pthread_create(&worker, NULL, use_until_done, &count);
    for (int i = 0; i < 10; i++) {
        fork_now(NULL);
        in_thread(fork_now, NULL);
    }
    __atomic_store_n(&done, true, __ATOMIC_RELAXED);
    pthread_join(worker, NULL);
    collect();
    assert_float_equal(count_of(ACQUIRES(mutex_name)), (double)count, 0);
    assert_float_equal(count_of(ACQUIRES(other_name)), 1, 0);
}

/* --- signals --- */

static sigjmp_buf jump;
static volatile sig_atomic_t jumps_left;

static void use_in_handler(int signal)
{
    (void)signal;
    if (at_pthread_mutex_trylock(&other, &at[TRY]) == 0)
        at_pthread_mutex_unlock(&other, &at[OTHER_UNLOCK]);
    if (jumps_left > 0) {
        jumps_left--;
        siglongjmp(jump, 1);
    }
}

static void interrupt_often(bool with_jumps)
{
    struct sigaction action = {.sa_handler = use_in_handler}, before;
    timer_t timer;
    struct sigevent event = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGUSR1};
    struct itimerspec often = {{.tv_nsec = 50000}, {.tv_nsec = 50000}}, never = {{0}, {0}};
    sigaction(SIGUSR1, &action, &before);
    jumps_left = with_jumps ? 200 : 0;
    timer_create(CLOCK_MONOTONIC, &event, &timer);
    sigsetjmp(jump, 1);
    pthread_mutex_init(&mutex, NULL); /* a jump may leave it locked */
    if (jumps_left >= 0)
        timer_settime(timer, 0, &often, NULL);
    for (int i = 0; i < 100000 || jumps_left > 0; i++)
        use(&mutex, LOCK);
    timer_settime(timer, 0, &never, NULL);
    timer_delete(timer);
    sigaction(SIGUSR1, &before, NULL);
}

static void handlers_may_use_locks(void **state)
{
    (void)state;
    collect();
    uint64_t reentrant = totals.lost.reentrant;
    interrupt_often(false);
    collect();
    /* An operation that was interrupted is whole; one that interrupted the recorder itself is counted as passed by. */
    assert_float_equal(count_of(ACQUIRES(mutex_name)), 100000, 0);
    assert_float_equal(count_of(RELEASES(mutex_name)), 100000, 0);
    assert_true(count_of(ACQUIRES(other_name)) > 0);
    assert_true(totals.lost.reentrant >= reentrant);
}

static void handlers_may_leave_by_longjmp(void **state)
{
    (void)state;
    interrupt_often(true);
    collect();
    for (int i = 0; i < 20000; i++) /* enough for whatever a jump left behind to be noticed */
        use(&mutex, LOCK);
    collect();
    for (int i = 0; i < 1000; i++)
        use(&mutex, LOCK);
    collect();
    assert_float_equal(count_of(ACQUIRES(mutex_name)), 1000, 0);
    assert_float_equal(count_of(RELEASES(mutex_name)), 1000, 0);
}

/* As if a handler came each time the recorder was at work: it is always in the way, but never stays. */
static void many_interruptions_are_not_one_that_stays(void **state)
{
    (void)state;
    use(&mutex, LOCK);
    collect();
    uint64_t reentrant = totals.lost.reentrant;
    for (int i = 0; i < 20000; i++) {
        mutray__tls.busy = 1; /* not on this stack */
        use(&other, OTHER_LOCK);
        mutray__tls.busy = 0;
        use(&mutex, LOCK);
    }
    collect();
    assert_float_equal(count_of(ACQUIRES(mutex_name)), 20000, 0);
    assert_float_equal(count_of(RELEASES(mutex_name)), 20000, 0);
    assert_float_equal(count_of(ACQUIRES(other_name)), 0, 0);
    assert_true(totals.lost.reentrant >= reentrant + 20000);
}

/* --- stacks --- */

#define NOINLINE __attribute__((noinline))

static NOINLINE void deepest(void)
{
    use(&mutex, LOCK);
    __asm__ volatile("");
}

static NOINLINE void deeper(int levels)
{
    if (levels > 0)
        deeper(levels - 1);
    else
        deepest();
    __asm__ volatile("");
}

/* Where the fast half of a lock function does not jump to the slow one but calls it, its own caller is a frame, too. */
#if !defined(__OPTIMIZE__) || defined(__SANITIZE_THREAD__) || defined(__SANITIZE_ADDRESS__)
#define LEAF_MAY_BE_A_FRAME 1
#else
#define LEAF_MAY_BE_A_FRAME 0
#endif

static bool lies_in(uintptr_t address, void (*function)(int))
{
    return address > (uintptr_t)function && address < (uintptr_t)function + (LEAF_MAY_BE_A_FRAME ? 2000 : 200);
}

static void check_frames(void)
{
    const struct mutray__sample *sample = find_sample(ACQUIRES(mutex_name));
    assert_non_null(sample);
#if defined(__x86_64__) || defined(__aarch64__)
    assert_int_equal(sample->frame_count, 8);
    assert_true(sample->truncated);
    unsigned leaf_is_first = LEAF_MAY_BE_A_FRAME && lies_in(sample->frames[0], (void (*)(int))deepest);
    for (unsigned i = leaf_is_first; i < 8; i++)
        assert_true(lies_in(sample->frames[i], deeper));
    const struct mutray__sample *release = find_sample(RELEASES(mutex_name));
    assert_memory_equal(release->frames + leaf_is_first, sample->frames + leaf_is_first, (8 - leaf_is_first) * sizeof(uintptr_t));
#endif
}

static void stacks_of_the_main_thread(void **state)
{
    (void)state;
    deeper(12);
    collect();
    check_frames();
}

static void *calibrate(void *argument)
{
    mutray__record_ignore_this_thread();
    use(&other, OTHER_LOCK);
    return argument;
}

static void *go_deep(void *argument)
{
    deeper(12);
    return argument;
}

static void stacks_of_other_threads(void **state)
{
    (void)state;
    in_thread(calibrate, NULL);
    in_thread(go_deep, NULL);
    collect();
    assert_float_equal(count_of(ACQUIRES(other_name)), 0, 0); /* that thread is ignored */
    check_frames();
}

static ucontext_t outside, inside;

static void coroutine(void)
{
    deeper(12);
}

static void stacks_of_coroutines_are_not_walked(void **state)
{
    (void)state;
    static char stack[65536];
    getcontext(&inside);
    inside.uc_stack.ss_sp = stack;
    inside.uc_stack.ss_size = sizeof stack;
    inside.uc_link = &outside;
    makecontext(&inside, coroutine, 0);
    swapcontext(&outside, &inside);
    collect();
    const struct mutray__sample *sample = find_sample(ACQUIRES(mutex_name));
    assert_non_null(sample);
    assert_int_equal(sample->frame_count, 0);
}

int main(void)
{
#define CASE(test) cmocka_unit_test_setup_teardown(test, start_all, stop_all)
    const struct CMUnitTest tests[] = {
        CASE(data_of_ended_threads_is_kept),
        CASE(living_threads_are_named),
        CASE(locks_in_destructors_are_recorded),
        CASE(blocks_are_reused),
        CASE(ten_thousand_threads_between_drains),
        CASE(nothing_is_lost_by_draining),
        CASE(what_a_drain_could_not_read_the_next_one_shows),
        CASE(child_begins_anew),
        CASE(handlers_may_use_locks),
        CASE(handlers_may_leave_by_longjmp),
        CASE(many_interruptions_are_not_one_that_stays),
        CASE(stacks_of_the_main_thread),
        CASE(stacks_of_other_threads),
        CASE(stacks_of_coroutines_are_not_walked),
    };
    mutray__attach(&unit);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
