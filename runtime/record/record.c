/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Turning recording on and off, and the units that come and go. Each module's instrumented calls look at one pointer,
 * the module's `mutray__ops`: recording starts by pointing all of them at the table of functions in ops.c and stops by
 * clearing them. Units that were attached before the start are remembered; units attached later (dlopen) get the
 * pointer at once. Threads that are inside one of the functions when recording stops finish there; nothing they use
 * goes away.
 *
 * Attaching and detaching is done by constructors and destructors, not on lock paths: they take an ordinary mutex. The
 * list is changed by single stores, so that a child forked in the middle finds it whole.
 */
#include "control.h"
#include "drain.h"
#include "events.h"
#include "mutray/mutray.h"
#include "ops.h"

#include <stdlib.h>
#include <string.h>

struct mutray__unit *mutray__units;
static pthread_mutex_t units_lock = PTHREAD_MUTEX_INITIALIZER;
static struct mutray__totals attached, most_attached; /* sites, locks, units */

/* Where this thread's hint lies, seen from the thread pointer: the same in all threads. */
static long hint_distance(void)
{
    char *here = NULL;
#if defined(__x86_64__)
    __asm__("mov %%fs:0, %0" : "=r"(here));
#elif defined(__aarch64__)
    __asm__("mrs %0, tpidr_el0" : "=r"(here));
#endif
    return (long)((char *)&mutray__tls.hint - here); /* elsewhere only whether it is 0 matters */
}

static void switch_to(struct mutray__unit *unit, void (*const *ops)(void), long hints)
{
    if (unit->hints != NULL)
        __atomic_store_n(unit->hints, hints, __ATOMIC_RELEASE);
    __atomic_store_n(unit->ops, ops, __ATOMIC_RELEASE);
}

static void switch_on(struct mutray__unit *unit)
{
    switch_to(unit, mutray__ops_on, hint_distance());
}

static void join(struct mutray__unit *unit)
{
    mutray__names_join(unit);
    mutray__ranges_add(unit);
}

static void raise_to(uint64_t *most, uint64_t value)
{
    if (value > *most)
        *most = value;
}

/* Totals are told at the very end, when units are already gone: so it is the most there were at once that counts. */
static void count(const struct mutray__unit *unit, int sign)
{
    attached.sites += (uint64_t)sign * unit->site_count;
    attached.locks += (uint64_t)sign * unit->lock_count;
    attached.units += (uint64_t)sign;
    raise_to(&most_attached.sites, attached.sites);
    raise_to(&most_attached.locks, attached.locks);
    raise_to(&most_attached.units, attached.units);
}

__attribute__((visibility("default"))) void mutray__attach(struct mutray__unit *unit)
{
    if (unit->abi != MUTRAY__ABI) {
        mutray__lose_global(MUTRAY__LOST_units_refused);
        return;
    }
    int saved_errno = errno;
    pthread_mutex_lock(&units_lock);
    unit->next = mutray__units;
    mutray__units = unit;
    count(unit, 1);
    mutray__hints_attach(unit);
    if (mutray__record_is_on()) {
        join(unit);
        switch_on(unit);
    }
    mutray__spool_count(&most_attached);
    bool is_new_module = unit->next == NULL || unit->next->ops != unit->ops;
    pthread_mutex_unlock(&units_lock);
    if (is_new_module)
        mutray__record_spool_modules();
    errno = saved_errno;
}

__attribute__((visibility("default"))) void mutray__detach(struct mutray__unit *unit)
{
    if (unit->abi != MUTRAY__ABI)
        return;
    int saved_errno = errno;
    pthread_mutex_lock(&units_lock);
    struct mutray__unit **from = &mutray__units;
    while (*from != NULL && *from != unit)
        from = &(*from)->next;
    if (*from != NULL) {
        *from = unit->next;
        count(unit, -1);
        mutray__hints_detach(unit);
        if (mutray__record_is_on())
            mutray__ranges_remove(unit);
    }
    pthread_mutex_unlock(&units_lock);
    errno = saved_errno;
}

__attribute__((visibility("default"))) void mutray__hand_over(void *lock, struct mutray__site *site)
{
    mutray__tls.hint = (struct mutray__hint){lock, site};
}

__attribute__((visibility("default"))) void mutray__made(void *lock, struct mutray__site *site)
{
    if (lock != NULL && mutray__record_is_on())
        mutray__received(site, lock);
}

/* For signal handlers too, also for those that come between the stores: no id, no span. */
void(mutray_set_span)(uint64_t span_id, uint64_t local_root_span_id)
{
    struct mutray__tls *tls = &mutray__tls;
    tls->span.id = 0;
    atomic_signal_fence(memory_order_seq_cst);
    tls->span.root = local_root_span_id;
    atomic_signal_fence(memory_order_seq_cst);
    tls->span.id = span_id;
    if (span_id != 0)
        tls->apart = true;
}

