/* SPDX-License-Identifier: Apache-2.0 */
/* Rows 12 to 15, 23, 27, 31, 32 and 35: which events there are, and what is in them. */
#include "kind.h"
#include "rows.h"

#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

/* The profiler's, as any program may call it. */
extern int mutray_flush(void) __attribute__((weak));

static lock_type starved_lock LOCK_INITIALISED; /* !CREATE-STATIC! 24.no_memory_left.starved_lock */

static void *try_in_vain(void *lock)
{
    must(lock_try((lock_type *)lock) != 0);
    must(lock_try((lock_type *)lock) != 0);
    return NULL;
}

/* A failed try is no event, and does not touch the holder's hold. */
void row_12_failed_try(void)
{
    lock_type tried_lock;

    lock_init(&tried_lock);           /* !CREATE! 12.failed_try.tried_lock */
    must(lock_try(&tried_lock) == 0); /* !ACQUIRE! 12.failed_try.tried_lock */
    in_another_thread(try_in_vain, (void *)&tried_lock);
    lock_release(&tried_lock); /* !RELEASE! 12.failed_try.tried_lock */
    lock_destroy(&tried_lock);
}

#ifdef lock_timed
static void *wait_in_vain(void *lock)
{
    struct timespec soon;

    clock_gettime(CLOCK_REALTIME, &soon);
    soon.tv_nsec += 2000000;
    if (soon.tv_nsec >= 1000000000) {
        soon.tv_sec++;
        soon.tv_nsec -= 1000000000;
    }
    must(lock_timed((lock_type *)lock, &soon) != 0);
    return NULL;
}

void row_12_failed_timed(void)
{
    struct timespec now;
    lock_type timed_lock;

    clock_gettime(CLOCK_REALTIME, &now);
    lock_init(&timed_lock);                   /* !CREATE! 12.failed_timed.timed_lock */
    must(lock_timed(&timed_lock, &now) == 0); /* !ACQUIRE! 12.failed_timed.timed_lock */
    in_another_thread(wait_in_vain, (void *)&timed_lock);
    lock_release(&timed_lock); /* !RELEASE! 12.failed_timed.timed_lock */
    lock_destroy(&timed_lock);
}
#else
void row_12_failed_timed(void)
{
    not_for_this_kind();
}
#endif

/* !ENV! 13.capture_nothing DD_PROFILING_CAPTURE_PCT=0 */
void row_13_capture_nothing(void)
{
    lock_type foo_lock;

    lock_init(&foo_lock);
    for (int i = 0; i < 1000; i++) {
        lock_acquire(&foo_lock);
        lock_release(&foo_lock);
    }
    lock_destroy(&foo_lock);
}

/* The samples are in the first file; the second, flushed right after, has none (check.py looks at both). */
void row_14_flush_starts_anew(void)
{
    lock_type foo_lock;

    lock_init(&foo_lock);    /* !CREATE! 14.flush_starts_anew.foo_lock */
    lock_acquire(&foo_lock); /* !ACQUIRE! 14.flush_starts_anew.foo_lock */
    lock_release(&foo_lock); /* !RELEASE! 14.flush_starts_anew.foo_lock */
    must(mutray_flush != NULL && mutray_flush() == 0);
    must(mutray_flush() == 0);
    lock_destroy(&foo_lock);
}

static lock_type deep_lock LOCK_INITIALISED; /* !CREATE-STATIC! 15.deep_stack.deep_lock */

static __attribute__((noinline)) int deeper(int levels)
{
    if (levels > 0) return deeper(levels - 1) + 1;
    lock_acquire(&deep_lock); /* !ACQUIRE! 15.deep_stack.deep_lock */
    lock_release(&deep_lock); /* !RELEASE! 15.deep_stack.deep_lock */
    return 0;
}

/* !ENV! 15.deep_stack DD_PROFILING_MAX_FRAMES=16 */
void row_15_deep_stack(void)
{
    lock_init_if_needed(&deep_lock); /* !CREATE-INIT! 15.deep_stack.deep_lock */
    must(deeper(16 + 50) == 66);
}

static lock_type limit_lock LOCK_INITIALISED; /* !CREATE-STATIC! 35.frame_limit.limit_lock */

static __attribute__((noinline)) int much_deeper(int levels)
{
    if (levels > 0) return much_deeper(levels - 1) + 1;
    lock_acquire(&limit_lock); /* !ACQUIRE! 35.frame_limit.limit_lock */
    lock_release(&limit_lock); /* !RELEASE! 35.frame_limit.limit_lock */
    return 0;
}

/* Above 599 means 599: with the leaf that is what the backend takes. */
/* !ENV! 35.frame_limit DD_PROFILING_MAX_FRAMES=5000 */
void row_35_frame_limit(void)
{
    lock_init_if_needed(&limit_lock); /* !CREATE-INIT! 35.frame_limit.limit_lock */
    must(much_deeper(700) == 700);
}

