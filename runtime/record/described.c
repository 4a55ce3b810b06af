/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Functions that a project describes as lock functions: `uv_mutex_lock`, say, of a library that nobody instrumented.
 * Their locks are opaque, so nothing can be tried first: each call is timed from outside, and one that took longer than
 * any uncontended lock takes counts as contended. Everything else is as for the C library's functions.
 *
 * What is between mutray__enter and mutray__leave is in the caller's frame, and may be left by longjmp: nothing here
 * needs the second half to come.
 */
#include "events.h"

/* Numbered as functions.def explains them. */
enum role {
    INIT, DESTROY, ACQUIRE, TRY, TIMED, RELEASE, WAIT, TIMED_WAIT, READ, TRY_READ, TIMED_READ, WRITE, TRY_WRITE,
    TIMED_WRITE
};

struct described {
    void *lock;
    struct mutray__site *site;
    uint64_t start;
    const void *former;
    struct mutray__releasing releasing;
};
_Static_assert(sizeof(struct described) <= sizeof(struct mutray__call), "the caller's memory must do");

static enum role role_of(const struct mutray__site *site)
{
    return site->what & 0xff;
}

static struct mutray__lock_call call_of(struct mutray__site *site, const void *lock, const void *frame)
{
    enum role role = role_of(site);
    enum mutray__mode mode = role >= WRITE ? MUTRAY__MODE_WRITE : role >= READ ? MUTRAY__MODE_READ : MUTRAY__MODE_NONE;
    enum mutray__kind kind = site->what >> 8 & 3;
    return (struct mutray__lock_call){lock, site, frame, kind, mode, .opaque = true};
}

__attribute__((visibility("default"))) void mutray__enter(struct mutray__call *memory, void *lock,
                                                          struct mutray__site *site)
{
    struct described *described = (struct described *)memory;
    described->lock = lock;
    described->site = site;
    struct mutray__lock_call call = call_of(site, lock, __builtin_frame_address(0));
    switch (role_of(site)) {
    case INIT:
        described->former = mutray__making_begin();
        break;
    case RELEASE:
    case WAIT:
    case TIMED_WAIT:
        described->releasing.thread = NULL;
        if (mutray__tls.held != 0)
            mutray__release_begin(&described->releasing, &call);
        break;
    default:
        described->start = mutray__ticks();
    }
}

static void acquired(const struct described *described, const struct mutray__lock_call *call)
{
    struct mutray__tls *tls = &mutray__tls;
    struct mutray__attempt attempt;
    enum role role = role_of(described->site);
    bool can_wait = role != TRY && role != TRY_READ && role != TRY_WRITE;
    if (can_wait && mutray__ns_between(described->start, mutray__ticks()) >= MUTRAY__CONTENDED_NS) {
        mutray__acquire_blocks(&attempt, call, true);
        attempt.acquire.start = described->start;
    } else if (mutray__count_past(tls)) {
        mutray__note_recent(tls->thread, call->lock, call->site);
        return;
    } else {
        mutray__acquire_begin(&attempt, call);
    }
    mutray__acquire_end(&attempt, call, 0);
}

/* The wait is over, and the lock held again. */
static void reacquired(const struct mutray__lock_call *call)
{
    struct mutray__attempt attempt;
    if (mutray__count_past(&mutray__tls))
        return;
    mutray__acquire_begin(&attempt, call);
    mutray__acquire_end(&attempt, call, 0);
}

__attribute__((visibility("default"))) void mutray__leave(struct mutray__call *memory, int succeeded, int indirect)
{
    struct described *described = (struct described *)memory;
    const void *lock = described->lock;
    if (indirect && succeeded && lock != NULL)
        lock = *(void **)described->lock;
    struct mutray__lock_call call = call_of(described->site, lock, __builtin_frame_address(0));
    int saved_errno = errno;
    switch (role_of(described->site)) {
    case INIT:
        mutray__making_end(described->site, succeeded ? lock : NULL, indirect > 1, described->former);
        break;
    case DESTROY:
        if (succeeded)
            mutray__destroyed(lock);
        break;
    case RELEASE:
        if (described->releasing.thread != NULL)
            mutray__release_end(&described->releasing, &call, succeeded ? 0 : -1);
        break;
    case WAIT:
    case TIMED_WAIT:
        /* Whether it failed or timed out cannot be told; either way the lock is held now, and was not for a while. */
        if (described->releasing.thread != NULL)
            mutray__release_end(&described->releasing, &call, 0);
        reacquired(&call);
        break;
    default:
        if (succeeded)
            acquired(described, &call);
    }
    errno = saved_errno;
}
