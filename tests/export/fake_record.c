/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Stands in for runtime/record in the tests of the exporting side: what is recorded is what the guest says it is, one
 * sample per event, each with the number of the event as its hold time.
 */
#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <string.h>

#include "fake_record.h"
#include "record.h"

static const struct mutray__place place = {"/src/guest.c", "work", 12};
static const struct mutray__lock_name lock = {"guest.c:3:lock", "lock", "mutex"};
static _Atomic unsigned events;
static struct mutray__record_config config_in_force;
static _Atomic bool recording;

void fake_record_event(void)
{
    if (recording)
        events++;
}

int fake_record_is_on(void)
{
    return recording;
}

int mutray__record_start(const struct mutray__record_config *config)
{
    config_in_force = *config;
    recording = true;
    return 0;
}

void mutray__record_drain(mutray__visit visit, void *context, struct mutray__totals *ret_totals)
{
    unsigned count = atomic_exchange(&events, 0);
    for (unsigned i = 0; i < count; i++) {
        struct mutray__sample sample = {
            .event = MUTRAY__EVENT_RELEASE,
            .mode = "",
            .lock = &lock,
            .leaf = &place,
            .thread = {.id = 1, .native_id = 2, .name = "guest"},
            .count = 1,
            .time_ns = i + 1,
        };
        visit(&sample, context);
    }
    memset(ret_totals, 0, sizeof *ret_totals);
    ret_totals->threads = config_in_force.max_frames; /* so that a test can see the configuration */
}

void mutray__record_after_fork(void)
{
    events = 0;
}

bool mutray__record_is_confined(void)
{
    return false;
}

void mutray__record_confine(void)
{
}

void mutray__record_exports(int (*ask)(void))
{
    (void)ask;
}

void mutray__record_profiled(void)
{
}

bool mutray__record_is_on(void)
{
    return recording;
}

bool mutray__record_is_driven(void)
{
    return false;
}

int mutray__record_open(size_t memory_bytes)
{
    (void)memory_bytes;
    return 0;
}

/* There is no memory of the fake's that a file could hold. */
int mutray__record_spool(const struct mutray__spool_facts *facts)
{
    (void)facts;
    return -ENOSYS;
}

void mutray__record_spool_period(int64_t start_ns)
{
    (void)start_ns;
}

void mutray__record_spool_modules(void)
{
}

void mutray__record_spool_remove(void)
{
}

void mutray__record_spool_naming(const char *profile)
{
    (void)profile;
}

void mutray__record_written(void)
{
}

bool mutray__record_wants_collecting(void)
{
    return false;
}

void mutray__record_collect(void)
{
}

void mutray__record_stop(void)
{
}

void mutray__record_hears_of_sandboxes(void)
{
}

void mutray__record_abandon(void)
{
}

void mutray__record_ignore_this_thread(void)
{
}
