/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Nearly all acquires that are chosen are of a lock that is free, at a place whose locks all have one name, in a thread
 * that is known; and nearly all of them fall to entries that the thread's table has. events.c and held.c do what has to
 * be done in any case; here the same is done, inside the lock functions, with what those have no need of left out. As
 * soon as something is different, the call goes the long way.
 */
#ifndef MUTRAY_QUICK_H
#define MUTRAY_QUICK_H

#include "events.h"
#include "held.h"

#define MUTRAY__LIKELY(condition) __builtin_expect(!!(condition), 1)
#define MUTRAY__QUICK static inline __attribute__((always_inline))

/* What is known of a chosen acquire before the lock is tried, as the tables have it. */
struct mutray__chosen {
    uint64_t key; /* 0: it goes the long way */
    uint64_t stack;
};

/* As in events.c, where busy marks that cannot be right are dealt with. */
static inline bool mutray__quick_may_enter(const struct mutray__tls *tls)
{
    return tls->busy == 0 && !mutray__thread_is_fresh(tls);
}

static inline void mutray__quick_enter(struct mutray__tls *tls, const void *frame)
{
    tls->busy = (uintptr_t)frame;
    atomic_signal_fence(memory_order_seq_cst);
}

static inline void mutray__quick_leave(struct mutray__tls *tls)
{
    atomic_signal_fence(memory_order_seq_cst);
    tls->busy = 0;
}

/* Before the lock is tried, when the countdown is spent. */
MUTRAY__QUICK struct mutray__chosen mutray__quick_choose(const void *lock, struct mutray__site *site,
                                                         enum mutray__kind kind, const void *frame)
{
    const struct mutray__settings *settings = &mutray__settings;
    struct mutray__tls *tls = &mutray__tls;
    bool counts = settings->everything || tls->held == 0;
    if (!MUTRAY__LIKELY(counts && settings->try_first && mutray__quick_may_enter(tls)))
        return (struct mutray__chosen){0, 0};
    struct mutray__chosen chosen = {mutray__site_settled(site), 0};
    if (settings->everything && settings->config.max_frames == 0 && MUTRAY__LIKELY(chosen.key != 0))
        return chosen;
    mutray__quick_enter(tls, frame);
    if (!MUTRAY__LIKELY(chosen.key != 0))
        chosen.key = mutray__acquire_key(lock, site, kind);
    if (!settings->everything && MUTRAY__LIKELY(chosen.key != 0))
        tls->countdown = mutray__thread_gap(tls->thread);
    chosen.stack = mutray__thread_stack(tls->thread, frame);
    mutray__quick_leave(tls);
    return chosen;
}

/* The lock was free, and is held since `start`. `level` as from mutray__recursive_level(). */
MUTRAY__QUICK void mutray__quick_acquired(struct mutray__chosen chosen, const void *lock, struct mutray__site *site,
                                          const void *frame, uint64_t start, enum mutray__mode mode, unsigned level)
{
    struct mutray__tls *tls = &mutray__tls;
    struct mutray__thread *thread = tls->thread;
    mutray__quick_enter(tls, frame);
    struct mutray__held *before = NULL;
    bool nested = mutray__held_again(thread, lock, mode, level, &before);
    struct mutray__acquire *acquire = mutray__held_push(thread, nested);
    acquire->lock = lock;
    acquire->key = chosen.key;
    acquire->stack = chosen.stack;
    acquire->start = start;
    acquire->contended = false;
    acquire->untried = false;
    acquire->mode = (uint8_t)mode;
    mutray__note_recent(thread, lock, site);
    mutray__quick_leave(tls);
}

/* Before the unlock: false, if it goes the long way. Otherwise `*ret_held` is null if the lock is not tracked. */
MUTRAY__QUICK bool mutray__quick_release(const void *lock, struct mutray__held **ret_held)
{
    struct mutray__tls *tls = &mutray__tls;
    struct mutray__thread *thread = tls->thread;
    if (!MUTRAY__LIKELY(mutray__quick_may_enter(tls) && !thread->has_orphans))
        return false;
    struct mutray__held *held = mutray__held_find(thread, lock);
    *ret_held = held;
    if (held == NULL)
        return true;
    if (!MUTRAY__LIKELY(held->depth == 1))
        return false;
    held->state = MUTRAY__HELD_ENDED;
    held->end = mutray__ticks();
    return true;
}

/* Adds to entries that are there already; false if one is not, or must not be added to. */
MUTRAY__QUICK bool mutray__quick_record(struct mutray__thread *thread, const struct mutray__held *held,
                                        struct mutray__release release)
{
    const struct mutray__acquire *acquire = &held->acquire;
    double weight = mutray__settings.uncontended_weight;
    uint64_t hold = mutray__ns_between(acquire->start, held->end);
    struct mutray__entry_key acquired = mutray__key_of_acquire(acquire);
    struct mutray__entry_key released = mutray__key_of_release(acquire, release, hold);
    bool simple = !acquire->contended && !held->nested && !mutray__tls.apart && release.site != 0;
    unsigned sequence = mutray__sequence_begin(thread);
    struct mutray__table *table = atomic_load_explicit(&thread->table, memory_order_acquire);
    struct mutray__entry *to_acquire = NULL, *to_release = NULL;
    if (MUTRAY__LIKELY(simple && table != NULL)) {
        to_acquire = mutray__table_near(table, &acquired);
        to_release = mutray__table_near(table, &released);
    }
    bool found = to_acquire != NULL && to_release != NULL;
    if (MUTRAY__LIKELY(found)) {
        to_acquire->count += weight;
        to_release->count += weight;
        to_release->time += weight * (double)(int64_t)hold;
    }
    mutray__sequence_end(thread, sequence);
    return found;
}

/* After it. */
MUTRAY__QUICK void mutray__quick_released(struct mutray__held *held, const void *lock, struct mutray__site *site,
                                          const void *frame, int result)
{
    struct mutray__tls *tls = &mutray__tls;
    struct mutray__thread *thread = tls->thread;
    if (!MUTRAY__LIKELY(result == 0)) {
        held->state = MUTRAY__HELD_NOW;
        return;
    }
    mutray__quick_enter(tls, frame);
    uint32_t id = __atomic_load_n(&mutray__speaker(site, lock)->id, __ATOMIC_ACQUIRE);
    struct mutray__release release = {id, mutray__thread_stack(thread, frame)};
    if (MUTRAY__LIKELY(mutray__quick_record(thread, held, release)))
        mutray__held_free(thread, held);
    else
        mutray__release_record(thread, held, lock, site, frame);
    mutray__quick_leave(tls);
}

#endif
