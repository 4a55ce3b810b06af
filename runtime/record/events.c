/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What happens when an acquire is chosen. Two rules choose, and never both for one acquire:
 *
 *  - contended: kept with probability min(1, wait/R) and weight 1/p, so that cost is bounded by time spent waiting, and
 *    the total wait is estimated to a fraction of a percent where sampling every hundredth would be off by a third. The
 *    random number is drawn before the wait: an acquire is kept when its wait reaches u * R.
 *  - uncontended: the thread's countdown, geometric with the mean 1/p.
 *
 * A chosen acquire is tracked in the thread's table of held locks, and its release is then recorded with the same
 * weight. The work lies outside the critical section: place, name and stack are found before the lock is taken, the
 * tables are updated after it is released. Inside are the copy to the table of held locks and the reading of the clock:
 * once, at the release, for an uncontended acquire (its hold begins at the successful try, timed just before), and once
 * more at the end of a wait. The release is timed before the unlock, not after: waking a waiter may well put this
 * thread to sleep, and holds would then overlap.
 *
 * While locks are tracked the thread is armed: its countdown rests, so that all its acquires come here and a second
 * acquire of a tracked lock is noticed. For recursive locks (and readers) it is one more level; otherwise the release
 * happened elsewhere, in another thread for instance, and the tracked hold has lost its end.
 *
 * `busy` keeps a signal handler out of the tables that the thread it interrupted was changing. It is never set while
 * the program's own lock call runs. Handlers that leave by longjmp leave it set: an owner whose frame lies below the
 * present one on the same stack is gone.
 */
#include "events.h"

#include "held.h"

#define LIKELY(condition) __builtin_expect(!!(condition), 1)
#define PASSES_UNTIL_STALE 10000
#define ARMED_CALLS_UNTIL_LOOK 4096

/* --- the busy mark --- */

/* How far the thread has come: stands still while a mark stays that its owner has left behind. */
static unsigned progress_of(const struct mutray__thread *thread)
{
    return atomic_load_explicit(&thread->sequence, memory_order_relaxed) + thread->armed_calls;
}

static bool is_stale(struct mutray__tls *tls, uintptr_t frame)
{
    struct mutray__thread *thread = tls->thread;
    if (thread != NULL && progress_of(thread) != thread->passed_at) {
        thread->passed_at = progress_of(thread);
        tls->passed = 0;
    }
    if (tls->passed >= PASSES_UNTIL_STALE)
        return true;
    return thread != NULL && tls->busy <= frame && tls->busy > thread->bounds.low && frame < thread->bounds.high;
}

static __attribute__((noinline)) struct mutray__thread *enter_with_care(const void *frame)
{
    struct mutray__tls *tls = &mutray__tls;
    if (tls->busy != 0 && !is_stale(tls, (uintptr_t)frame)) {
        tls->passed++;
        mutray__lose_global(MUTRAY__LOST_reentrant);
        return NULL;
    }
    tls->passed = 0;
    tls->busy = (uintptr_t)frame;
    atomic_signal_fence(memory_order_seq_cst);
    struct mutray__thread *thread = mutray__thread_self();
    if (thread == NULL)
        tls->busy = 0;
    return thread;
}

static inline struct mutray__thread *enter(const void *frame)
{
    struct mutray__tls *tls = &mutray__tls;
    if (!LIKELY(tls->busy == 0 && !mutray__thread_is_fresh(tls)))
        return enter_with_care(frame);
    tls->busy = (uintptr_t)frame;
    atomic_signal_fence(memory_order_seq_cst);
    return tls->thread;
}

static inline void leave(void)
{
    atomic_signal_fence(memory_order_seq_cst);
    mutray__tls.busy = 0;
}

/* --- acquires --- */

/* A module's pointer is set with its first unit; constructors may run before the others are attached. */
static bool is_joined(const struct mutray__site *site)
{
    return site->lock == NULL || __atomic_load_n(&site->lock->joined, __ATOMIC_ACQUIRE) != NULL;
}

/* Another thread may just be making it. */
static bool has_record(const struct mutray__site *site)
{
    return __atomic_load_n(&site->id, __ATOMIC_RELAXED) != 0;
}

