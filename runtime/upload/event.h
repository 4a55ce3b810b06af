/* SPDX-License-Identifier: Apache-2.0 */
/* What a request says about the profile it carries. */
#ifndef MUTRAY_EVENT_H
#define MUTRAY_EVENT_H

#include <jansson.h>
#include <sys/types.h>

#include "identity.h"
#include "tags.h"
#include "uploader.h"

/*
 * Everything that is known when a profile is sent. `mutray push` sends it long after, perhaps from another machine: then
 * (`by_hand`) nothing is said but what the profile tells and the user asks for.
 */
struct mutray__shipment {
    const struct mutray__options *options;
    const struct mutray__identity *identity;
    const char *program;
    const char *profiler_version;     /* of the mutray that recorded it */
    pid_t pid;                        /* of the profiled process; 0: not known */
    bool by_hand;
    int64_t program_start_ns;         /* since 1970, UTC */
    uint64_t profiles_dropped;        /* so far, by this process */
    const struct mutray__upload_profile *profile;
};

/* The text of event.json; free() it. Null: no memory. */
char *mutray__event_json(const struct mutray__shipment *event);
/* The tags of the profile, as Datadog is told them. */
void mutray__event_tags(const struct mutray__shipment *event, struct mutray__tags *ret);
/* A JSON string of any text: what is not UTF-8 is replaced. */
json_t *mutray__json_text(const char *text);
/* YYYY-MM-DDTHH:MM:SS.nnnnnnnnnZ */
#define MUTRAY__TIME_SIZE 48
void mutray__format_time(int64_t time_ns, char ret[static MUTRAY__TIME_SIZE]);

#endif
