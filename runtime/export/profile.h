/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A profile while it is written: its samples (sample.c), then the tables that the samples refer to (location.c,
 * profile.c).
 */
#ifndef MUTRAY_PROFILE_H
#define MUTRAY_PROFILE_H

#include <string.h>

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

/* Whether mutray put it into the program: such functions are not shown. */
static inline bool mutray__is_own_function(const char *name)
{
    return strncmp(name, "mutray__", 8) == 0;
}

/* Opens and closes the debug information of the modules that have locations, if callers are to have lines. */
void mutray__lines_open(struct mutray__writer *writer);
void mutray__lines_close(struct mutray__writer *writer);
/* Writes all locations; their functions and strings are added to the tables. */
void mutray__write_locations(struct mutray__writer *writer);
/* Writes a sample; a mutray__visit, the context is the writer. */
void mutray__write_sample(const struct mutray__sample *sample, void *writer);

#endif