/* 0: not to be recorded; then `*ret_lost` says whether for want of memory. */
static uint64_t find_key(const void *lock, struct mutray__site *site, enum mutray__kind kind, bool *ret_lost)
{
    const struct mutray__arena *arena = &mutray__names_arena;
    struct mutray__site *speaker = mutray__speaker(site, lock);
    *ret_lost = false;
    if (!has_record(speaker) && !is_joined(speaker))
        return 0;
    struct mutray__site_record *record = mutray__site_record(speaker);
    struct mutray__name_record *name = record != NULL ? mutray__name_of(record, lock, kind) : NULL;
    *ret_lost = name == NULL;
    if (name == NULL || mutray__is_excluded(name, record))
        return 0;
    return mutray__pair(mutray__arena_ref(arena, record), mutray__arena_ref(arena, name));
}

uint64_t mutray__acquire_key(const void *lock, struct mutray__site *site, enum mutray__kind kind)
{
    bool lost;
    return find_key(lock, site, kind, &lost);
}

/* Finds out all that can be known before the lock is taken. */
static inline bool prepare(struct mutray__thread *thread, struct mutray__acquire *acquire,
                    const struct mutray__lock_call *call)
{
    bool lost;
    uint64_t key = find_key(call->lock, call->site, call->kind, &lost);
    if (lost)
        mutray__lose(thread, MUTRAY__LOST_drops_region);
    if (key == 0)
        return false;
    acquire->lock = call->lock;
    acquire->key = key;
    acquire->stack = mutray__thread_stack(thread, call->frame);
    acquire->holder_site = 0;
    acquire->holder_tid = 0;
    acquire->wait = 0;
    acquire->contended = false;
    acquire->untried = false;
    acquire->mode = (uint8_t)call->mode;
    return true;
}

/*
 * Whether this acquire is the one that the countdown was for. `fresh`: the thread has only just begun to count. Without
 * tracked locks the countdown was found spent, or it would not have come here, even if a signal handler's lock has set
 * it anew since.
 */
static inline bool count_down(struct mutray__thread *thread, bool fresh)
{
    struct mutray__tls *tls = &mutray__tls;
    int64_t *counter = &tls->countdown;
    if (mutray__settings.everything && tls->held == 0) {
        tls->countdown = 0;
        return true;
    }
    if (mutray__is_armed(tls)) {
        if (++thread->armed_calls % ARMED_CALLS_UNTIL_LOOK == 0)
            mutray__held_look_for_old(thread);
        tls->countdown = 0;
        counter = &thread->parked;
        --*counter;
    } else if (fresh) {
        --*counter;
    } else if (*counter >= 0) {
        return true;
    }
    if (*counter >= 0)
        return false;
    *counter = mutray__thread_gap(thread);
    return true;
}

void mutray__acquire_begin(struct mutray__attempt *attempt, const struct mutray__lock_call *call)
{
    bool fresh = mutray__thread_is_fresh(&mutray__tls);
    struct mutray__thread *thread = enter(call->frame);
    attempt->thread = thread;
    attempt->prepared = false;
    attempt->acquire.contended = false;
    if (thread == NULL)
        return;
    if (count_down(thread, fresh))
        attempt->prepared = prepare(thread, &attempt->acquire, call);
    leave();
    if (attempt->prepared)
        attempt->acquire.start = mutray__ticks();
}

/* Who holds the lock, as far as the C library's lock tells. */
static uint32_t owner_of(const struct mutray__lock_call *call)
{
    if (call->opaque)
        return 0;
#ifdef __GLIBC__
    if (call->kind == MUTRAY__KIND_MUTEX || call->kind == MUTRAY__KIND_MTX) /* an mtx_t is a pthread_mutex_t inside */
        return (uint32_t)__atomic_load_n(&((const pthread_mutex_t *)call->lock)->__data.__owner, __ATOMIC_RELAXED);
    if (call->kind == MUTRAY__KIND_RWLOCK)
        return (uint32_t)__atomic_load_n(&((const pthread_rwlock_t *)call->lock)->__data.__cur_writer,
                                         __ATOMIC_RELAXED);
#else
    (void)call;
#endif
    return 0;
}

