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

#define LIKELY(condition) __builtin_expect(!!(condition), 1)
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

/* Adds what the table has no entry for yet. Returns the table there is then. */
static __attribute__((noinline)) struct mutray__table *add_new(struct mutray__thread *thread,
                                                               struct mutray__table *table,
                                                               const struct mutray__entry_key *key, double count,
                                                               double time)
{
    if (mutray__table_wants_growth(table, key))
        table = grow(thread, table);
    enum mutray__table_result result = mutray__table_add(table, key, count, time);
    if (result == MUTRAY__TABLE_FOLDED)
        mutray__lose(thread, MUTRAY__LOST_stacks_folded);
    else if (result == MUTRAY__TABLE_FULL)
        mutray__lose(thread, MUTRAY__LOST_drops_region);
    return table;
}

static inline struct mutray__table *add(struct mutray__thread *thread, struct mutray__table *table,
                                        const struct mutray__entry_key *key, double count, double time)
{
    struct mutray__entry *entry = mutray__table_find(table, key);
    if (!LIKELY(entry != NULL && !mutray__entry_is_free(entry)))
        return add_new(thread, table, key, count, time);
    entry->count += count;
    entry->time += time;
    return table;
}

static double weight_of(const struct mutray__acquire *acquire)
{
    const struct mutray__settings *settings = &mutray__settings;
    if (!acquire->contended || acquire->untried)
        return settings->uncontended_weight;
    if (settings->every_wait || !settings->config.upscale || acquire->wait >= settings->config.wait_period_ns ||
        acquire->wait == 0)
        return 1;
    return (double)settings->config.wait_period_ns / (double)acquire->wait;
}

/* Most threads never see a span, so the room for them is made when one does. */
void mutray__held_note_span(struct mutray__thread *thread, unsigned at)
{
    struct mutray__span span = mutray__span_now(&mutray__tls);
    if (thread->spans == NULL && span.id != 0) {
        thread->spans = mutray__pool_get(MUTRAY__HELD * sizeof *thread->spans);
        if (thread->spans == NULL)
            mutray__lose(thread, MUTRAY__LOST_apart_folded);
    }
    if (thread->spans != NULL)
        thread->spans[at] = span;
}

static struct mutray__span span_at_acquire(const struct mutray__thread *thread, const struct mutray__held *held)
{
    return thread->spans != NULL ? thread->spans[held - thread->held] : (struct mutray__span){0};
}

/*
 * Adds an event where it is to be told from others like it: at `end`, and inside a span. Without room for that, and
 * outside of spans when there is no timeline, it is added up with them.
 */
static __attribute__((noinline)) struct mutray__table *add_apart(struct mutray__thread *thread,
                                                                 struct mutray__table *table,
                                                                 const struct mutray__entry_key *key, double count,
                                                                 double time, uint64_t end, struct mutray__span span)
{
    bool timeline = mutray__settings.config.timeline;
    struct mutray__apart_event event = {*key, count, time, timeline ? end : 0, span};
    if (!timeline && span.id == 0)
        return add(thread, table, key, count, time);
    if (mutray__apart_keep(table, &event))
        return table;
    mutray__lose(thread, MUTRAY__LOST_apart_folded);
    return add(thread, table, key, count, time);
}

static inline struct mutray__table *add_acquire(struct mutray__thread *thread, struct mutray__table *table,
                                                const struct mutray__held *held, double weight)
{
    const struct mutray__acquire *acquire = &held->acquire;
    struct mutray__entry_key key = mutray__key_of_acquire(acquire);
    double time = 0;
    if (acquire->contended) {
        key.stack = mutray__pair((uint32_t)acquire->stack, acquire->holder_site);
        key.event = mutray__event_of(acquire, acquire->stack, acquire->wait) | MUTRAY__EVENT_IS_CONTENDED |
                    acquire->holder_tid;
        time = weight * (double)(int64_t)acquire->wait;
    }
    if (!LIKELY(!mutray__tls.apart))
        return add_apart(thread, table, &key, weight, time, acquire->start, span_at_acquire(thread, held));
    return add(thread, table, &key, weight, time);
}

