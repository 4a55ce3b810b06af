/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One function for each lock function, with the site as one parameter more, generated from functions.def: what it does
 * follows from the role. These are the fast path: a lock that is not chosen costs a countdown, two stores that say
 * where the lock is taken, for others that wait for it, and the lock function (tried first, so that waiting is
 * noticed).
 *
 * To behave as the plain function does in all circumstances:
 *  - Only "busy" from a try leads to the function that blocks; any other result is the result.
 *  - While the process has one thread, glibc's pthread_mutex_lock saves the atomic operation that a try costs, and
 *    there is nobody to wait for: the plain function is called.
 *  - glibc's try of an unrecoverable robust mutex says so, but leaves it locked; the next lock would wait for ever.
 *    Robust mutexes are not tried: they are timed from outside when chosen. So is all under lock elision, where every
 *    call comes to the slow half, so that the fast one need not ask.
 *  - Functions with a time limit may reject a malformed time or clock even when the lock is free. Such calls go
 *    straight to the function.
 *  - All slow work is in events.c; nothing here changes errno.
 */
#include "ops.h"

#include "events.h"
#include "quick.h"

#include <threads.h>
#ifdef __GLIBC__
#if __GLIBC_PREREQ(2, 32)
#include <sys/single_threaded.h>
#define HAVE_SINGLE_THREADED 1
#endif
#endif

#define LIKELY(condition) __builtin_expect(!!(condition), 1)

/* Whether there is no point in trying first. */
static inline bool is_alone(void)
{
#ifdef HAVE_SINGLE_THREADED
    return __libc_single_threaded;
#else
    return false;
#endif
}

/* Whether trying would change what happens later. */
#define SPOILT_MUTEX(lock) is_robust(lock)
#define SPOILT_MTX(lock) false
#define SPOILT_RWLOCK(lock) false
#define SPOILT_SPIN(lock) false

static inline bool is_robust(const pthread_mutex_t *mutex)
{
#ifdef __GLIBC__
    return (mutex->__data.__kind & 16) != 0; /* PTHREAD_MUTEX_ROBUST_NORMAL_NP, inside glibc */
#else
    (void)mutex;
    return false;
#endif
}

static inline bool is_well_formed(clockid_t clock, const struct timespec *time)
{
    return (clock == CLOCK_REALTIME || clock == CLOCK_MONOTONIC) && time->tv_nsec >= 0 && time->tv_nsec < 1000000000;
}

/* The time limit, with or without a clock, among the last arguments of a function. */
#define TIME_2(lock, time) is_well_formed(CLOCK_REALTIME, time)
#define TIME_3(lock, clock, time) is_well_formed(clock, time)
#define WAIT_TIME_3(condition, lock, time) is_well_formed(CLOCK_REALTIME, time)
#define WAIT_TIME_4(condition, lock, clock, time) is_well_formed(clock, time)
#define PICK(_1, _2, _3, _4, name, ...) name
#define TIME_IS_WELL_FORMED(...) PICK(__VA_ARGS__, , TIME_3, TIME_2, , )(__VA_ARGS__)
#define WAIT_TIME_IS_WELL_FORMED(...) PICK(__VA_ARGS__, WAIT_TIME_4, WAIT_TIME_3, , , )(__VA_ARGS__)

/* How to try, and what says that the lock is taken, for each kind and mode. */
#define TRY_MUTEX(lock) pthread_mutex_trylock(lock)
#define TRY_SPIN(lock) pthread_spin_trylock(lock)
#define TRY_MTX(lock) mtx_trylock(lock)
#define BUSY_MUTEX EBUSY
#define BUSY_RWLOCK EBUSY
#define BUSY_SPIN EBUSY
#define BUSY_MTX thrd_busy
#define TIMED_OUT_MUTEX ETIMEDOUT
#define TIMED_OUT_MTX thrd_timedout

#define UNWRAP(...) __VA_ARGS__
#define LOCK(number) mutray__##number
/*
 * The slow half of a function is apart, and so is the try: what precedes them then needs no frame at all. The slow
 * half's own frame is where the stack is walked from; whoever called it, the fast half or, where that is a jump, the
 * program, is not looked at.
 */
