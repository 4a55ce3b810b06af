/* SPDX-License-Identifier: Apache-2.0 */
/* What each thread of the program carries: a few words of thread-local storage and a block; see thread.c. */
#ifndef MUTRAY_THREAD_H
#define MUTRAY_THREAD_H

#include "apart.h"
#include "clock.h"
#include "hints.h"
#include "losses.h"
#include "names.h"
#include "random.h"
#include "stack.h"
#include "table.h"

#include <pthread.h>

#define MUTRAY__HELD 16       /* locks held and tracked at once; one more replaces the oldest */
#define MUTRAY__RECENT_BITS 3 /* where the last acquires were, by hash of the lock's address */

/* One acquire that was chosen: who, where, since when. Written beforehand, copied when the lock is held. */
struct mutray__acquire {
    const void *lock;
    uint64_t key;   /* site, name << 32: as in the tables */
    uint64_t stack; /* its generation << 32 */
    uint32_t holder_site, holder_tid;
    uint64_t start; /* of the wait, then of the hold; ticks */
    uint64_t wait;  /* nanoseconds */
    bool contended;
    bool untried;   /* chosen by the countdown, contended or not */
    uint8_t mode;   /* enum mutray__mode */
};

enum mutray__held_state {
    MUTRAY__HELD_FREE,
    MUTRAY__HELD_NOW,
    MUTRAY__HELD_ENDED, /* being released: `end` is known */
    MUTRAY__HELD_READY  /* its end was missed; the acquire is to be recorded */
};

struct mutray__held {
    struct mutray__acquire acquire;
    enum mutray__held_state state;
    bool nested;   /* an inner level of a recursive lock, or the hold's end was missed: only the acquire is recorded */
    uint32_t depth; /* levels of a recursive lock that this entry stands for */
    uint32_t bit;   /* its own in the mask of entries in use */
    uint64_t end;   /* ticks */
};

struct mutray__recent {
    _Atomic(const void *) lock;
    _Atomic uint32_t site;
};

enum mutray__thread_state { MUTRAY__THREAD_LIVE = 1, MUTRAY__THREAD_DEAD };

/* From the pool; read by the exporter's drain, and (`recent`) by threads that wait for this one. */
struct mutray__thread {
    struct mutray__recent recent[1 << MUTRAY__RECENT_BITS];
    _Atomic(struct mutray__table *) table; /* null while a drain has none to give */
    atomic_uint sequence;                  /* odd while the thread writes to its table */
    _Atomic(struct mutray__thread *) next; /* in the list of all */
    atomic_uint state;                     /* enum mutray__thread_state */
    _Atomic uint32_t tid;
    uintptr_t pthread_id;
    struct mutray__stack_bounds bounds;
    uint64_t random;
    int64_t parked; /* the countdown while the thread is armed */
    bool has_orphans; /* entries of `held` are ready to be recorded */
    struct mutray__trail *trail; /* null: stacks are the leaf only */
    uint32_t epoch; /* what the thread took note of last, as in `struct mutray__tls` */
    struct mutray__span *spans; /* in which the locks of `held` were acquired; null before there is a span */
    unsigned armed_calls;
    unsigned passed_at; /* how far it had come when operations were passed by last */
    struct mutray__held held[MUTRAY__HELD];
    struct mutray__losses lost;
    unsigned exit_rounds;
    char name[16];     /* left behind at the end */
    bool name_known;
    bool exit_is_seen; /* by a destructor; otherwise drains look whether the thread is still there */
    /* The drain's: */
    char shown_name[16];
    bool is_done;
    bool is_shown;               /* the table that was taken: it may be forgotten; else it may still be written to */
    struct mutray__table *taken; /* null: none */
    unsigned taken_sequence;
    unsigned drained_sequence; /* up to where its events are known */
};

/*
 * Initial-exec, so that reaching it takes no call, and small, since libraries loaded at run time share a small space.
 * All zero is right for a thread that was never seen: the first operation finds its countdown spent.
 */
struct mutray__tls {
    int64_t countdown; /* acquires to pass by before the one that is looked at */
    uint32_t held;     /* bit per entry of `held` in use */
    uint32_t epoch;    /* of recording, see start */
    struct mutray__thread *thread;
    uintptr_t busy;    /* frame of the slow path that is running, 0 if none */
    uint32_t passed;   /* operations passed by because of `busy`, one after the other */
    bool ignored;
    bool apart;        /* events may have to be kept one by one: there is a timeline, or there was a span */
    struct mutray__hint hint; /* the last lock handed to a function of the program, see abi.h */
    const void *created;      /* the last lock initialised */
    struct mutray__span span;
};
extern _Thread_local struct mutray__tls mutray__tls __attribute__((tls_model("initial-exec")));