static inline struct mutray__table *add_release(struct mutray__thread *thread, struct mutray__table *table,
                                                const struct mutray__held *held, struct mutray__release release,
                                                double weight)
{
    uint64_t hold = mutray__ns_between(held->acquire.start, held->end);
    struct mutray__entry_key key = mutray__key_of_release(&held->acquire, release, hold);
    double time = weight * (double)(int64_t)hold;
    if (!LIKELY(!mutray__tls.apart))
        return add_apart(thread, table, &key, weight, time, held->end, mutray__span_now(&mutray__tls));
    return add(thread, table, &key, weight, time);
}

/* Adds an entry's acquire, and its release if it was seen, to the thread's table. */
static void record(struct mutray__thread *thread, const struct mutray__held *held,
                          struct mutray__release release)
{
    bool with_release = !held->nested && release.site != 0;
    double weight = weight_of(&held->acquire);
    unsigned sequence = mutray__sequence_begin(thread);
    struct mutray__table *table = atomic_load_explicit(&thread->table, memory_order_acquire);
    if (!LIKELY(table != NULL)) {
        mutray__lose(thread, MUTRAY__LOST_drops_busy);
        if (with_release)
            mutray__lose(thread, MUTRAY__LOST_drops_busy);
    } else {
        table = add_acquire(thread, table, held, weight);
        if (with_release)
            add_release(thread, table, held, release, weight);
    }
    mutray__sequence_end(thread, sequence);
}

void mutray__held_finish(struct mutray__thread *thread, struct mutray__held *held, struct mutray__release release)
{
    record(thread, held, release);
    mutray__held_free(thread, held);
}

bool mutray__held_nests(struct mutray__thread *thread, const void *lock, enum mutray__mode mode, unsigned level,
                        struct mutray__held **ret_before)
{
    struct mutray__held *before = mutray__held_find(thread, lock);
    if (before == NULL)
        return level > 1 && level != MUTRAY__LEVEL_UNKNOWN;
    if (level > 1 || (mode == MUTRAY__MODE_READ && before->acquire.mode == MUTRAY__MODE_READ)) {
        *ret_before = before;
        return true;
    }
    mutray__held_orphan(thread, before);
    return false;
}

void mutray__held_record(struct mutray__thread *thread)
{
    thread->has_orphans = false;
    for (uint32_t bits = mutray__tls.held; bits != 0; bits &= bits - 1) {
        struct mutray__held *held = &thread->held[__builtin_ctz(bits)];
        if (held->state == MUTRAY__HELD_READY)
            mutray__held_finish(thread, held, MUTRAY__RELEASE_MISSED);
    }
}

void mutray__held_orphan(struct mutray__thread *thread, struct mutray__held *held)
{
    held->state = MUTRAY__HELD_READY;
    thread->has_orphans = true;
    mutray__lose(thread, MUTRAY__LOST_holds_orphaned);
}

static struct mutray__held *oldest_held(struct mutray__thread *thread)
{
    struct mutray__held *oldest = NULL;
    for (uint32_t bits = mutray__tls.held; bits != 0; bits &= bits - 1) {
        struct mutray__held *held = &thread->held[__builtin_ctz(bits)];
        if (oldest == NULL || held->acquire.start < oldest->acquire.start)
            oldest = held;
    }
    return oldest;
}

void mutray__held_make_room(struct mutray__thread *thread)
{
    struct mutray__held *oldest = oldest_held(thread);
    if (oldest->state != MUTRAY__HELD_READY)
        mutray__held_orphan(thread, oldest);
    mutray__held_finish(thread, oldest, MUTRAY__RELEASE_MISSED);
}

void mutray__held_look_for_old(struct mutray__thread *thread)
{
    uint64_t now = mutray__ticks();
    for (uint32_t bits = mutray__tls.held; bits != 0; bits &= bits - 1) {
        struct mutray__held *held = &thread->held[__builtin_ctz(bits)];
        if (held->state == MUTRAY__HELD_NOW && mutray__ns_between(held->acquire.start, now) > OLDEST_HOLD_NS)
            mutray__held_orphan(thread, held);
    }
}

void mutray__held_abandon(struct mutray__thread *thread)
{
    for (uint32_t bits = mutray__tls.held; bits != 0; bits &= bits - 1) {
        struct mutray__held *held = &thread->held[__builtin_ctz(bits)];
        if (held->state != MUTRAY__HELD_READY)
            mutray__held_orphan(thread, held);
        mutray__held_finish(thread, held, MUTRAY__RELEASE_MISSED);
    }
}
