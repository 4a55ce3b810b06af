/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A thread becomes known at its first lock operation, inside that very call: so its block comes from the pool, its
 * kernel id from the owner word of a private mutex it locks (asking the kernel could be fatal under a seccomp filter),
 * and nothing is allocated or waited for.
 *
 * When a thread ends, a thread-specific-data destructor leaves its data for the next drain. Other destructors may still
 * take locks, so it asks to be run again until the last but one. It also reads the name, for short-lived threads
 * that no drain will see alive; this is the one system call made in a thread of the program, and it is not made once
 * the program installed a seccomp filter of its own. Where setting thread-specific data might allocate (glibc: keys
 * beyond the 32nd), and where no key is to be had, drains look whether the thread still exists.
 */
#include "held.h"

#include <errno.h>
#include <limits.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#define BY_TID_SLOTS 4096
#ifndef PTHREAD_DESTRUCTOR_ITERATIONS
#define PTHREAD_DESTRUCTOR_ITERATIONS 4
#endif
#define LAST_ROUND (PTHREAD_DESTRUCTOR_ITERATIONS - 1) /* in the last one sanitizers end their part of a thread */
#define KEYS_WITHOUT_ALLOCATION 32

_Thread_local struct mutray__tls mutray__tls __attribute__((tls_model("initial-exec")));
struct mutray__settings mutray__settings;
static struct mutray__losses lost;
struct mutray__losses *mutray__lost = &lost;
_Atomic(struct mutray__thread *) mutray__threads;
atomic_uint_least64_t mutray__threads_seen;
atomic_uint mutray__threads_ended;
atomic_bool mutray__names_at_exit = true;

static _Atomic(struct mutray__thread *) by_tid[BY_TID_SLOTS];
static pthread_key_t exit_key;
static bool have_exit_key;
static uint64_t test_seed;

static void thread_exits(void *block);

int mutray__threads_open(void)
{
    if (!have_exit_key)
        have_exit_key = pthread_key_create(&exit_key, thread_exits) == 0;
    return 0;
}

void mutray__threads_seed(uint64_t seed)
{
    test_seed = seed;
}

int64_t mutray__thread_gap(struct mutray__thread *thread)
{
    return mutray__random_gap(&thread->random, mutray__settings.log2_miss) - 1;
}

_Static_assert(sizeof(struct mutray__thread) <= 2048 - 16, "a thread's block is one of the pool's 2 KiB");

static uint32_t kernel_id(void)
{
    pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
    uint32_t id = 0;
#ifdef __GLIBC__
    pthread_mutex_lock(&mutex);
    id = (uint32_t)mutex.__data.__owner;
    pthread_mutex_unlock(&mutex);
#else
    pthread_mutexattr_t attributes;
    pthread_mutexattr_init(&attributes);
    pthread_mutexattr_settype(&attributes, PTHREAD_MUTEX_ERRORCHECK);
    pthread_mutex_init(&mutex, &attributes);
    pthread_mutex_lock(&mutex);
    id = ((volatile uint32_t *)&mutex)[1] & 0x3fffffff; /* musl: __u.__vi[1], in its stable binary interface */
    pthread_mutex_unlock(&mutex);
#endif
    return id;
}

static uint64_t fresh_seed(const struct mutray__thread *thread, uint64_t number)
{
    if (test_seed != 0)
        return mutray__random_seed(test_seed + number * 1000003);
    return mutray__random_seed((uintptr_t)thread ^ mutray__now() ^ (uint64_t)thread->pthread_id << 17);
}

static void link_thread(struct mutray__thread *thread)
{
    struct mutray__thread *head = atomic_load_explicit(&mutray__threads, memory_order_relaxed);
    do
        atomic_store_explicit(&thread->next, head, memory_order_relaxed);
    while (!atomic_compare_exchange_weak_explicit(&mutray__threads, &head, thread, memory_order_release,
                                                  memory_order_relaxed));
}

/* So that the thread's end is noticed, where that can be asked for without allocating. */
static bool watch_exit(struct mutray__thread *thread)
{
#ifdef __GLIBC__
    if (exit_key >= KEYS_WITHOUT_ALLOCATION)
        return false;
#endif
    return have_exit_key && pthread_setspecific(exit_key, thread) == 0;
}

static struct mutray__thread *new_thread(void)
{
    struct mutray__table *table = mutray__table_new(MUTRAY__TABLE_FIRST);
    struct mutray__thread *thread = table != NULL ? mutray__block_get(sizeof *thread) : NULL;
    if (thread == NULL) {
        mutray__pool_put(table);
        return NULL;
    }
    uint64_t number = atomic_fetch_add(&mutray__threads_seen, 1);
    thread->pthread_id = (uintptr_t)pthread_self();
    thread->bounds = mutray__stack_bounds();
    thread->random = fresh_seed(thread, number);
    thread->exit_is_seen = watch_exit(thread);
    atomic_store(&thread->table, table);
    atomic_store(&thread->tid, kernel_id());
    atomic_store(&thread->state, MUTRAY__THREAD_LIVE);
    mutray__pool_mark(thread, MUTRAY__MARK_THREAD);
    atomic_store_explicit(&by_tid[thread->tid % BY_TID_SLOTS], thread, memory_order_release);
    link_thread(thread);
    return thread;
}

