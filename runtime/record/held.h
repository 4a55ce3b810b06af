/* SPDX-License-Identifier: Apache-2.0 */
/* The table of locks that a thread holds, and how its entries are recorded; see held.c. All for the calling thread. */
#ifndef MUTRAY_HELD_H
#define MUTRAY_HELD_H

#include "thread.h"

/* The newest entry of a lock that is held now; null if it is not tracked. */
static inline struct mutray__held *mutray__held_find(struct mutray__thread *thread, const void *lock)
{
    struct mutray__held *newest = NULL;
    for (uint32_t bits = mutray__tls.held; bits != 0; bits &= bits - 1) {
        struct mutray__held *held = &thread->held[__builtin_ctz(bits)];
        if (held->acquire.lock == lock && held->state == MUTRAY__HELD_NOW &&
            (newest == NULL || held->acquire.start >= newest->acquire.start))
            newest = held;
    }
    return newest;
}

/* Remembers in which span the lock of an entry was acquired. */
void mutray__held_note_span(struct mutray__thread *thread, unsigned at);
/* Frees the oldest entry. */
void mutray__held_make_room(struct mutray__thread *thread);

#define MUTRAY__LEVEL_UNKNOWN UINT32_MAX /* only that it could be acquired */

/* If the thread holds the lock already: one more level of it, or the end of the first hold was missed. */
bool mutray__held_nests(struct mutray__thread *thread, const void *lock, enum mutray__mode mode, unsigned level,
                        struct mutray__held **ret_before);

/*
 * Whether the lock, held now, was acquired by this thread before and not released: the `level` says so, or it is
 * tracked, `*ret_before`, and such that it nests. Also if the first level was not chosen: its hold is then not for
 * this acquire to tell.
 */
static inline bool mutray__held_again(struct mutray__thread *thread, const void *lock, enum mutray__mode mode,
                                      unsigned level, struct mutray__held **ret_before)
{
    if (__builtin_expect(mutray__tls.held != 0, 0))
        return mutray__held_nests(thread, lock, mode, level, ret_before);
    return level > 1 && level != MUTRAY__LEVEL_UNKNOWN;
}

/*
 * A place for a lock that is held now. `nested`: an inner level, whose hold is part of another's. The acquire is the
 * caller's to write.
 */
static inline struct mutray__acquire *mutray__held_push(struct mutray__thread *thread, bool nested)
{
    struct mutray__tls *tls = &mutray__tls;
    if (__builtin_expect(tls->held == (1u << MUTRAY__HELD) - 1, 0))
        mutray__held_make_room(thread);
    unsigned at = (unsigned)__builtin_ctz(~tls->held);
    struct mutray__held *held = &thread->held[at];
    held->nested = nested;
    held->depth = 1;
    held->state = MUTRAY__HELD_NOW;
    if (__builtin_expect(tls->apart, 0))
        mutray__held_note_span(thread, at);
    if (!mutray__is_armed(tls)) {
        thread->parked = tls->countdown;
        tls->countdown = 0;
    }
    held->bit = 1u << at;
    tls->held |= held->bit;
    return &held->acquire;
}

/* Where a lock was released, as the tables have it. */
struct mutray__release {
    uint32_t site; /* 0: memory is spent, and the release is lost */
    uint64_t stack;
};

static inline void mutray__held_free(struct mutray__thread *thread, struct mutray__held *held)
{
    struct mutray__tls *tls = &mutray__tls;
    held->state = MUTRAY__HELD_FREE;
    tls->held &= ~held->bit;
    if (!mutray__is_armed(tls))
        tls->countdown = thread->parked;
}

/* How long it took, and what is the same for both events, packed. */
static inline uint64_t mutray__event_of(const struct mutray__acquire *acquire, uint64_t stack, uint64_t ns)
{
    uint64_t bucket = ns != 0 ? 64 - (unsigned)__builtin_clzll(ns) : 0;
    return stack >> 32 << MUTRAY__EVENT_GENERATION | bucket << MUTRAY__EVENT_BUCKET |
           (uint64_t)acquire->mode << MUTRAY__EVENT_MODE;
}

/* Of an uncontended acquire. */
static inline struct mutray__entry_key mutray__key_of_acquire(const struct mutray__acquire *acquire)
{
    return (struct mutray__entry_key){acquire->key, (uint32_t)acquire->stack,
                                      mutray__event_of(acquire, acquire->stack, 0)};
}

static inline struct mutray__entry_key mutray__key_of_release(const struct mutray__acquire *acquire,
                                                              struct mutray__release release, uint64_t hold)
{
    uint64_t event = mutray__event_of(acquire, release.stack, hold) | MUTRAY__EVENT_IS_RELEASE;
    return (struct mutray__entry_key){mutray__pair(release.site, (uint32_t)(acquire->key >> 32)),
                                      (uint32_t)release.stack, event};
}

/*
 * The thread begins and ends to write to its table: the window that a drain waits for. The drain also sees to it that
 * processors keep the order, sequence first, then the table is looked for.
 */
static inline unsigned mutray__sequence_begin(struct mutray__thread *thread)
{
    unsigned sequence = atomic_load_explicit(&thread->sequence, memory_order_relaxed);
    sequence = (sequence + 1) | 1; /* odd, also after a stale `busy` */
    atomic_store_explicit(&thread->sequence, sequence, memory_order_relaxed);
    atomic_signal_fence(memory_order_seq_cst);
    return sequence;
}

static inline void mutray__sequence_end(struct mutray__thread *thread, unsigned sequence)
{
    atomic_store_explicit(&thread->sequence, sequence + 1, memory_order_release);
}

/* The end of the hold was missed: what is left is the acquire, to be recorded with the next ones that are ready. */
void mutray__held_orphan(struct mutray__thread *thread, struct mutray__held *held);
/* Records an entry, with its release unless that was missed, and frees it. */
void mutray__held_finish(struct mutray__thread *thread, struct mutray__held *held, struct mutray__release release);
#define MUTRAY__RELEASE_MISSED ((struct mutray__release){0, 0})
/* Does so with all entries that are ready. */
void mutray__held_record(struct mutray__thread *thread);
/*
 * Orphans holds so old that they were probably ended by somebody else: while locks are tracked, all of the thread's
 * locks cost more. To be done now and then.
 */
void mutray__held_look_for_old(struct mutray__thread *thread);
/* The thread ends: what it still holds is recorded as far as known. */
void mutray__held_abandon(struct mutray__thread *thread);

#endif
