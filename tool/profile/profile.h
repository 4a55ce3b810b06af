/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A pprof file, read and checked, whose samples are then visited one at a time as events of locks. Files may come from
 * anywhere: whatever is in them, reading ends with a profile whose indices are good or with a message, and takes no
 * more than four times the unpacked size, or 16 MiB beside it if that is more.
 */
#ifndef MUTRAY_PROFILE_PROFILE_H
#define MUTRAY_PROFILE_PROFILE_H

#include "base/say.h"

#include <stdbool.h>
#include <stdint.h>

/* The four values of a lock profile: MUTRAY_VALUE(name, pprof type, pprof unit). */
#define MUTRAY_VALUES(X)                                                                                               \
    X(wait, "lock-acquire-wait", "nanoseconds")                                                                        \
    X(acquire, "lock-acquire", "count")                                                                                \
    X(hold, "lock-release-hold", "nanoseconds")                                                                        \
    X(release, "lock-release", "count")

enum mutray_value {
#define X(name, type, unit) MUTRAY_VALUE_##name,
    MUTRAY_VALUES(X)
#undef X
        MUTRAY_VALUE_COUNT
};

const char *mutray_value_type(enum mutray_value value);
const char *mutray_value_unit(enum mutray_value value);

struct mutray_frame {
    const char *function, *file;
    int64_t line;
};

/* Deeper stacks are cut at their outer end. */
enum { MUTRAY_FRAMES_MAX = 1024 };

struct mutray_label_number {
    int64_t value;
    bool there;
};
typedef const char *mutray_label_TEXT; /* "" if the label is not there */
typedef struct mutray_label_number mutray_label_NUMBER;

/* A sample that is about a lock. All of it is valid during the visit only, except texts: as long as the profile. */
struct mutray_lock_sample {
    int64_t values[MUTRAY_VALUE_COUNT]; /* 0 for a type the profile does not have */
#define MUTRAY_LABEL(member, key, kind, unit) mutray_label_##kind member;
#include "../../proto/labels.def"
#undef MUTRAY_LABEL
    const struct mutray_frame *frames; /* innermost first */
    size_t frame_count;
};

struct mutray_profile;

/* 0, or -errno with a reason in `error` that follows "FILE: ". `path` may be "-". */
int mutray_profile_read(const char *path, struct mutray_error *error, struct mutray_profile **ret_profile);
/* From memory, packed or not. */
int mutray_profile_parse(const uint8_t *bytes, size_t size, struct mutray_error *error,
                         struct mutray_profile **ret_profile);
void mutray_profile_free(struct mutray_profile *profile);

/*
 * Says that a visitor has kept so many bytes of memory for what it saw. Together with the profile's own they may be four
 * times its size; more ends the visit with an error.
 */
void mutray_profile_spend(struct mutray_profile *profile, size_t bytes);
/* What an allocation costs beside its bytes: malloc's own, and its share of tables and of sorting. */
enum { MUTRAY_SMALL_CHANGE = 48 };

typedef void (*mutray_profile_visitor)(const struct mutray_lock_sample *sample, void *context);
/* Visits every sample that has one of the four values; 0 or -EBADMSG when a sample is not right. */
int mutray_profile_visit(struct mutray_profile *profile, mutray_profile_visitor visit, void *context,
                         struct mutray_error *error);

int64_t mutray_profile_time_nanos(const struct mutray_profile *profile);
int64_t mutray_profile_duration_nanos(const struct mutray_profile *profile);
size_t mutray_profile_comment_count(const struct mutray_profile *profile);
const char *mutray_profile_comment(const struct mutray_profile *profile, size_t i);
/* Position of a value among the profile's sample types, or -1. */
int mutray_profile_value_index(const struct mutray_profile *profile, enum mutray_value value);
/* `index` has been checked. */
const char *mutray_profile_string(const struct mutray_profile *profile, uint64_t index);

#endif