/* !ENV! 23.reentrant_at_one_percent DD_PROFILING_CAPTURE_PCT=1 */
void row_23_reentrant_at_one_percent(void)
{
#ifdef LOCK_IS_RECURSIVE
    lock_type again_lock;

    lock_init(&again_lock); /* !CREATE! 23.reentrant_at_one_percent.again_lock */
    for (int i = 0; i < 20000; i++) {
        must(lock_acquire(&again_lock) == 0);
        must(lock_acquire(&again_lock) == 0);
        must(lock_release(&again_lock) == 0);
        must(lock_release(&again_lock) == 0);
    }
    lock_destroy(&again_lock);
#else
    not_for_this_kind();
#endif
}

/* check.py compares the label with what is printed here. */
void row_27_native_thread_id(void)
{
    lock_type foo_lock;

    lock_init(&foo_lock);    /* !CREATE! 27.native_thread_id.foo_lock */
    lock_acquire(&foo_lock); /* !ACQUIRE! 27.native_thread_id.foo_lock */
    lock_release(&foo_lock); /* !RELEASE! 27.native_thread_id.foo_lock */
    lock_destroy(&foo_lock);
    printf("native %ld\n", (long)syscall(SYS_gettid));
}

static void work_in_the_child(lock_type *inherited)
{
    lock_type child_lock;

    lock_init(&child_lock);    /* !CREATE! 31.in_the_child.child_lock */
    lock_acquire(&child_lock); /* !ACQUIRE! 31.in_the_child.child_lock */
    lock_release(&child_lock); /* !RELEASE! 31.in_the_child.child_lock */
    lock_release(inherited);
    exit(0);
}

/*
 * The child's profile has nothing of the parent's. The hold of a lock that was taken before the fork is the parent's to
 * end: where dd-trace-py would give the child a release without an acquire, mutray gives it nothing.
 */
void row_31_fork_with_a_held_lock(void)
{
    lock_type parent_lock, held_lock;
    pid_t child;
    int status;

    lock_init(&parent_lock);    /* !CREATE! 31.fork_with_a_held_lock.parent_lock */
    lock_init(&held_lock);      /* !CREATE! 31.fork_with_a_held_lock.held_lock */
    lock_acquire(&parent_lock); /* !ACQUIRE! 31.fork_with_a_held_lock.parent_lock */
    lock_release(&parent_lock); /* !RELEASE! 31.fork_with_a_held_lock.parent_lock */
    lock_acquire(&held_lock);   /* !ACQUIRE! 31.fork_with_a_held_lock.held_lock */
    child = fork();
    must(child >= 0);
    if (child == 0) work_in_the_child(&held_lock);
    must(waitpid(child, &status, 0) == child && status == 0);
    lock_release(&held_lock); /* !RELEASE! 31.fork_with_a_held_lock.held_lock */
}

/* Two kinds of lock, nested: each event once. */
void row_32_two_kinds_at_once(void)
{
    pthread_rwlock_t table_lock;
    lock_type foo_lock;

    pthread_rwlock_init(&table_lock, NULL); /* !CREATE! 32.two_kinds_at_once.table_lock */
    lock_init(&foo_lock);                   /* !CREATE! 32.two_kinds_at_once.foo_lock */
    pthread_rwlock_rdlock(&table_lock);     /* !ACQUIRE! 32.two_kinds_at_once.table_lock */
    lock_acquire(&foo_lock);                /* !ACQUIRE! 32.two_kinds_at_once.foo_lock */
    lock_release(&foo_lock);                /* !RELEASE! 32.two_kinds_at_once.foo_lock */
    pthread_rwlock_unlock(&table_lock);     /* !RELEASE! 32.two_kinds_at_once.table_lock */
    lock_destroy(&foo_lock);
    pthread_rwlock_destroy(&table_lock);
}

/* The tables may be as small as can be asked for: every call still does what it should. */
/* !ENV! 24.no_memory_left MUTRAY_MEMORY_MB=1 */
void row_24_no_memory_left(void)
{
    lock_init_if_needed(&starved_lock); /* !CREATE-INIT! 24.no_memory_left.starved_lock */
    for (int i = 0; i < 2000; i++) {
        pthread_t threads[8];

        must(lock_acquire(&starved_lock) == 0);
        must(lock_release(&starved_lock) == 0);
        if (i % 100 != 0) continue;
        for (int k = 0; k < 8; k++) {
            must(lock_acquire(&starved_lock) == 0);
            must(pthread_create(&threads[k], NULL, try_in_vain, (void *)&starved_lock) == 0);
            must(pthread_join(threads[k], NULL) == 0);
            must(lock_release(&starved_lock) == 0);
        }
    }
}