static void find_holder(struct mutray__acquire *acquire, const struct mutray__lock_call *call)
{
    acquire->holder_tid = owner_of(call);
    struct mutray__thread *holder = mutray__thread_by_tid(acquire->holder_tid);
    if (holder == NULL)
        return;
    struct mutray__recent *recent = mutray__recent(holder, call->lock);
    if (atomic_load_explicit(&recent->lock, memory_order_relaxed) == call->lock)
        acquire->holder_site = atomic_load_explicit(&recent->site, memory_order_relaxed);
}

void mutray__acquire_blocks(struct mutray__attempt *attempt, const struct mutray__lock_call *call, bool unseen)
{
    if (unseen) {
        attempt->thread = NULL;
        attempt->prepared = false;
    } else if (attempt->thread == NULL) {
        return;
    }
    struct mutray__thread *thread = enter(call->frame);
    attempt->thread = thread;
    if (thread == NULL)
        return;
    if (attempt->prepared || prepare(thread, &attempt->acquire, call)) {
        attempt->prepared = true;
        attempt->acquire.contended = true;
        attempt->keep_from = 0;
        if (!mutray__settings.every_wait)
            attempt->keep_from = (uint64_t)((double)(mutray__random_next(&thread->random) >> 11) * 0x1p-53 *
                                            (double)mutray__settings.config.wait_period_ns) + 1;
        find_holder(&attempt->acquire, call);
    }
    leave();
    attempt->acquire.start = mutray__ticks();
}

/* The lock is held. Puts it into the table of held locks, if it was chosen; finds out about levels and lost ends. */
static inline void track(struct mutray__thread *thread, const struct mutray__attempt *attempt,
                  const struct mutray__lock_call *call)
{
    unsigned level = call->opaque ? MUTRAY__LEVEL_UNKNOWN : mutray__recursive_level(call->lock, call->kind);
    struct mutray__held *before = NULL;
    bool nested = mutray__held_again(thread, call->lock, call->mode, level, &before);
    if (before != NULL && !attempt->prepared)
        before->depth++;
    if (attempt->prepared)
        *mutray__held_push(thread, nested) = attempt->acquire;
    mutray__note_recent(thread, call->lock, call->site);
}

/* The lock is held since now: the wait is over, the hold begins. */
static void end_wait(struct mutray__acquire *acquire)
{
    uint64_t now = mutray__ticks();
    acquire->wait = mutray__ns_between(acquire->start, now);
    acquire->start = now;
}

static inline void keep(struct mutray__attempt *attempt, const struct mutray__lock_call *call)
{
    struct mutray__thread *thread = enter(call->frame);
    if (thread != NULL) {
        track(thread, attempt, call);
        leave();
    }
}

int mutray__acquire_end(struct mutray__attempt *attempt, const struct mutray__lock_call *call, int result)
{
    if (attempt->thread == NULL || !mutray__is_acquired(result))
        return result;
    if (attempt->prepared && attempt->acquire.contended) {
        end_wait(&attempt->acquire);
        attempt->prepared = attempt->acquire.wait >= attempt->keep_from;
    }
    keep(attempt, call);
    return result;
}

int mutray__acquire_end_untried(struct mutray__attempt *attempt, const struct mutray__lock_call *call, int result)
{
    if (attempt->thread == NULL || !mutray__is_acquired(result))
        return result;
    if (attempt->prepared) {
        end_wait(&attempt->acquire);
        attempt->acquire.untried = true;
        attempt->acquire.contended = attempt->acquire.wait >= MUTRAY__CONTENDED_NS;
    }
    keep(attempt, call);
    return result;
}

/* --- releases --- */

void mutray__release_record(struct mutray__thread *thread, struct mutray__held *held, const void *lock,
                            struct mutray__site *site, const void *frame)
{
    struct mutray__site_record *record = mutray__site_record(mutray__speaker(site, lock));
    if (record == NULL)
        mutray__lose(thread, MUTRAY__LOST_drops_region);
    struct mutray__release release = {mutray__arena_ref(&mutray__names_arena, record),
                                      mutray__thread_stack(thread, frame)};
    mutray__held_finish(thread, held, release);
}

