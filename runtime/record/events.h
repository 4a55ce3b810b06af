/* SPDX-License-Identifier: Apache-2.0 */
/* Acquires, releases and condition waits, as the lock functions report them; see events.c. */
#ifndef MUTRAY_EVENTS_H
#define MUTRAY_EVENTS_H

#include "thread.h"

#include <errno.h>

/* The call being made. */
struct mutray__lock_call {
    const void *lock;
    struct mutray__site *site;
    const void *frame; /* of the function that stands for the lock function */
    enum mutray__kind kind;
    enum mutray__mode mode;
    bool opaque; /* the lock is not one of the C library's: its memory says nothing */
};

/* An acquire that may be recorded. */
struct mutray__attempt {
    struct mutray__thread *thread; /* null: it is passed by */
    bool prepared;                 /* `acquire` is filled in, and the lock is to be recorded if it is acquired */
    uint64_t keep_from;            /* of a contended acquire: the shortest wait that is kept */
    struct mutray__acquire acquire;
};

/* Before the lock is tried, when the countdown is spent. */
void mutray__acquire_begin(struct mutray__attempt *attempt, const struct mutray__lock_call *call);
/* The lock is held by another; the call that waits for it comes next. `unseen`: there was no beginning. */
void mutray__acquire_blocks(struct mutray__attempt *attempt, const struct mutray__lock_call *call, bool unseen);
/* The lock function returned; this returns its result. */
int mutray__acquire_end(struct mutray__attempt *attempt, const struct mutray__lock_call *call, int result);
/* The same for a lock that could not be tried first: how long it took tells whether it was contended. */
int mutray__acquire_end_untried(struct mutray__attempt *attempt, const struct mutray__lock_call *call, int result);

/* Where a lock is acquired and how it is called, as the tables have it. 0: that cannot be known yet, or kept. */
uint64_t mutray__acquire_key(const void *lock, struct mutray__site *site, enum mutray__kind kind);

/* Longer than any lock takes that nobody holds. */
#define MUTRAY__CONTENDED_NS 1000

struct mutray__releasing {
    struct mutray__thread *thread;
    struct mutray__held *held; /* null if the lock is not tracked */
    bool level;                /* only a level of a recursive lock */
};

void mutray__release_begin(struct mutray__releasing *releasing, const struct mutray__lock_call *call);
int mutray__release_end(struct mutray__releasing *releasing, const struct mutray__lock_call *call, int result);

/* Records the acquire and the release of a lock, which is no longer held, or will not be in a moment. */
void mutray__release_record(struct mutray__thread *thread, struct mutray__held *held, const void *lock,
                            struct mutray__site *site, const void *frame);

/* A condition wait ends the hold and begins another acquire. `timed_out` is the result that says so. */
void mutray__wait_begin(struct mutray__attempt *attempt, const struct mutray__lock_call *call);
int mutray__wait_end(struct mutray__attempt *attempt, const struct mutray__lock_call *call, int result, int timed_out);

/* An init call made the lock; a destroy call ended it. */
void mutray__created(struct mutray__site *site, const void *lock);
void mutray__destroyed(const void *lock);
/* A function of the program returned the lock to `site`. */
void mutray__received(struct mutray__site *site, const void *lock);
/*
 * Around a described function that makes a lock. If an instrumented lock is initialised meanwhile, that is the one it
 * makes, and the caller names it. `lock`: what the caller was given, NULL if nothing; with `inner`, it is only a handle.
 */
const void *mutray__making_begin(void);
void mutray__making_end(struct mutray__site *site, const void *lock, bool inner, const void *former);

/* Counts an acquire; whether it is one to pass by. Reads once: a signal handler may set the countdown anew. */
static inline bool mutray__count_past(struct mutray__tls *tls)
{
    int64_t left = tls->countdown - 1;
    tls->countdown = left;
    return left >= 0;
}

/* Which level of a recursive mutex has just been acquired: 1 is the first; 0 if the lock is no recursive mutex. */
static inline unsigned mutray__recursive_level(const void *lock, enum mutray__kind kind)
{
    if (kind != MUTRAY__KIND_MUTEX && kind != MUTRAY__KIND_MTX)
        return 0;
#ifdef __GLIBC__
    const pthread_mutex_t *mutex = lock;
    return (mutex->__data.__kind & 3) == PTHREAD_MUTEX_RECURSIVE ? mutex->__data.__count : 0;
#else
    const int *words = lock; /* musl's binary interface: type, …, and in the sixth the levels above the first */
    return (words[0] & 3) == PTHREAD_MUTEX_RECURSIVE ? (unsigned)words[5] + 1 : 0;
#endif
}

static inline bool mutray__is_acquired(int result)
{
    return result == 0 || result == EOWNERDEAD;
}

/* Where the thread last acquired the lock, for others that wait for it; `speaker` is a site that speaks for itself. */
static inline void mutray__note_place(struct mutray__thread *thread, const void *lock, struct mutray__site *speaker)
{
    struct mutray__recent *recent = mutray__recent(thread, lock);
    uint32_t id = __atomic_load_n(&speaker->id, __ATOMIC_RELAXED);
    atomic_store_explicit(&recent->lock, lock, memory_order_relaxed);
    atomic_store_explicit(&recent->site, id, memory_order_relaxed);
}

static inline void mutray__note_recent(struct mutray__thread *thread, const void *lock, struct mutray__site *site)
{
    mutray__note_place(thread, lock, mutray__speaker(site, lock));
}

#endif
