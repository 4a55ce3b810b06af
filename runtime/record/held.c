/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The locks that a thread holds and that are tracked. An entry is written when the lock was acquired, with everything
 * that was found out before; it becomes ready when the lock was released, and then its acquire and its hold go to the
 * thread's table. So nothing but copying happens while the lock is held.
 *
 * An acquire is matched with a release by address, within the thread. If the release was in another thread, or in code
 * that is not instrumented, the entry stays: until the thread acquires the lock again, the lock begins or ends, sixteen
 * newer ones need the space, minutes have passed, or the thread ends. Then its acquire is recorded, its hold is not,
 * and that is counted.
 */
#include "held.h"

#include <string.h>

#define ARMED_CALLS_UNTIL_LOOK 4096
#define OLDEST_HOLD_NS ((uint64_t)300 * 1000000000)

static struct mutray__table *grow(struct mutray__thread *thread, struct mutray__table *table)
{
    struct mutray__table *larger = mutray__table_grown(table), *expected = table;
    if (larger != NULL && atomic_compare_exchange_strong(&thread->table, &expected, larger)) {
        mutray__pool_put(table);
        return larger;
    }
    /* No memory; or a drain took the table just now, and waits until this event is in it. */
    mutray__pool_put(larger);
    return table;
}

static void record(struct mutray__thread *thread, const struct mutray__entry_key *key, double count, double time)
{
    unsigned sequence = atomic_load_explicit(&thread->sequence, memory_order_relaxed);
    sequence += sequence % 2 != 0 ? 2 : 1; /* odd, also after a stale `busy` */
    atomic_exchange(&thread->sequence, sequence);
    struct mutray__table *table = atomic_load(&thread->table);
    if (table == NULL) {
        mutray__lose(thread, MUTRAY__LOST_drops_busy);
    } else {
        if (mutray__table_wants_growth(table))
            table = grow(thread, table);
        enum mutray__table_result result = mutray__table_add(table, key, count, time);
        if (result == MUTRAY__TABLE_FOLDED)
            mutray__lose(thread, MUTRAY__LOST_stacks_folded);
        else if (result == MUTRAY__TABLE_FULL)
            mutray__lose(thread, MUTRAY__LOST_drops_region);
    }
    atomic_store_explicit(&thread->sequence, sequence + 1, memory_order_release);
}

static double weight_of(const struct mutray__acquire *acquire)
{
    const struct mutray__settings *settings = &mutray__settings;
    double weight = 1;
    if (!settings->config.upscale)
        return 1;
    if (!acquire->contended || acquire->untried)
        return settings->uncontended_weight;
    if (!settings->every_wait && acquire->wait < settings->config.wait_period_ns && acquire->wait != 0)
        weight = (double)settings->config.wait_period_ns / (double)acquire->wait;
    return weight;
}

static uint8_t bucket_of(uint64_t ns)
{
    return ns != 0 ? (uint8_t)(64 - __builtin_clzll(ns)) : 0;
}

static void record_acquire(struct mutray__thread *thread, const struct mutray__acquire *acquire, double weight)
{
    struct mutray__entry_key key;
    memset(&key, 0, sizeof key);
    key.site = acquire->site;
    key.name = acquire->name;
    key.stack = acquire->stack;
    key.stack_generation = (uint16_t)acquire->stack_generation;
    key.mode = acquire->mode & 3;
    if (acquire->contended) {
        key.contended = 1;
        key.bucket = bucket_of(acquire->wait);
        key.holder_site = acquire->holder_site;
        key.holder_tid = acquire->holder_tid;
    }
    record(thread, &key, weight, weight * (double)(acquire->contended ? acquire->wait : 0));
}

static void record_release(struct mutray__thread *thread, const struct mutray__held *held, double weight)
{
    uint64_t hold = held->end > held->acquire.start ? held->end - held->acquire.start : 0;
    struct mutray__entry_key key;
    memset(&key, 0, sizeof key);
    key.site = held->release_site;
    key.name = held->acquire.name;
    key.stack = held->release_stack;
    key.stack_generation = (uint16_t)held->release_stack_generation;
    key.mode = held->acquire.mode & 3;
    key.release = 1;
    key.bucket = bucket_of(hold);
    record(thread, &key, weight, weight * (double)hold);
}

