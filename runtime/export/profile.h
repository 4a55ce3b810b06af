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

enum mutray__label {
#define MUTRAY_LABEL(member, key, kind, unit) MUTRAY__LABEL_##member,
#include "../../proto/labels.def"
#undef MUTRAY_LABEL
    MUTRAY__LABELS
};

struct mutray__writer {
    struct mutray__stream stream;
    struct mutray__intern intern;
    const struct mutray__profile_facts *facts;
    struct mutray__profile_summary *summary;
    uint32_t mappings; /* numbered so far */
    struct {
        int64_t key, unit; /* strings; 0 until the label is first used */
    } labels[MUTRAY__LABELS];
};

/* Writes a sample; a mutray__visit, the context is the writer. */
void mutray__write_sample(const struct mutray__sample *sample, void *writer);

#endif