#define SLOW static __attribute__((noinline)) int
#define PARAMETERS(parameters) UNWRAP parameters, struct mutray__site *site
#define CALL(kind, mode, number)                                                                                       \
    const struct mutray__lock_call call = {                                                                            \
        (const void *)LOCK(number), site, __builtin_frame_address(0), MUTRAY__KIND_##kind, MUTRAY__MODE_##mode, false}
/* The short way of a chosen acquire; past this point it is the long one. `busy`: what leads on to waiting. */
#define QUICKLY(kind, mode, number, try, busy)                                                                         \
    do {                                                                                                               \
        const void *frame = __builtin_frame_address(0);                                                                \
        struct mutray__chosen chosen = {0, 0};                                                                         \
        if (!SPOILT_##kind(LOCK(number)))                                                                              \
            chosen = mutray__quick_choose((const void *)LOCK(number), site, MUTRAY__KIND_##kind, frame);               \
        if (!LIKELY(chosen.key != 0)) break;                                                                           \
        uint64_t start = mutray__ticks();                                                                              \
        int result = try;                                                                                              \
        if (LIKELY(result == 0))                                                                                       \
            mutray__quick_acquired(chosen, (const void *)LOCK(number), site, frame, start, MUTRAY__MODE_##mode,        \
                                   mutray__recursive_level((const void *)LOCK(number), MUTRAY__KIND_##kind));          \
        if (!LIKELY(busy)) return result;                                                                              \
    } while (0)
#define NOTE_ACQUIRED(tls, number) mutray__note_recent((tls)->thread, (const void *)LOCK(number), site)

#define BLOCKING(name, kind, mode, number, parameters, arguments, well_formed, try)                                    \
    SLOW slow_##name(PARAMETERS(parameters), bool unseen)                                                              \
    {                                                                                                                  \
        if (LIKELY(!unseen)) QUICKLY(kind, mode, number, try, unseen = result == BUSY_##kind);                         \
        struct mutray__attempt attempt;                                                                                \
        CALL(kind, mode, number);                                                                                      \
        if (!unseen) {                                                                                                 \
            mutray__acquire_begin(&attempt, &call);                                                                    \
            if (SPOILT_##kind(LOCK(number)) || !mutray__settings.try_first)                                            \
                return mutray__acquire_end_untried(&attempt, &call, name arguments);                                   \
            int result = try;                                                                                          \
            if (result != BUSY_##kind) return mutray__acquire_end(&attempt, &call, result);                            \
        }                                                                                                              \
        mutray__acquire_blocks(&attempt, &call, unseen);                                                               \
        return mutray__acquire_end(&attempt, &call, name arguments);                                                   \
    }                                                                                                                  \
    static __attribute__((noinline)) int try_##name(PARAMETERS(parameters))                                            \
    {                                                                                                                  \
        int result = try;                                                                                              \
        if (!LIKELY(result != BUSY_##kind)) return slow_##name(UNWRAP arguments, site, true);                          \
        return result;                                                                                                 \
    }                                                                                                                  \
    static __attribute__((noinline)) int try_handed_##name(PARAMETERS(parameters))                                     \
    {                                                                                                                  \
        NOTE_ACQUIRED(&mutray__tls, number);                                                                           \
        return try_##name(UNWRAP arguments, site);                                                                     \
    }                                                                                                                  \
    static int op_##name(PARAMETERS(parameters))                                                                       \
    {                                                                                                                  \
        struct mutray__tls *tls = &mutray__tls;                                                                        \
        if (!(well_formed)) return name arguments;                                                                     \
        if (!LIKELY(mutray__count_past(tls))) return slow_##name(UNWRAP arguments, site, false);                       \
        if (is_alone() || SPOILT_##kind(LOCK(number))) return name arguments;                                          \
        if (!LIKELY((site->flags & MUTRAY__SITE_PARAMETER) == 0)) return try_handed_##name(UNWRAP arguments, site);    \
        /* Too early by a moment, but what follows is then a jump. */                                                  \
        mutray__note_place(tls->thread, (const void *)LOCK(number), site);                                             \
        return try_##name(UNWRAP arguments, site);                                                                     \
    }

#define NEVER_BLOCKING(name, kind, mode, number, parameters, arguments)                                                \
    SLOW slow_##name(PARAMETERS(parameters))                                                                           \
    {                                                                                                                  \
        QUICKLY(kind, mode, number, name arguments, false);                                                            \
        struct mutray__attempt attempt;                                                                                \
        CALL(kind, mode, number);                                                                                      \
        mutray__acquire_begin(&attempt, &call);                                                                        \
        return mutray__acquire_end(&attempt, &call, name arguments);                                                   \
    }                                                                                                                  \
    static int op_##name(PARAMETERS(parameters))                                                                       \
    {                                                                                                                  \
        struct mutray__tls *tls = &mutray__tls;                                                                        \
        if (!LIKELY(mutray__count_past(tls))) return slow_##name(UNWRAP arguments, site);                              \
        int result = name arguments;                                                                                   \
        if (mutray__is_acquired(result)) NOTE_ACQUIRED(tls, number);                                                   \
        return result;                                                                                                 \
    }

#define RELEASING(name, kind, number, parameters, arguments)                                                           \
    SLOW slow_##name(PARAMETERS(parameters))                                                                           \
    {                                                                                                                  \
        struct mutray__held *held;                                                                                     \
        if (LIKELY(mutray__quick_release((const void *)LOCK(number), &held))) {                                        \
            int result = name arguments;                                                                               \
            if (LIKELY(held != NULL))                                                                                  \
                mutray__quick_released(held, (const void *)LOCK(number), site, __builtin_frame_address(0), result);    \
            return result;                                                                                             \
        }                                                                                                              \
        struct mutray__releasing releasing;                                                                            \
        CALL(kind, NONE, number);                                                                                      \
        mutray__release_begin(&releasing, &call);                                                                      \
        return mutray__release_end(&releasing, &call, name arguments);                                                 \
    }                                                                                                                  \
    static int op_##name(PARAMETERS(parameters))                                                                       \
    {                                                                                                                  \
        if (LIKELY(mutray__tls.held == 0)) return name arguments;                                                      \
        return slow_##name(UNWRAP arguments, site);                                                                    \
    }

#define WAITING(name, kind, number, parameters, arguments, well_formed)                                                \
    SLOW slow_##name(PARAMETERS(parameters))                                                                           \
    {                                                                                                                  \
        struct mutray__attempt attempt;                                                                                \
        CALL(kind, NONE, number);                                                                                      \
        mutray__wait_begin(&attempt, &call);                                                                           \
        return mutray__wait_end(&attempt, &call, name arguments, TIMED_OUT_##kind);                                    \
    }                                                                                                                  \
    static int op_##name(PARAMETERS(parameters))                                                                       \
    {                                                                                                                  \
        if (!(well_formed) || LIKELY(mutray__count_past(&mutray__tls))) return name arguments;                         \
        return slow_##name(UNWRAP arguments, site);                                                                    \
    }

/* The result of an init or destroy function as a number; the one that returns nothing always succeeds. */
#define RESULT_int(call) int result = call
#define RESULT_void(call)                                                                                              \
    int result = 0;                                                                                                    \
    call
#define RETURN_int return result
#define RETURN_void (void)result

#define BEGINNING(returns, name, number, parameters, arguments)                                                        \
    static returns op_##name(PARAMETERS(parameters))                                                                   \
    {                                                                                                                  \
        const void *lock = (const void *)LOCK(number);                                                                 \
        RESULT_##returns(name arguments);                                                                              \
        if (result == 0) mutray__created(site, lock);                                                                  \
        RETURN_##returns;                                                                                              \
    }

#define ENDING(returns, name, number, parameters, arguments)                                                           \
    static returns op_##name(PARAMETERS(parameters))                                                                   \
    {                                                                                                                  \
        const void *lock = (const void *)LOCK(number);                                                                 \
        (void)site;                                                                                                    \
        RESULT_##returns(name arguments);                                                                              \
        if (result == 0) mutray__destroyed(lock);                                                                      \
        RETURN_##returns;                                                                                              \
    }

/* From role to form. */
#define ROLE_INIT(r, name, kind, l, p, a) BEGINNING(r, name, l, p, a)
#define ROLE_DESTROY(r, name, kind, l, p, a) ENDING(r, name, l, p, a)
#define ROLE_ACQUIRE(r, name, kind, l, p, a) BLOCKING(name, kind, NONE, l, p, a, true, TRY_##kind(LOCK(l)))
#define ROLE_TRY(r, name, kind, l, p, a) NEVER_BLOCKING(name, kind, NONE, l, p, a)
#define ROLE_TIMED(r, name, kind, l, p, a)                                                                             \
    BLOCKING(name, kind, NONE, l, p, a, TIME_IS_WELL_FORMED a, TRY_##kind(LOCK(l)))
#define ROLE_RELEASE(r, name, kind, l, p, a) RELEASING(name, kind, l, p, a)
#define ROLE_WAIT(r, name, kind, l, p, a) WAITING(name, kind, l, p, a, true)
#define ROLE_TIMED_WAIT(r, name, kind, l, p, a) WAITING(name, kind, l, p, a, WAIT_TIME_IS_WELL_FORMED a)
#define ROLE_READ(r, name, kind, l, p, a) BLOCKING(name, kind, READ, l, p, a, true, pthread_rwlock_tryrdlock(LOCK(l)))
#define ROLE_TRY_READ(r, name, kind, l, p, a) NEVER_BLOCKING(name, kind, READ, l, p, a)
#define ROLE_TIMED_READ(r, name, kind, l, p, a)                                                                        \
    BLOCKING(name, kind, READ, l, p, a, TIME_IS_WELL_FORMED a, pthread_rwlock_tryrdlock(LOCK(l)))
#define ROLE_WRITE(r, name, kind, l, p, a) BLOCKING(name, kind, WRITE, l, p, a, true, pthread_rwlock_trywrlock(LOCK(l)))
#define ROLE_TRY_WRITE(r, name, kind, l, p, a) NEVER_BLOCKING(name, kind, WRITE, l, p, a)
#define ROLE_TIMED_WRITE(r, name, kind, l, p, a)                                                                       \
    BLOCKING(name, kind, WRITE, l, p, a, TIME_IS_WELL_FORMED a, pthread_rwlock_trywrlock(LOCK(l)))

#define MUTRAY_FUNCTION(returns, name, kind, role, lock, parameters, arguments)                                        \
    ROLE_##role(returns, name, kind, lock, parameters, arguments)
#include "mutray/functions.def"
#undef MUTRAY_FUNCTION

void (*const mutray__ops_on[])(void) = {
#define MUTRAY_FUNCTION(returns, name, kind, role, lock, parameters, arguments) (void (*)(void)) op_##name,
#include "mutray/functions.def"
#undef MUTRAY_FUNCTION
};