struct mutray__held *mutray__held_find(struct mutray__thread *thread, const void *lock)
{
    struct mutray__held *newest = NULL;
    for (uint32_t bits = mutray__tls.held; bits != 0; bits &= bits - 1) {
        struct mutray__held *held = &thread->held[__builtin_ctz(bits)];
        if (held->state == MUTRAY__HELD_NOW && held->acquire.lock == lock &&
            (newest == NULL || held->order > newest->order))
            newest = held;
    }
    return newest;
}

/* Records an entry and frees it. */
static void finish(struct mutray__thread *thread, struct mutray__held *held)
{
    struct mutray__tls *tls = &mutray__tls;
    double weight = weight_of(&held->acquire);
    record_acquire(thread, &held->acquire, weight);
    if (!held->nested && held->state == MUTRAY__HELD_READY)
        record_release(thread, held, weight);
    held->state = MUTRAY__HELD_FREE;
    tls->held &= ~(1u << (held - thread->held));
    if (!mutray__is_armed(tls))
        tls->countdown = thread->parked;
}

void mutray__held_record(struct mutray__thread *thread)
{
    for (uint32_t bits = mutray__tls.held; bits != 0; bits &= bits - 1) {
        struct mutray__held *held = &thread->held[__builtin_ctz(bits)];
        if (held->state == MUTRAY__HELD_READY)
            finish(thread, held);
    }
}

void mutray__held_orphan(struct mutray__thread *thread, struct mutray__held *held)
{
    held->nested = true;
    held->state = MUTRAY__HELD_READY;
    mutray__lose(thread, MUTRAY__LOST_holds_orphaned);
}

static struct mutray__held *oldest_held(struct mutray__thread *thread)
{
    struct mutray__held *oldest = NULL;
    for (uint32_t bits = mutray__tls.held; bits != 0; bits &= bits - 1) {
        struct mutray__held *held = &thread->held[__builtin_ctz(bits)];
        if (oldest == NULL || held->order < oldest->order)
            oldest = held;
    }
    return oldest;
}

void mutray__held_push(struct mutray__thread *thread, const struct mutray__acquire *acquire, bool nested)
{
    struct mutray__tls *tls = &mutray__tls;
    if (tls->held == (1u << MUTRAY__HELD) - 1) {
        struct mutray__held *oldest = oldest_held(thread);
        if (oldest->state != MUTRAY__HELD_READY)
            mutray__held_orphan(thread, oldest);
        finish(thread, oldest);
    }
    unsigned at = (unsigned)__builtin_ctz(~tls->held);
    struct mutray__held *held = &thread->held[at];
    held->acquire = *acquire;
    held->nested = nested;
    held->depth = 1;
    held->order = ++thread->orders;
    held->state = MUTRAY__HELD_NOW;
    if (!mutray__is_armed(tls)) {
        thread->parked = tls->countdown;
        tls->countdown = 0;
    }
    tls->held |= 1u << at;
}

void mutray__held_look_for_old(struct mutray__thread *thread)
{
    if (++thread->armed_calls % ARMED_CALLS_UNTIL_LOOK != 0)
        return;
    uint64_t now = mutray__now();
    for (uint32_t bits = mutray__tls.held; bits != 0; bits &= bits - 1) {
        struct mutray__held *held = &thread->held[__builtin_ctz(bits)];
        if (held->state == MUTRAY__HELD_NOW && now - held->acquire.start > OLDEST_HOLD_NS)
            mutray__held_orphan(thread, held);
    }
}

void mutray__held_abandon(struct mutray__thread *thread)
{
    for (uint32_t bits = mutray__tls.held; bits != 0; bits &= bits - 1) {
        struct mutray__held *held = &thread->held[__builtin_ctz(bits)];
        if (held->state != MUTRAY__HELD_READY)
            mutray__held_orphan(thread, held);
        finish(thread, held);
    }
}