/* Readies a thread, new or known from before recording was stopped, for what is in force now. */
static void renew(struct mutray__thread *thread)
{
    struct mutray__tls *tls = &mutray__tls;
    struct mutray__trail *former = thread->trail;
    thread->trail = mutray__trail_new(mutray__settings.config.max_frames);
    mutray__pool_put(former);
    memset(thread->held, 0, sizeof thread->held);
    if (mutray__settings.anew && thread->table != NULL)
        mutray__table_clear(thread->table);
    tls->held = 0;
    tls->apart = mutray__settings.config.timeline || tls->span.id != 0;
    thread->parked = mutray__thread_gap(thread);
    tls->countdown = mutray__is_armed(tls) ? 0 : thread->parked;
    tls->thread = thread;
    atomic_signal_fence(memory_order_seq_cst);
    tls->epoch = atomic_load_explicit(&mutray__settings.epoch, memory_order_relaxed);
    thread->epoch = tls->epoch;
}

struct mutray__thread *mutray__thread_make(void)
{
    struct mutray__tls *tls = &mutray__tls;
    if (tls->ignored)
        return NULL;
    struct mutray__thread *thread = tls->thread != NULL ? tls->thread : new_thread();
    if (thread == NULL) {
        tls->ignored = true;
        mutray__lose_global(MUTRAY__LOST_threads_unprofiled);
        return NULL;
    }
    renew(thread);
    return thread;
}

uint64_t mutray__thread_walk(struct mutray__thread *thread, const void *frame)
{
    uint32_t stack = 0, generation = 0;
    if (thread->bounds.high == 0) /* perhaps by now it can be known */
        thread->bounds = mutray__stack_bounds();
    if (thread->trail != NULL)
        stack = mutray__stack_capture(&thread->trail, frame, &thread->bounds, &generation);
    if (stack == 0)
        mutray__lose(thread, MUTRAY__LOST_stacks_folded);
    return mutray__pair(stack, generation);
}

struct mutray__thread *mutray__thread_by_tid(uint32_t tid)
{
    struct mutray__thread *thread = atomic_load_explicit(&by_tid[tid % BY_TID_SLOTS], memory_order_acquire);
    bool is_it = thread != NULL && tid != 0 && atomic_load_explicit(&thread->tid, memory_order_relaxed) == tid;
    return is_it ? thread : NULL;
}

static void thread_exits(void *block)
{
    struct mutray__tls *tls = &mutray__tls;
    struct mutray__thread *thread = block;
    if (tls->thread != thread)
        return;
    if (++thread->exit_rounds < LAST_ROUND && pthread_setspecific(exit_key, block) == 0)
        return;
    tls->ignored = true; /* first, for signal handlers */
    tls->epoch = 0;
    mutray__held_abandon(thread);
    int saved_errno = errno;
    if (atomic_load(&mutray__names_at_exit) && syscall(SYS_prctl, PR_GET_NAME, thread->name) == 0)
        thread->name_known = true;
    errno = saved_errno;
    tls->countdown = 0; /* before the block goes, which the fast path uses unasked */
    atomic_signal_fence(memory_order_seq_cst);
    tls->thread = NULL;
    mutray__thread_ended(thread);
}

void mutray__thread_ended(struct mutray__thread *thread)
{
    atomic_store_explicit(&thread->state, MUTRAY__THREAD_DEAD, memory_order_release);
    atomic_fetch_add_explicit(&mutray__threads_ended, 1, memory_order_relaxed);
}

/* Takes a block out of the list. Only drains do so; new threads come in at the head meanwhile. */
static void unlink_thread(struct mutray__thread *thread)
{
    struct mutray__thread *next = atomic_load(&thread->next), *head = thread;
    if (atomic_compare_exchange_strong(&mutray__threads, &head, next))
        return;
    for (struct mutray__thread *at = head; at != NULL; at = atomic_load(&at->next))
        if (atomic_load(&at->next) == thread) {
            atomic_store(&at->next, next);
            return;
        }
}

void mutray__thread_recycle(struct mutray__thread *thread)
{
    struct mutray__thread *listed = thread;
    for (int i = 0; i < MUTRAY__LOSS_COUNT; i++)
        __atomic_fetch_add(mutray__loss_counter(mutray__lost, i), *mutray__loss_counter(&thread->lost, i),
                           __ATOMIC_RELAXED);
    atomic_compare_exchange_strong(&by_tid[thread->tid % BY_TID_SLOTS], &listed, NULL);
    unlink_thread(thread);
    atomic_fetch_sub_explicit(&mutray__threads_ended, 1, memory_order_relaxed);
    struct mutray__table *table = atomic_load(&thread->table);
    if (table != NULL)
        mutray__apart_free(table->apart);
    mutray__pool_put(table);
    mutray__pool_put(thread->spans);
    mutray__pool_put(thread->trail);
    mutray__block_put(thread);
}

void mutray__threads_after_fork(void)
{
    if (have_exit_key && mutray__tls.thread != NULL && mutray__tls.thread->exit_is_seen)
        pthread_setspecific(exit_key, NULL);
    mutray__tls = (struct mutray__tls){.span = mutray__tls.span};
    atomic_store(&mutray__threads, NULL);
    atomic_store(&mutray__threads_seen, 0);
    atomic_store(&mutray__threads_ended, 0);
    memset(by_tid, 0, sizeof by_tid);
    mutray__apart_after_fork();
    lost = (struct mutray__losses){0};
    mutray__lost = &lost;
}

void mutray__record_ignore_this_thread(void)
{
    mutray__tls.ignored = true;
    mutray__tls.epoch = 0;
    mutray__stack_calibrate();
}

void mutray__record_confine(void)
{
    atomic_store(&mutray__names_at_exit, false);
}

bool mutray__record_is_confined(void)
{
    return !atomic_load(&mutray__names_at_exit);
}
