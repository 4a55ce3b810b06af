/* SPDX-License-Identifier: Apache-2.0 */
/* A profile while it is written: its samples (sample.c), then the tables that the samples refer to (profile.c). */
#ifndef MUTRAY_PROFILE_H
#define MUTRAY_PROFILE_H

#include "encoder.h"
#include "intern.h"
#include "profile.pb-c.h"
#include "stream.h"

#define MUTRAY__VALUES 4           /* of a sample: wait, acquires, hold, releases */
#define MUTRAY__MOST_LOCATIONS 600 /* more in one sample and Datadog's backend refuses it */
#define MUTRAY__MOST_LABELS 16

struct mutray__writer {
    struct mutray__stream stream;
    struct mutray__intern intern;
    const struct mutray__profile_facts *facts;
    struct mutray__profile_summary *summary;
    uint64_t mappings; /* numbered so far */
    struct {
        uint64_t locations[MUTRAY__MOST_LOCATIONS];
        int64_t values[MUTRAY__VALUES];
        Mutray__Pprof__Label labels[MUTRAY__MOST_LABELS], *label_pointers[MUTRAY__MOST_LABELS];
        size_t location_count, label_count;
    } sample; /* the one at hand */
};

/* Writes a sample; a mutray__visit, the context is the writer. */
void mutray__write_sample(const struct mutray__sample *sample, void *writer);

#endif
