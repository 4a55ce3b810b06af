/* SPDX-License-Identifier: Apache-2.0 */
/* Adds up what profiles say: per lock and function the four values, per lock and thread the waits. */
#include "verify.h"

#include "base/say.h"
#include "profile/profile.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct seen *seen_of(struct evidence *evidence, const char *name, const char *function)
{
    for (size_t i = 0; i < evidence->seen_count; i++) {
        struct seen *seen = &evidence->seen[i];

        if (strcmp(seen->name, name) == 0 && strcmp(seen->function, function) == 0) return seen;
    }
    evidence->seen =
        mutray_grow(evidence->seen, evidence->seen_count, &evidence->seen_capacity, sizeof(*evidence->seen));
    evidence->seen[evidence->seen_count] = (struct seen){mutray_strdup(name), mutray_strdup(function), 0, 0, 0, 0, 0};
    return &evidence->seen[evidence->seen_count++];
}

static void add_wait(struct evidence *evidence, const char *name, const char *thread, int64_t wait_ns)
{
    for (size_t i = 0; i < evidence->wait_count; i++) {
        struct seen_wait *wait = &evidence->waits[i];

        if (strcmp(wait->name, name) == 0 && strcmp(wait->thread, thread) == 0) {
            wait->wait_ns += wait_ns;
            return;
        }
    }
    evidence->waits =
        mutray_grow(evidence->waits, evidence->wait_count, &evidence->wait_capacity, sizeof(*evidence->waits));
    evidence->waits[evidence->wait_count++] = (struct seen_wait){mutray_strdup(name), mutray_strdup(thread), wait_ns};
}

static void add_sample(const struct mutray_lock_sample *sample, void *context)
{
    struct evidence *evidence = context;
    struct seen *seen = seen_of(evidence, sample->lock_name, sample->frame_count > 0 ? sample->frames[0].function : "");

    seen->acquires += sample->values[MUTRAY_VALUE_acquire];
    seen->wait_ns += sample->values[MUTRAY_VALUE_wait];
    seen->releases += sample->values[MUTRAY_VALUE_release];
    seen->hold_ns += sample->values[MUTRAY_VALUE_hold];
    if (sample->values[MUTRAY_VALUE_release] > 0) {
        int64_t upper_ns = sample->hold_bucket.there ? 2 * sample->hold_bucket.value : 0;

        if (seen->shortest_hold_ns == 0 || upper_ns < seen->shortest_hold_ns) seen->shortest_hold_ns = upper_ns;
    }
    if (sample->values[MUTRAY_VALUE_wait] > 0) {
        add_wait(evidence, sample->lock_name, sample->thread_name, sample->values[MUTRAY_VALUE_wait]);
    }
}

/* The profiler writes what it lost as comments; those of the later file hold for the whole process. */
static uint64_t lost_events(const struct mutray_profile *profile)
{
    static const char *const losses[] = {"mutray.drops_busy=%llu", "mutray.drops_region=%llu", "mutray.reentrant=%llu",
                                         "mutray.holds_orphaned=%llu"};
    uint64_t lost = 0;

    for (size_t i = 0; i < mutray_profile_comment_count(profile); i++) {
        for (size_t k = 0; k < sizeof(losses) / sizeof(losses[0]); k++) {
            unsigned long long count;

            if (sscanf(mutray_profile_comment(profile, i), losses[k], &count) == 1) lost += count;
        }
    }
    return lost;
}

bool evidence_add(struct evidence *evidence, const char *path)
{
    struct mutray_error error = {""};
    struct mutray_profile *profile;
    bool good;
    uint64_t lost;

    if (mutray_profile_read(path, &error, &profile) != 0) {
        mutray_warn("%s: %s", path, error.text);
        return false;
    }
    good = mutray_profile_visit(profile, add_sample, evidence, &error) == 0;
    if (!good) mutray_warn("%s: %s", path, error.text);
    lost = lost_events(profile);
    if (lost > evidence->lost) evidence->lost = lost;
    evidence->profile_count++;
    mutray_profile_free(profile);
    return good;
}

static int compare(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

const char **evidence_names(const struct evidence *evidence, size_t *ret_count)
{
    const char **names = mutray_calloc(evidence->seen_count + 1, sizeof(*names));
    size_t count = 0;

    for (size_t i = 0; i < evidence->seen_count; i++) {
        names[i] = evidence->seen[i].name;
    }
    qsort(names, evidence->seen_count, sizeof(*names), compare);
    for (size_t i = 0; i < evidence->seen_count; i++) {
        if (count == 0 || strcmp(names[count - 1], names[i]) != 0) names[count++] = names[i];
    }
    *ret_count = count;
    return names;
}