/* glibc's lock elision runs critical sections as transactions, which a try would abort. */
static bool elision_is_on(void)
{
#ifdef __GLIBC__
    const char *tunables = getenv("GLIBC_TUNABLES");
    return tunables != NULL && strstr(tunables, "glibc.elision.enable=1") != NULL;
#else
    return false;
#endif
}

static void set(const struct mutray__record_config *config)
{
    struct mutray__settings *settings = &mutray__settings;
    double probability = config->capture_pct / 100;
    settings->config = *config;
    settings->everything = probability >= 1;
    settings->every_wait = settings->everything || config->wait_period_ns == 0;
    settings->log2_miss = settings->everything ? 0 : mutray__random_log2_miss(probability);
    mutray__member_names = !config->bare_members;
    settings->uncontended_weight = config->upscale ? 1 / probability : 1;
    settings->try_first = !elision_is_on();
    mutray__apart_open(config->memory_bytes);
    /* Threads known from an earlier start take note when their present countdown ends; this one at once. */
    atomic_fetch_add(&settings->epoch, 1);
    mutray__tls.countdown = 0;
}

static int open_all(size_t memory_bytes)
{
    int result = mutray__memory_open(memory_bytes);
    if (result == 0)
        result = mutray__names_open();
    if (result == 0)
        result = mutray__addresses_open();
    if (result == 0)
        result = mutray__stacks_open();
    if (result == 0)
        result = mutray__threads_open();
    return result;
}

int mutray__record_open(size_t memory_bytes)
{
    pthread_mutex_lock(&units_lock);
    int result = open_all(memory_bytes);
    pthread_mutex_unlock(&units_lock);
    return result;
}

bool mutray__units_try_lock(void)
{
    return pthread_mutex_trylock(&units_lock) == 0;
}

void mutray__units_unlock(void)
{
    pthread_mutex_unlock(&units_lock);
}

void mutray__switch_locked(void)
{
    for (struct mutray__unit *unit = mutray__units; unit != NULL; unit = unit->next)
        if (mutray__record_is_on())
            switch_on(unit);
        else
            switch_to(unit, NULL, 0);
}

int mutray__start_locked(const struct mutray__record_config *config)
{
    static bool drain_is_open;
    int result = mutray__record_is_on() ? -EALREADY : open_all(config->memory_bytes);
    if (result == 0)
        result = mutray__clock_open();
    if (result < 0)
        return result;
    mutray__random_init();
    if (mutray__record_is_driven()) {
        mutray__stack_open();
    } else if (!drain_is_open) { /* later it may be forbidden to ask the kernel */
        mutray__stack_open();
        mutray__drain_open();
        drain_is_open = true;
    }
    set(config);
    for (struct mutray__unit *unit = mutray__units; unit != NULL; unit = unit->next)
        join(unit);
    atomic_store(&mutray__control.on, 1);
    mutray__switch_locked();
    return 0;
}

void mutray__stop_locked(void)
{
    if (!mutray__record_is_on())
        return;
    atomic_store(&mutray__control.on, 0);
    mutray__switch_locked();
    mutray__ranges_clear();
}

int mutray__record_start(const struct mutray__record_config *config)
{
    if (!(config->capture_pct >= 0 && config->capture_pct <= 100))
        return -EINVAL;
    if (config->capture_pct == 0)
        return 0;
    pthread_mutex_lock(&units_lock);
    int result = mutray__start_locked(config);
    pthread_mutex_unlock(&units_lock);
    return result;
}

void mutray__record_stop(void)
{
    pthread_mutex_lock(&units_lock);
    mutray__stop_locked();
    pthread_mutex_unlock(&units_lock);
}

struct mutray__totals mutray__record_attached(void)
{
    return most_attached;
}

void mutray__record_totals(struct mutray__totals *totals)
{
    pthread_mutex_lock(&units_lock);
    *totals = most_attached;
    pthread_mutex_unlock(&units_lock);
    totals->threads = mutray__threads_seen;
}

void mutray__record_after_fork(void)
{
    units_lock = (pthread_mutex_t)PTHREAD_MUTEX_INITIALIZER;
    if (!mutray__spool_after_fork()) {
        mutray__record_stop();
        mutray__threads_after_fork();
        return;
    }
    mutray__threads_after_fork();
    mutray__drain_after_fork();
    mutray__pool_reset();
    mutray__stacks_clear();
    mutray__ranges_after_fork();
}
