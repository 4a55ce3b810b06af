/* SPDX-License-Identifier: Apache-2.0 */
/*
 * `mutray start PID` for a program that runs with profiling off: it has no thread of ours, listens to nothing, handles
 * no signal of ours, and looks at nothing but the pointers `mutray__ops` of its modules, which are null. Those are
 * writable, though, for whoever may write to the process's memory (its user, a debugger's rights). So `mutray` writes a
 * request here and points a module's `mutray__ops` to the table of functions below: the door. The next lock call of the
 * program comes through it, carries out the request in passing, and goes on as the lock call that it is.
 *
 * A lock call is no place to allocate, wait or make a thread, and turning on recording needs none of that: it maps
 * memory and joins names. There is then nobody in the process to make profiles; `mutray stop` reads the tables through
 * /proc, as it would from a spool. Where the program exports by itself, because its environment said so, start and stop
 * only switch, and a request for a profile wakes the exporter.
 *
 * If the lock is not free that modules come and go under, the request is left to the next lock call.
 */
#include "control.h"

#include "drain.h"
#include "ops.h"

#include <errno.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <threads.h>

#define LOCK_TRIES 1000

static int (*ask_for_profile)(void); /* null: the process has no exporter */
static bool hears_of_sandboxes;
static bool driven;                  /* recording was started from outside */
static void (*const door[])(void);
extern struct mutray__unit *mutray__units;

/* The note. The name, and the content, which is the distance to the structure. */
__asm__(".pushsection .note.mutray, \"a\", %note\n"
        ".balign 4\n"
        ".long 7, 8, 2\n"
        ".asciz \"mutray\"\n"
        ".balign 4\n"
        "1: .quad mutray__control - 1b\n"
        ".popsection\n");

struct mutray__control mutray__control = {
    .abi = MUTRAY__CONTROL_ABI,
    .size = sizeof mutray__control,
    .layout = MUTRAY__SPOOL_LAYOUT,
    .door = door,
    .units = &mutray__units,
    .arenas = {&mutray__names_arena, &mutray__stacks_arena[0], &mutray__stacks_arena[1], &mutray__pool_arena},
    .lost = &mutray__lost,
};

void mutray__record_exports(int (*ask)(void))
{
    ask_for_profile = ask;
    atomic_store(&mutray__control.exports, 1);
}

void mutray__record_profiled(void)
{
    atomic_fetch_add(&mutray__control.profiles, 1);
}

bool mutray__record_is_on(void)
{
    return atomic_load_explicit(&mutray__control.on, memory_order_relaxed) != 0;
}

void mutray__record_hears_of_sandboxes(void)
{
    hears_of_sandboxes = true;
}

bool mutray__record_is_driven(void)
{
    return driven;
}

/* Everything from now on, nothing from before. */
static int start_driven(void)
{
    struct mutray__record_config config = mutray__control.config;
    struct timespec now;
    if (!hears_of_sandboxes)
        mutray__record_confine();
    driven = true;
    mutray__settings.anew = true;
    if (mutray__control.descriptor != 0)
        mutray__stack_use_descriptor(mutray__control.descriptor);
    mutray__forget_ended();
    memset(mutray__lost, 0, sizeof *mutray__lost);
    int error = mutray__start_locked(&config);
    if (error < 0)
        return error;
    clock_gettime(CLOCK_REALTIME, &now);
    mutray__tables_describe(&mutray__control.tables, &config, "", now.tv_sec * INT64_C(1000000000) + now.tv_nsec);
    mutray__control.tables.epoch = mutray__settings.epoch;
    return 0;
}

/* In a forked child the lock may be held for ever. A list without it is whole, at least (record.c). */
void mutray__record_abandon(void)
{
    bool locked = false;
    for (int i = 0; i < LOCK_TRIES && !(locked = mutray__units_try_lock()); i++)
        sched_yield();
    mutray__stop_locked();
    if (locked)
        mutray__units_unlock();
}

static int carry_out(uint32_t action)
{
    bool exports = atomic_load(&mutray__control.exports) != 0;
    int error = 0;
    switch (action) {
    case MUTRAY__CONTROL_START:
        if (mutray__record_is_on())
            return -EALREADY;
        return exports ? mutray__start_locked(&mutray__settings.config) : start_driven();
    case MUTRAY__CONTROL_STOP:
        if (!mutray__record_is_on())
            return -EALREADY;
        mutray__stop_locked();
        return exports ? ask_for_profile() : 0;
    case MUTRAY__CONTROL_FLUSH:
        error = exports ? ask_for_profile() : -ENOTSUP;
        mutray__switch_locked();
        return error;
    default:
        mutray__switch_locked();
        return -EINVAL;
    }
}

/* Whether the call that comes through is to be recorded. */
static bool come_through(void)
{
    int saved_errno = errno;
    if (mutray__units_try_lock()) {
        uint32_t asked = atomic_load(&mutray__control.asked);
        if (asked != atomic_load(&mutray__control.done)) {
            mutray__control.result = carry_out(mutray__control.action);
            atomic_store(&mutray__control.done, asked);
        }
        mutray__switch_locked();
        mutray__units_unlock();
    }
    errno = saved_errno;
    return mutray__record_is_on();
}

#define UNWRAP(...) __VA_ARGS__
#define RESULT_int(call) return call
#define RESULT_void(call) call
#define MUTRAY_FUNCTION(returns, name, kind, role, lock, parameters, arguments)                                        \
    static returns door_##name(UNWRAP parameters, struct mutray__site *site)                                           \
    {                                                                                                                  \
        typedef returns (*on)(UNWRAP parameters, struct mutray__site *);                                               \
        on recorded = (on)mutray__ops_on[MUTRAY__FN_##name];                                                           \
        if (come_through())                                                                                            \
            RESULT_##returns(recorded(UNWRAP arguments, site));                                                        \
        else                                                                                                           \
            RESULT_##returns(name arguments);                                                                          \
    }
#include "mutray/functions.def"
#undef MUTRAY_FUNCTION

static void (*const door[])(void) = {
#define MUTRAY_FUNCTION(returns, name, kind, role, lock, parameters, arguments) (void (*)(void)) door_##name,
#include "mutray/functions.def"
#undef MUTRAY_FUNCTION
};