/* What is in force. Written before recording starts. */
struct mutray__settings {
    double log2_miss;          /* of capture_pct */
    double uncontended_weight; /* of an event sampled at capture_pct */
    bool everything;           /* capture_pct is 100 */
    bool every_wait;           /* every contended acquire is kept */
    bool try_first;            /* whether lock calls may try first (not with lock elision) */
    _Atomic uint32_t epoch;    /* raised by each start */
    bool anew;                 /* a start begins with empty tables: nobody drains them */
    struct mutray__record_config config; /* last: its end is long and seldom read */
};
extern struct mutray__settings mutray__settings;

/* What is left of an ended thread whose block was given back before the next drain: drain.c. */
struct mutray__remains {
    struct mutray__remains *next;
    uintptr_t pthread_id;
    uint32_t tid, count;
    char name[16];
    struct mutray__apart *apart;
    bool is_shown; /* by a drain */
    struct mutray__entry entries[];
};

/* All threads with a block, newest first. */
extern _Atomic(struct mutray__thread *) mutray__threads;
extern atomic_uint_least64_t mutray__threads_seen;
/* How many of them have ended. */
extern atomic_uint mutray__threads_ended;
/* Whether ending threads may ask the kernel for their name. */
extern atomic_bool mutray__names_at_exit;

int mutray__threads_open(void);
/* Makes or readies the calling thread's block; null if it cannot or must not have one. */
struct mutray__thread *mutray__thread_make(void);
/* A live or just ended thread by kernel id, null if unknown. */
struct mutray__thread *mutray__thread_by_tid(uint32_t tid);
/* The thread is no more: its data waits for the next drain. */
void mutray__thread_ended(struct mutray__thread *thread);
/* Gives a dead thread's block back. For the drain. */
void mutray__thread_recycle(struct mutray__thread *thread);
/* Draws a new countdown: how many acquires to pass by. */
int64_t mutray__thread_gap(struct mutray__thread *thread);
/* In a forked child; the pool must be reset too. */
void mutray__threads_after_fork(void);
/* For tests: makes the threads seen from now on deterministic; 0 turns that off. */
void mutray__threads_seed(uint64_t seed);

/* Who speaks for a call: whoever handed the lock to the function that contains it, if that is known. */
static inline struct mutray__site *mutray__speaker(struct mutray__site *site, const void *lock)
{
    const struct mutray__hint *hint = &mutray__tls.hint;
    if (__builtin_expect((site->flags & MUTRAY__SITE_PARAMETER) == 0, 1) || hint->lock != lock || hint->site == NULL)
        return site;
    if (atomic_load_explicit(&mutray__hints_may_be_stale, memory_order_acquire) &&
        !mutray__site_is_attached(hint->site))
        return site;
    return hint->site;
}

/*
 * Whether all of the thread's acquires are looked at, and its countdown rests: while it holds locks that are tracked,
 * and always under lock elision.
 */
static inline bool mutray__is_armed(const struct mutray__tls *tls)
{
    return tls->held != 0 || !mutray__settings.try_first;
}

/* Whether the thread is new to what is in force; or without a block, or ignored: its epoch is then 0. */
static inline bool mutray__thread_is_fresh(const struct mutray__tls *tls)
{
    return tls->epoch != atomic_load_explicit(&mutray__settings.epoch, memory_order_relaxed);
}

/* A signal handler may have come between the stores of mutray_set_span(): the id tells whether there is a span. */
static inline struct mutray__span mutray__span_now(const struct mutray__tls *tls)
{
    return tls->span.id != 0 ? tls->span : (struct mutray__span){0};
}

static inline struct mutray__thread *mutray__thread_self(void)
{
    const struct mutray__tls *tls = &mutray__tls;
    return __builtin_expect(mutray__thread_is_fresh(tls), 0) ? mutray__thread_make() : tls->thread;
}

static inline struct mutray__recent *mutray__recent(struct mutray__thread *thread, const void *lock)
{
    _Static_assert(sizeof *thread->recent == 16, "the middle bits of the address are then the distance");
    uintptr_t distance = (uintptr_t)lock & (sizeof thread->recent - sizeof *thread->recent);
    return (struct mutray__recent *)((char *)thread->recent + distance);
}

/* The stack of a call of this thread, as the tables have it: its generation in the upper half; 0 for the leaf alone. */
uint64_t mutray__thread_walk(struct mutray__thread *thread, const void *frame);
static inline uint64_t mutray__thread_stack(struct mutray__thread *thread, const void *frame)
{
    return mutray__settings.config.max_frames != 0 ? mutray__thread_walk(thread, frame) : 0;
}

static inline void mutray__lose(struct mutray__thread *thread, enum mutray__loss what)
{
    uint64_t *counter = mutray__loss_counter(&thread->lost, what);
    __atomic_store_n(counter, *counter + 1, __ATOMIC_RELAXED);
}

#endif
