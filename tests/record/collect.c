/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Samples are only valid while they are drained; tests want to look at them afterwards. This copies them, sums them up
 * by lock, event and mode, and holds what else the tests of the recorder share.
 */
#include "collect.h"

#include <assert.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

struct collected *collected;
size_t collected_count;
struct mutray__totals totals;

static void keep(const struct mutray__sample *sample, void *context)
{
    (void)context;
    collected = realloc(collected, (collected_count + 1) * sizeof *collected);
    assert(collected != NULL);
    struct collected *copy = &collected[collected_count++];
    copy->sample = *sample;
    snprintf(copy->thread_name, sizeof copy->thread_name, "%s", sample->thread.name);
    snprintf(copy->holder_name, sizeof copy->holder_name, "%s", sample->holder_thread.name);
    unsigned frames = sample->frame_count < 16 ? sample->frame_count : 16;
    if (frames != 0)
        memcpy(copy->frames, sample->frames, frames * sizeof *copy->frames);
}

void collect_more(void)
{
    mutray__record_drain(keep, NULL, &totals);
}

void collect(void)
{
    collected_count = 0;
    collect_more();
}

static bool matches(const struct mutray__sample *sample, const struct which *which)
{
    return (which->name == NULL || strcmp(sample->lock->name, which->name) == 0) &&
           (which->event < 0 || (int)sample->event == which->event) &&
           (which->mode == NULL || strcmp(sample->mode, which->mode) == 0) &&
           (which->contended < 0 || sample->contended == (which->contended != 0)) &&
           (which->line == 0 || sample->leaf->line == which->line);
}

double count_of(struct which which)
{
    double sum = 0;
    for (size_t i = 0; i < collected_count; i++)
        sum += matches(&collected[i].sample, &which) ? collected[i].sample.count : 0;
    return sum;
}

double time_of(struct which which)
{
    double sum = 0;
    for (size_t i = 0; i < collected_count; i++)
        sum += matches(&collected[i].sample, &which) ? collected[i].sample.time_ns : 0;
    return sum;
}

const struct mutray__sample *find_sample(struct which which)
{
    for (size_t i = 0; i < collected_count; i++) {
        struct collected *found = &collected[i];
        if (!matches(&found->sample, &which))
            continue;
        found->sample.thread.name = found->thread_name;
        found->sample.holder_thread.name = found->holder_name;
        found->sample.frames = found->frames;
        return &found->sample;
    }
    return NULL;
}

void start_with(const struct mutray__record_config *config)
{
    int result = mutray__record_start(config);
    assert(result == 0);
    (void)result;
}

void start(double capture_pct, uint64_t wait_period_ns)
{
    start_with(&(struct mutray__record_config){.capture_pct = capture_pct,
                                               .wait_period_ns = wait_period_ns,
                                               .upscale = true,
                                               .max_frames = 0,
                                               .memory_bytes = 64 << 20});
}

void stop(void)
{
    mutray__record_stop();
    collect();
    collected_count = 0;
}

void sleep_ms(unsigned ms)
{
    nanosleep(&(struct timespec){ms / 1000, (long)(ms % 1000) * 1000000}, NULL);
}

void in_thread(void *(*function)(void *), void *argument)
{
    pthread_t thread;
    int result = pthread_create(&thread, NULL, function, argument);
    assert(result == 0);
    (void)result;
    pthread_join(thread, NULL);
}