void mutray__release_begin(struct mutray__releasing *releasing, const struct mutray__lock_call *call)
{
    struct mutray__thread *thread = enter(call->frame);
    releasing->thread = thread;
    releasing->held = NULL;
    if (thread == NULL)
        return;
    struct mutray__held *held = mutray__held_find(thread, call->lock);
    releasing->held = held;
    if (held != NULL) {
        releasing->level = held->depth > 1;
        if (releasing->level) {
            held->depth--;
        } else {
            held->state = MUTRAY__HELD_ENDED;
            held->end = mutray__ticks();
        }
    }
    leave();
}

int mutray__release_end(struct mutray__releasing *releasing, const struct mutray__lock_call *call, int result)
{
    struct mutray__held *held = releasing->held;
    if (releasing->thread == NULL)
        return result;
    struct mutray__thread *thread = enter(call->frame);
    if (thread == NULL)
        return result;
    if (held != NULL && result != 0) {
        if (releasing->level)
            held->depth++;
        else
            held->state = MUTRAY__HELD_NOW;
    } else if (held != NULL && !releasing->level) {
        mutray__release_record(thread, held, call->lock, call->site, call->frame);
    }
    if (mutray__tls.held != 0)
        mutray__held_record(thread);
    leave();
    return result;
}

/* --- condition waits --- */

void mutray__wait_begin(struct mutray__attempt *attempt, const struct mutray__lock_call *call)
{
    bool fresh = mutray__thread_is_fresh(&mutray__tls);
    struct mutray__thread *thread = enter(call->frame);
    attempt->thread = thread;
    attempt->prepared = false;
    if (thread == NULL)
        return;
    if (count_down(thread, fresh))
        attempt->prepared = prepare(thread, &attempt->acquire, call);
    struct mutray__held *held = mutray__held_find(thread, call->lock);
    if (held != NULL && held->depth == 1) {
        /* Recorded here and now, although the lock is held: the wait may last until the program ends. */
        held->end = mutray__ticks();
        mutray__release_record(thread, held, call->lock, call->site, call->frame);
        mutray__held_record(thread);
    }
    leave();
}

int mutray__wait_end(struct mutray__attempt *attempt, const struct mutray__lock_call *call, int result, int timed_out)
{
    if (attempt->thread == NULL || (!mutray__is_acquired(result) && result != timed_out))
        return result;
    if (attempt->prepared)
        attempt->acquire.start = mutray__ticks();
    keep(attempt, call);
    return result;
}

/* --- beginnings and ends --- */

/* A lock begins or ends: if it is still tracked here, its release was missed. */
static void forget(const void *lock)
{
    if (mutray__tls.held == 0)
        return;
    struct mutray__thread *thread = enter(__builtin_frame_address(0));
    if (thread == NULL)
        return;
    struct mutray__held *held = mutray__held_find(thread, lock);
    if (held != NULL)
        mutray__held_orphan(thread, held);
    mutray__held_record(thread);
    leave();
}

static const char making; /* its address: no lock was initialised yet since a function began that makes one */

void mutray__created(struct mutray__site *site, const void *lock)
{
    forget(lock);
    mutray__address_created(mutray__speaker(site, lock), lock, mutray__tls.created == &making);
    mutray__tls.created = lock;
}

void mutray__destroyed(const void *lock)
{
    forget(lock);
    mutray__address_destroyed(lock);
}

void mutray__received(struct mutray__site *site, const void *lock)
{
    /* A function may also return a lock that was there before; then it keeps its name. */
    mutray__address_received(site, lock, mutray__tls.created == lock);
    mutray__tls.created = NULL;
}

const void *mutray__making_begin(void)
{
    const void *former = mutray__tls.created;
    mutray__tls.created = &making;
    return former;
}

void mutray__making_end(struct mutray__site *site, const void *lock, bool inner, const void *former)
{
    const void *made = lock != NULL && mutray__tls.created != &making ? mutray__tls.created : NULL;
    if (made != NULL)
        mutray__received(site, made);
    if (lock != NULL && made != lock && !inner)
        mutray__created(site, lock);
    /* What this function made, one around it has made. */
    mutray__tls.created = former == &making && made != NULL ? made : former;
}
