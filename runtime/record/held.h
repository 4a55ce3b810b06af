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
            (newest == NULL || held->order > newest->order))
            newest = held;
    }
    return newest;
}

/* Remembers in which span the lock of an entry was acquired. */
void mutray__held_note_span(struct mutray__thread *thread, unsigned at);
/* Frees the oldest entry. */
void mutray__held_make_room(struct mutray__thread *thread);

/* `nested`: an inner level, whose hold is part of another's. */
static inline void mutray__held_push(struct mutray__thread *thread, const struct mutray__acquire *acquire, bool nested)
{
    struct mutray__tls *tls = &mutray__tls;
    if (__builtin_expect(tls->held == (1u << MUTRAY__HELD) - 1, 0))
        mutray__held_make_room(thread);
    unsigned at = (unsigned)__builtin_ctz(~tls->held);
    struct mutray__held *held = &thread->held[at];
    held->acquire = *acquire;
    held->nested = nested;
    held->depth = 1;
    held->order = ++thread->orders;
    held->state = MUTRAY__HELD_NOW;
    if (__builtin_expect(tls->apart, 0))
        mutray__held_note_span(thread, at);
    if (!mutray__is_armed(tls)) {
        thread->parked = tls->countdown;
        tls->countdown = 0;
    }
    held->bit = 1u << at;
    tls->held |= held->bit;
}

/* The end of the hold was missed: what is left is the acquire, to be recorded with the next ones that are ready. */
void mutray__held_orphan(struct mutray__thread *thread, struct mutray__held *held);
/* Records an entry and frees it. */
void mutray__held_finish(struct mutray__thread *thread, struct mutray__held *held);
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
